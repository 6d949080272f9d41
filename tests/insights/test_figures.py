"""What a figure means, as a table of cases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.insights import figures
from bot.insights.facts import Case, Contact, Facts
from bot.insights.figures import Share, Times

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def contact(**how: bool) -> Contact:
    given: Any = {"answered": True, "handed_over": False} | how
    return Contact(1, AT, "web", "en", end=AT, **given)


@pytest.mark.parametrize(
    ("how", "ends"),
    [
        ({}, "verified"),
        ({"came_back": True}, "unverified"),
        ({"handed_over_later": True}, "unverified"),
        ({"disliked": True}, "unverified"),
        ({"settled": False}, "unsettled"),
        ({"answered": False}, "unanswered"),
        ({"handed_over": True}, "handed_over"),
        ({"handed_over": True, "answered": False}, "handed_over"),
    ],
)
def test_how_a_contact_ended(how: dict[str, bool], ends: str) -> None:
    one = contact(**how)
    assert figures.ending(one) == ends
    assert figures.verified(one) == (ends == "verified")
    assert figures.solved(one) == (ends in ("verified", "unverified", "unsettled"))


def test_the_verified_are_of_those_whose_day_is_over() -> None:
    shown = figures.of(
        Facts((contact(), contact(came_back=True), contact(settled=False), contact(answered=False)))
    )
    assert shown.verified == Share(1, 3)
    assert shown.assumed == Share(3, 4)
    assert shown.deflected == Share(4, 4)
    assert Share(0, 0).percent is None
    assert Share(1, 4).rest == Share(3, 4)


def test_times_leave_out_what_has_not_happened() -> None:
    def case(ticket: int, taken: int | None, closed: int | None = None) -> Case:
        def later(minutes: int | None) -> datetime | None:
            return None if minutes is None else AT + timedelta(minutes=minutes)

        return Case(1, AT, "web", "en", ticket=ticket, taken=later(taken), closed=later(closed))

    facts = Facts(cases=(case(1, 1, 3), case(2, 3, 10), case(3, None)))
    shown = figures.of(facts)
    assert shown.waiting == Times(2, 120, 168)
    assert shown.handling.median == 270
    assert shown.first_reply == Times(0, None, None)
    assert [each.ticket for each in figures.BEHIND["waiting"](facts)] == [2, 1]
    assert Times.of([5]) == Times(1, 5, 5)
