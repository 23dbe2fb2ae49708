"""trail:documents X-1 AC-9 is no comment here."""

import unittest

import pytest
import trail
import trail as t
from trail import implements, validates as proves
from sqlalchemy.orm import validates


@trail.validates(work_item="X-1", criterion="AC-3")
def test_one():
    assert True


@pytest.mark.parametrize("a", [
    1,
])
@trail.validates(
    work_item='X-1',
    criterion='AC-1',
)
@t.validates(work_item="Y-2", criterion="AC-2", revision=2)  # both
async def test_two(a):
    """
    @trail.validates(work_item="X-1", criterion="AC-9")
    def test_in_a_string(): pass
    """
    assert a


# @trail.validates(work_item="X-1", criterion="AC-9")
def test_commented():
    pass


class TestThings:
    @trail.validates(work_item="X-1", criterion=["AC-4", "AC-5@2"])
    def test_three(self):
        assert self

    class TestInner:
        def test_deep(self):
            assert self

    @proves(work_item="X-1", criterion="AC-8")
    @staticmethod
    # trail:validates X-1 AC-9
    def test_alias():
        assert 1

    def helper(self):
        def test_not_run():
            pass

        # trail:implements X-1 AC-10
        def made():
            pass


# trail:validates X-1 AC-6
def test_four():
    pytest.skip("later")


@trail.validates(work_item="X-1", criterion="AC-7")
@pytest.mark.skip(reason="later")
class Slug(unittest.TestCase):
    def test_words_are_joined(self):
        self.assertEqual(1, 1)

    @validates("name")
    def validate_name(self, key, name):
        return name


class MoreSlug(Slug):
    def test_of_a_known_base(self):
        self.assertEqual(1, 1)


class Helper:
    def test_of_a_helper(self):
        pass


@implements(work_item="X-1", criterion="AC-11")
def export(report):
    return f"@trail.validates(work_item='X-1', criterion='AC-9')"


TEXT = """
# trail:validates X-1 AC-9
def test_in_a_text():
    pass
"""
value = "# trail:validates X-1 AC-9"


def test_after_string():
    ...


@trail.documents(work_item="#12", criterion="AC-0")
class Manual:
    pass


if True:
    @trail.validates(work_item="X-1", criterion="AC-12")
    def test_conditional():
        assert 1
