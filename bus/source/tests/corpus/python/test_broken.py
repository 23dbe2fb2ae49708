import trail


@trail.validates(work_item="X-1", criterion="AC-1")
def test_before():
    assert 1


def broken(:
    x = (


@trail.validates(work_item="X-1", criterion="AC-2")
def test_after():
    assert 1


@trail.validates(work_item="X-1", criterion="AC-3"
def test_unclosed():
    assert 1


@trail.validates(work_item="X-1", criterion="AC-4")
def test_last():
    assert 1
