"""Slips are mended with the knowledge's own words; words that exist are never touched."""

import pytest

from bot.knowledge.spelling import corrected

WORDS = frozenset(
    {"parcel", "return", "warranty", "delivery", "linen", "juniper", "klarna", "stain"}
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("where is my parcle", "where is my parcel"),
        ("retrun it", "return it"),
        ("warrenty", "warranty"),
        ("deilvrey", "delivery"),  # two slips in a long word
        ("KLARNNA", "klarna"),
        ("我要退或", "我要退货"),
        ("退或 parcle", "退货 parcel"),
    ],
)
def test_a_slip_is_mended(typed: str, meant: str) -> None:
    assert corrected(typed, WORDS) == meant


@pytest.mark.parametrize(
    "text",
    [
        "where is my parcel",
        "Parcels returned",  # inflected
        "marcel",  # another first letter makes another word
        "taxes in Spain",  # a country, near "stain"
        "retired",  # a word of its own, near "return"
        "退货",
        "或者",
        "你好吗",
        "我和他",
        "",
        "x1y2z3",
    ],
)
def test_what_may_be_meant_is_left_alone(text: str) -> None:
    assert corrected(text, WORDS) == text


def test_two_slips_are_not_believed_in_a_short_word() -> None:
    assert corrected("pracle", WORDS) == "pracle"
