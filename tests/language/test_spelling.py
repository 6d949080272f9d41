"""The nearest known word: near in slips, alike in its first letter, the same in every process."""

import pytest

from bot.language.spelling import nearest


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("parcle", {"parcel", "return"}, ("parcel", 1)),
        ("pracle", {"parcel"}, None),  # two slips
        ("marcel", {"parcel"}, None),  # a wrong first letter makes another word
        ("marcel", {"parcel", "marzel"}, ("marzel", 1)),
        ("shrt", {"shot", "short", "shirt"}, ("shirt", 1)),  # the longest, then the alphabet
        ("mat", set(), None),
    ],
)
def test_the_word_that_was_meant(word: str, known: set[str], meant: tuple[str, int] | None) -> None:
    assert nearest(word, known, slips=1) == meant


def test_a_nearer_word_of_another_beginning_is_not_passed_over() -> None:
    assert nearest("marcels", {"parcels", "marvell"}, slips=2) is None
