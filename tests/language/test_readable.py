"""What is read of a long text: its beginning and its end, and few of what is held down."""

import unicodedata

import pytest

from bot.language.readable import BURST, MESSAGE, readable, readable_burst
from tests.support.long_texts import filled, pieces


@pytest.mark.parametrize(
    "text", ["", "Where is W-2001?", "好的！！！", "1" * 20, "W-1000000000001"]
)
def test_a_short_text_is_read_as_it_is(text: str) -> None:
    assert readable(text) == text


def test_of_a_long_text_the_beginning_and_the_end_are_read() -> None:
    read = readable(f"I want a person. {'This is my story. ' * 300}Order W-2001, please.")
    assert read.startswith("I want a person.")
    assert read.endswith("Order W-2001, please.")
    assert len(read) <= MESSAGE + 1


def test_no_word_or_number_is_cut_in_two() -> None:
    number = "W-20012001"
    said = set(readable(f"{number} " * 400).split())
    assert said == {number}


def test_what_stands_behind_a_row_of_marks_is_read() -> None:
    assert "W-2001" in readable(f"help{'!' * 2000} where is W-2001 {'?' * 2000}")


def test_no_text_is_longer_once_it_is_spelled_out() -> None:
    for piece in pieces():
        read = readable(filled(piece, 4000))
        assert len(read) <= MESSAGE + 1
        assert len(unicodedata.normalize("NFKC", read)) <= 2 * MESSAGE


def test_short_messages_of_a_burst_are_read_whole_beside_long_ones() -> None:
    long = "This is my story. " * 200
    read = readable_burst(["I want a person", long, long, long, long, "W-2001"])
    assert (read[0], read[-1]) == ("I want a person", "W-2001")
    assert sum(map(len, read)) <= BURST + len(read)


def test_a_burst_as_large_as_it_gets_is_read_up_to_its_bound() -> None:
    assert sum(map(len, readable_burst(["my story " * 400] * 50))) <= BURST + 50
