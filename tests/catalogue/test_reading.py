"""What a message says in the catalogue's words, and what is left over."""

import pytest

from bot.catalogue.reading import Reading, read
from tests.support.outfitter import demo_table, outfitter


def texts(reading: Reading) -> list[str]:
    return [each.text for each in reading.words]


@pytest.mark.parametrize(
    ("text", "words", "asks", "unknown"),
    [
        ("how much is the blue kettle?", ["blue", "kettle"], {"price"}, []),
        ("can I return a kettle?", ["kettle"], {"feature"}, ["return"]),
        ("where is my kettle?", ["kettle"], {"being"}, ["where", "my"]),
        ("你们有没有蓝色的水壶", ["蓝色", "水壶"], {"have"}, []),
        ("马克杯可以退吗", ["马克杯"], {"feature"}, ["退"]),
    ],
)
def test_words_asks_and_what_is_left(
    text: str, words: list[str], asks: set[str], unknown: list[str]
) -> None:
    reading = read(text, demo_table())
    assert texts(reading) == words
    assert asks <= reading.asks
    assert [each.text for each in reading.unknown] == unknown


def test_a_misspelt_name_is_mended_by_the_catalogue() -> None:
    assert texts(read("brestwater ketle", demo_table())) == ["breakwater", "kettle"]


def test_plurals_find_the_singular() -> None:
    assert [each.word for each in read("knives", demo_table()).words] == ["knife"]


def test_labels_of_the_catalogue_can_be_asked_for() -> None:
    assert read("what is the water column of the tent", outfitter()).measures == ("water column",)


def test_a_single_letter_is_a_size_only_behind_size_words() -> None:
    assert "l" in texts(read("does the down jacket come in l", outfitter()))
    assert "s" not in texts(read("s jacket", outfitter()))


def test_places_sorts_and_numbers() -> None:
    reading = read("the second one under 30, or something cheaper", demo_table())
    assert reading.place == 1
    assert (reading.sort, reading.compared) == ("price+", True)
    assert [each.high for each in reading.quantities] == [30]


def test_leaning_messages_are_told_apart() -> None:
    assert read("and the pan?", demo_table()).leans
    assert read("那毯子呢？", demo_table()).leans
    assert not read("the pan", demo_table()).leans
