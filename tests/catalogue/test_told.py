"""What goes on from the products told before."""

import pytest

from bot.catalogue.acts import FindProducts
from tests.support.coffee import MACHINES, answer, asked


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("and in white?", ("CM-2",), "Ristretto 58 espresso machine: Colours: white, steel."),
        ("any in red?", MACHINES, "Lungo 200 espresso machine: Colours: red, black."),
        ("and in copper?", ("CM-1",), "I don't see “copper” for Lungo 200 espresso machine"),
        ("红色的呢", MACHINES, "朗格 200 咖啡机：颜色：红色、黑色"),
    ],
)
def test_a_value_alone_is_of_what_was_told(text: str, told: tuple[str, ...], said: str) -> None:
    assert said in answer(text, *told)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(("cheapest?", "CM-1"), ("which is cheaper", "CM-1"), ("and lighter?", "CM-1")),
        *(("which is the heaviest?", "CM-2"), ("which has the higher pressure", "CM-1")),
        *(("which has the longer reach", "CM-2"), ("哪个轻", "CM-1"), ("最便宜的是哪个", "CM-1")),
        ("哪个压力大", "CM-1"),
    ],
)
def test_an_order_alone_is_of_what_was_told_by_any_measure(text: str, name: str) -> None:
    act = asked(text, *MACHINES)
    assert isinstance(act, FindProducts)
    assert act.skus[0] == name


def test_it_has_what_its_own_text_says_whatever_else_is_called_so() -> None:
    told = answer("does it have a grinder", *MACHINES)
    assert told.startswith("Ristretto 58 espresso machine: With a grinder in it")


def test_what_its_text_does_not_say_is_said_to_be_missing() -> None:
    assert "says nothing of “kettle” about Swan" not in answer("will it fit the kettle", "CM-1")
    assert "says nothing of “kettle” about Lungo" in answer("will it fit the kettle", "CM-1")


def test_the_other_one_is_of_the_list_that_the_one_was_picked_from() -> None:
    act = asked("and the other one, is it in stock", "CM-1", among=MACHINES)
    assert act is not None
    assert act.skus == ("CM-2",)


@pytest.mark.parametrize(
    ("text", "sku"),
    [("which is cheaper", "CM-1"), ("any in red?", "CM-1"), ("is there one under 300", "CM-1")],
)
def test_another_of_the_list_may_do_after_one_was_picked(text: str, sku: str) -> None:
    act = asked(text, "CM-2", among=MACHINES)
    assert act is not None
    assert act.skus[0] == sku
