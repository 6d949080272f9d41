"""Days that shoppers speak of."""

from datetime import date

import pytest

from bot.orders import when

TODAY = date(2026, 11, 24)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("what did i order in march", (2026, 3, 1), (2026, 3, 31)),
        ("in december", (2025, 12, 1), (2025, 12, 31)),
        ("in may 2025", (2025, 5, 1), (2025, 5, 31)),
        ("my march order", (2026, 3, 1), (2026, 3, 31)),
        ("on march 3rd", (2026, 3, 3), (2026, 3, 3)),
        ("the 3rd of march 2025", (2025, 3, 3), (2025, 3, 3)),
        ("on 2026-03-05", (2026, 3, 5), (2026, 3, 5)),
        ("last week", (2026, 11, 16), (2026, 11, 22)),
        ("this week", (2026, 11, 23), (2026, 11, 29)),
        ("last month", (2026, 10, 1), (2026, 10, 31)),
        ("yesterday", (2026, 11, 23), (2026, 11, 23)),
        ("the day before yesterday", (2026, 11, 22), (2026, 11, 22)),
        ("3 days ago", (2026, 11, 21), (2026, 11, 21)),
        ("two weeks ago", (2026, 11, 6), (2026, 11, 14)),
        ("a month ago", (2026, 10, 1), (2026, 10, 31)),
        ("in the last 10 days", (2026, 11, 14), (2026, 11, 24)),
        ("on tuesday", (2026, 11, 17), (2026, 11, 17)),
        ("last year", (2025, 1, 1), (2025, 12, 31)),
        ("三月买的", (2026, 3, 1), (2026, 3, 31)),
        ("12月", (2025, 12, 1), (2025, 12, 31)),
        ("去年三月", (2025, 3, 1), (2025, 3, 31)),
        ("2025年5月", (2025, 5, 1), (2025, 5, 31)),
        ("三月五号", (2026, 3, 5), (2026, 3, 5)),
        ("2月14日", (2026, 2, 14), (2026, 2, 14)),
        ("十一月二十一号", (2026, 11, 21), (2026, 11, 21)),
        ("上周", (2026, 11, 16), (2026, 11, 22)),
        ("上周三", (2026, 11, 18), (2026, 11, 18)),
        ("上上周", (2026, 11, 9), (2026, 11, 15)),
        ("上个月", (2026, 10, 1), (2026, 10, 31)),
        ("昨天", (2026, 11, 23), (2026, 11, 23)),
        ("大前天", (2026, 11, 21), (2026, 11, 21)),
        ("3天前", (2026, 11, 21), (2026, 11, 21)),
        ("两周前", (2026, 11, 6), (2026, 11, 14)),
        ("去年", (2025, 1, 1), (2025, 12, 31)),
    ],
)
def test_days_are_read_as_they_are_spoken(
    text: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    assert when.read(text, TODAY) == when.Days(date(*first), date(*last))


def test_recently_is_not_exact() -> None:
    for text in ("what did i buy recently", "我最近买了什么"):
        days = when.read(text, TODAY)
        assert days is not None
        assert not days.exact


@pytest.mark.parametrize(
    "text", ["where is my order", "when may i get it", "on february 31st", "我的订单"]
)
def test_without_days_there_are_none(text: str) -> None:
    assert when.read(text, TODAY) is None
