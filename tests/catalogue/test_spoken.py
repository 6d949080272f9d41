"""What a product's own text says of it answers, and variants are told where one is asked for."""

from collections.abc import Sequence

import pytest

from bot.catalogue import reading
from bot.catalogue.describe import describe
from bot.catalogue.focus import Focus
from bot.catalogue.spoken import line_of
from tests.support import plants
from tests.support.bikes import answer, asked


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("can I ride it on forest trails", "BK-T", "Heron touring bike: Not for trails or jumps."),
        ("可以走山路吗", "BK-T", "不能走山路"),
        ("is the bundle in stock", "LK-1", "lock + holder + cable: sold out right now"),
    ],
)
def test_what_the_text_says_is_told(text: str, told: str, said: str) -> None:
    assert said in answer(text, told)


@pytest.mark.parametrize("text", ["do you deliver to the trails", "can I return it"])
def test_what_the_shop_does_is_no_matter_of_a_text(text: str) -> None:
    assert asked(text, "BK-T") is None


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("can I use them if I am left handed", ("PL-7",), None),
        ("带花洒头吗", ("PL-6",), "浇水壶：不带花洒头。"),
        ("is it bad for cats", ("PL-1",), "Monstera deliciosa: Toxic to pets: yes."),
    ],
)
def test_the_line_that_is_most_like_a_question_answers_it(
    text: str, told: tuple[str, ...], said: str | None
) -> None:
    near = {"带花洒头吗": "不带花洒头", "is it bad for cats": "toxic to pets: yes"}

    def alike(one: str, others: Sequence[str]) -> list[float]:
        return [0.6 if near.get(one) == each else 0.2 for each in others]

    read = reading.read(text, plants.plants())
    act = line_of(read, plants.plants(), Focus(told), alike)
    assert (act and describe(act, read, plants.plants(), read.language)) == said
