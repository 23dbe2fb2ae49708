"""Arguments and decorators. Run by pytest and by unittest alike."""

import functools
import unittest
from typing import Any

import trail
from trail import Link

from cases import cases

USAGE = '; write @trail.validates(work_item="PROJ-1234", criterion="AC-3")'


def refusal(*positional: Any, **arguments: Any) -> str:
    try:
        trail.validates(*positional, **arguments)
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return "taken"


class Arguments(unittest.TestCase):
    def test_every_package_takes_and_refuses_the_same_words(self) -> None:
        given = cases()
        self.assertGreater(len(given), 30)
        for case in given:
            with self.subTest(line=case.line):
                said = refusal(**case.arguments)
                if case.verdict == "bad":
                    self.assertTrue(said.startswith(f"ValueError: {case.expected}"), said)
                    self.assertTrue(said.endswith(USAGE), said)
                    continue
                thing = trail.validates(**case.arguments)(lambda: None)
                claims = " ".join(link.claim for link in trail.links(thing))
                self.assertEqual((said, claims), ("taken", case.expected))

    def test_a_mistake_is_refused_when_the_file_is_loaded_with_what_to_write(self) -> None:
        mistakes: list[tuple[dict[str, Any], str]] = [
            ({}, "TypeError: `work_item` is missing"),
            ({"work_item": "X-1"}, "TypeError: `criterion` is missing"),
            ({"work_item": 1, "criterion": "AC-1"}, "TypeError: `work_item` takes a string"),
            (
                {"work_item": "X-1", "criterion": 3},
                "TypeError: `criterion` takes a string or a list of strings",
            ),
            (
                {"work_item": "X-1", "criterion": ["AC-1", 3]},
                "TypeError: `criterion` takes a string or a list of strings",
            ),
            (
                {"work_item": "X-1", "criterion": "AC-1", "revision": "2"},
                "ValueError: `2` cannot be a revision",
            ),
            (
                {"work_item": "X-1", "criterion": "AC-1", "revision": True},
                "ValueError: `True` cannot be a revision",
            ),
            (
                {"workItem": "X-1", "criterion": "AC-1"},
                "TypeError: unknown argument `workItem`",
            ),
        ]
        for arguments, reason in mistakes:
            with self.subTest(reason):
                self.assertEqual(refusal(**arguments), reason + USAGE)

    def test_arguments_without_names_and_a_decorator_without_arguments_are_refused(self) -> None:
        reason = "TypeError: the arguments are given by name" + USAGE
        self.assertEqual(refusal("X-1", "AC-1"), reason)
        self.assertEqual(refusal(lambda: None), reason)

    def test_a_newline_at_the_end_is_no_part_of_an_id(self) -> None:
        self.assertIn("cannot be a work item", refusal(work_item="X-1\n", criterion="AC-1"))
        self.assertIn("cannot be a criterion", refusal(work_item="X-1", criterion="AC-1\n"))


class Decorators(unittest.TestCase):
    def test_what_is_annotated_comes_back_as_it_is(self) -> None:
        def function() -> None: ...

        class Kind: ...

        for thing in (function, Kind, staticmethod(function), classmethod(function)):
            with self.subTest(repr(thing)):
                self.assertIs(trail.implements(work_item="X-1", criterion="AC-1")(thing), thing)

    def test_links_stand_in_the_order_they_are_written(self) -> None:
        @trail.validates(work_item="X-1", criterion=["AC-1", "AC-2@3"])
        @trail.implements(work_item="X-2", criterion="AC-1", revision=2)
        @trail.documents(work_item="X-3", criterion="AC-1")
        def thing() -> None: ...

        self.assertEqual(
            trail.links(thing),
            (
                Link("validates", "X-1", "AC-1"),
                Link("validates", "X-1", "AC-2", 3),
                Link("implements", "X-2", "AC-1", 2),
                Link("documents", "X-3", "AC-1"),
            ),
        )

    def test_links_are_found_below_other_decorators_and_on_every_kind_of_method(self) -> None:
        mark = trail.implements(work_item="X-1", criterion="AC-1")

        def bare(function: Any) -> Any:
            def wrapper() -> None: ...

            wrapper.__wrapped__ = function  # type: ignore[attr-defined]
            return wrapper

        def wrapped(function: Any) -> Any:
            @functools.wraps(function)
            def wrapper() -> None: ...

            return wrapper

        class Kind:
            @mark
            def method(self) -> None: ...

            @staticmethod
            @mark
            def inner() -> None: ...

            @mark
            @staticmethod
            def outer() -> None: ...

            @mark
            @classmethod
            def of_class(cls) -> None: ...

            @mark
            @property
            def value(self) -> None: ...

            @wrapped
            @mark
            def hidden(self) -> None: ...

            @bare
            @mark
            def hidden_without_wraps(self) -> None: ...

        for name, thing in vars(Kind).items():
            if not name.startswith("__"):
                with self.subTest(name):
                    self.assertEqual(trail.links(thing), (Link("implements", "X-1", "AC-1"),))

    def test_a_class_does_not_hand_its_links_down(self) -> None:
        @trail.implements(work_item="X-1", criterion="AC-1")
        class Base: ...

        @trail.implements(work_item="X-2", criterion="AC-1")
        class Sub(Base): ...

        class Plain(Base): ...

        self.assertEqual(trail.links(Base), (Link("implements", "X-1", "AC-1"),))
        self.assertEqual(trail.links(Sub), (Link("implements", "X-2", "AC-1"),))
        self.assertEqual(trail.links(Plain), ())

    def test_what_cannot_carry_a_link_is_refused(self) -> None:
        for thing in (3, None, "text", len):
            with (
                self.subTest(repr(thing)),
                self.assertRaisesRegex(TypeError, "cannot be annotated"),
            ):
                trail.documents(work_item="X-1", criterion="AC-1")(thing)


if __name__ == "__main__":
    unittest.main()
