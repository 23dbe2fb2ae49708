import trail
from other import validates

AC = "AC-3"


@trail.validates(work_item="X-1", criterion=AC)
def test_name(): assert 1


@trail.validates(work_item="X-1", criterion=f"AC-{3}")
def test_f_string(): assert 1


@trail.validates(work_item="X-1", criterion="AC-" "3")
def test_two_strings(): assert 1


@trail.validates(work_item="X-1", criterion="AC-" + "3")
def test_sum(): assert 1


@trail.validates(work_item="X-1", criterion=b"AC-3")
def test_bytes(): assert 1


@trail.validates(work_item="X-1", criterion=["AC-3", AC])
def test_list_with_a_name(): assert 1


@trail.validates(**LINK)
def test_splat(): assert 1


@trail.validates("X-1", "AC-3")
def test_by_place(): assert 1


@trail.validates
def test_not_called(): assert 1


@trail.validates()
def test_nothing(): assert 1


@trail.validates(work_item="X-1", criterion=[])
def test_no_criteria(): assert 1


@trail.validates(work_item="X-1", criterion="AC-\x33")
def test_escape(): assert 1


@trail.validates(work_item="X-1", criterion=3)
def test_number(): assert 1


@trail.validates(work_item=None, criterion="AC-3")
def test_none(): assert 1


@trail.validates(work_item="X-1", criteria="AC-3")
def test_misnamed(): assert 1


@validates(work_item="X-1", criterion="AC-3")
def test_foreign(): assert 1


@other.trail.validates(work_item="X-1", criterion="AC-3")
def test_foreign_too(): assert 1


def test_trailing(): assert 1  # trail:validates X-1 AC-3


# trail:validates X-1 AC-3
x = 1


def test_loose(): assert 1


trail = other


@trail.validates(work_item="X-1", criterion="AC-3")
def test_rebound(): assert 1
