import unittest

import pytest
import trail

from shop import add


@trail.validates(work_item="SHOP-1", criterion="AC-1")
def test_adds(): assert add(2, 2) == 4
@trail.validates(work_item="SHOP-1", criterion=["AC-2", "AC-3@2"])
def test_wrong():
    assert add(2, 2) == 5, "sum"
def test_raises():
    with pytest.raises(ValueError):
        add(1, 1)
def test_crashes(): add(2000, 1)
def test_imports():
    import no_such_module
def test_name(): undefined_thing()
def test_fails(): pytest.fail("by hand")
@pytest.mark.skip(reason="slow")
def test_slow(): pass
@pytest.mark.xfail
def test_xfail(): assert False
@pytest.mark.xfail(strict=True)
def test_xpass(): assert True
@trail.validates(work_item="SHOP-1", criterion="AC-4")
@pytest.mark.parametrize("n", [1, 2, "a b"])
def test_many(n): assert n != 2
@pytest.fixture
def broken(): raise RuntimeError("fixture")
@pytest.fixture
def asserting(): assert False
def test_fixture(broken): pass
def test_fixture_assert(asserting): pass
@pytest.fixture
def teardown():
    yield
    raise RuntimeError("teardown")
def test_teardown(teardown): pass
def test_product_asserts(): add(1, 2000)
@trail.validates(work_item="SHOP-1", criterion="AC-5")
class TestClass:
    def test_in(self): assert "\x01\x1b[31m<&]]>" == "b"
class Case(unittest.TestCase):
    def test_eq(self): self.assertEqual(1, 2)
    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i): self.assertEqual(i % 2, 0)
    def test_ok(self): pass
