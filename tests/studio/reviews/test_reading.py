"""Files of reviews in the dialects of shops, and what is wrong with a row."""

from datetime import date
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.studio.reviews import reading, teaching
from bot.studio.reviews.words import read as sentences
from tests.support.paths import ROOT

DATA = ROOT / "tests" / "data"


def test_english_and_chinese_columns_are_read() -> None:
    found, problems = reading.read(DATA / "reviews.csv")
    assert [each.where for each in problems] == ["reviews.csv:31", "reviews.csv:32"]
    assert found[0].text.startswith("Hot handle\nThe handle gets")
    assert (found[0].stars, found[0].customer) == (2, "anna@example.com")
    chinese, none = reading.read(DATA / "reviews.jsonl")
    assert none == []
    assert [each.stars for each in chinese[:4]] == [2, 5, 4, 4]
    assert chinese[0].written_on == date(2026, 11, 19)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-20T10:00:00Z", date(2026, 11, 20)),
        ("20.11.2026", date(2026, 11, 20)),
        ("05 3, 2014", date(2014, 5, 3)),
        ("1399593600", date(2014, 5, 9)),
        ("2099-01-01", None),
        ("yesterday", None),
    ],
)
def test_days_however_written(written: str, meant: date | None) -> None:
    assert reading.day(written, date(2026, 11, 29)) == meant


def test_a_file_without_its_columns_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("colour,size\nred,1\n")
    with pytest.raises(InputError, match="product, text"):
        reading.read(path)
    path.write_bytes(b"\x00\x01")
    with pytest.raises(InputError):
        reading.read(path)


def test_every_shipped_example_can_be_read_and_marks_whole_words() -> None:
    examples = teaching.read()
    assert len(examples) > 400
    assert teaching.marks("The [zip]- broke [") is None
    assert teaching.marks("[音质]+不错") == teaching.Marked(("音质", "不错"), (((0, 1), 2),))


def test_words_keep_their_places_in_both_languages() -> None:
    text = "Great sound.  音质不错，就是有点重。"
    for sentence in sentences(text):
        for word, (start, end) in zip(sentence.words, sentence.places, strict=True):
            assert text[start:end] == word
