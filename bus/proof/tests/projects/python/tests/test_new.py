import trail
from shop_new import thing


@trail.validates(work_item="SHOP-1", criterion="AC-6")
def test_new():
    assert thing() == 1
