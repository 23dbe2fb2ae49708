def add(a, b):
    if a > 1000:
        raise ValueError("too large")
    assert b < 1000, "the product asserts"
    return a + b
