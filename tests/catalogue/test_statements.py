"""A "no" in the catalogue's texts is never read as a yes."""

import pytest

from bot.catalogue.acts import AskProduct, FindProducts
from bot.catalogue.statements import affirmed, denied
from tests.support import plants
from tests.support.bikes import answer, asked


@pytest.mark.parametrize(
    ("clause", "said"),
    [
        ("Not for brick or concrete", " for brick or concrete"),
        ("Discs are not included", "discs are "),
        ("A bag but the lamp is sold separately", " the lamp is "),
        ("Free from nuts but not from milk", " nuts "),
        ("不含电池、充电器", "电池、充电器"),
        ("不锈钢无线", ""),
        ("适合对鸡肉不耐受的狗", "适合对鸡肉"),
        ("For people allergic to nuts", " nuts"),
        ("Not only for wood", ""),
    ],
)
def test_what_a_clause_denies(clause: str, said: str) -> None:
    assert denied(clause) == said


def test_what_is_affirmed_is_the_rest() -> None:
    assert "bell" in affirmed("With bell. A stand is not included.")
    assert "stand" not in affirmed("With bell. A stand is not included.")


def test_what_a_text_is_not_for_is_not_found() -> None:
    act = asked("a bike for trails")
    assert act is not None
    assert act.skus == ("BK-M",)


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("does it come with batteries", "LT-A", "Glow front light: Batteries are not included"),
        ("are the batteries included", "LT-A", "Glow front light: Batteries are not included"),
        ("含电池吗", "LT-A", "微光前灯：不含电池"),
        ("is there a stand included", "BK-20", "A stand is not included"),
        ("does it come with a lock", "BK-T", "Without lock and pump"),
        ("are they good against rain", "GL-1", "Not against rain"),
        ("oil for disc brakes", "", "Chain oil: Not for disc brakes"),
        ("waterproof?", "LT-A", "Glow front light: Waterproof: no"),
        ("does it have lights", "BK-M", "Lights: no"),
    ],
)
def test_the_sentence_that_settles_it_goes_first(text: str, told: str, said: str) -> None:
    assert said in answer(text, *filter(None, [told])).split(", ")[0]


def test_a_label_with_no_is_no_match() -> None:
    for text in ("waterproof?", "anything waterproof", "waterproof lights"):
        act = asked(text)
        assert not isinstance(act, AskProduct | FindProducts) or "LT-A" not in act.skus


def test_yes_or_no_is_of_what_was_told_a_while_ago() -> None:
    act = asked("waterproof?", "LT-A", age=2)
    assert isinstance(act, AskProduct)
    assert act.skus == ("LT-A",)


def test_what_a_text_only_likes_does_not_come_with_it() -> None:
    assert "does not say" in plants.answer("does it come with a moss pole", "PL-1")


def test_a_stop_inside_a_sentence_ends_none() -> None:
    product = plants.plants().products[plants.plants().places["PL-6"]]
    assert product.sentences("en") == ["Without a rose", "About approx. 5 cm of spout"]
