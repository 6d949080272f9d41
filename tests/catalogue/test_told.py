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


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("does it have a grinder", ("CM-2",)),
        ("how heavy is it", ("CM-2",)),
        ("它多重", ("CM-2",)),
        ("and the other one, is it in stock", ("CM-1",)),
        ("how heavy are they", MACHINES),
        ("are both in stock", MACHINES),
    ],
)
def test_after_the_cheapest_it_is_the_first_that_was_told(text: str, skus: tuple[str, ...]) -> None:
    act = asked(text, "CM-2", "CM-1", ordered=True)
    assert act is not None
    assert sorted(act.skus) == sorted(skus)


def test_in_the_box_is_with_what_was_told_whatever_is_called_a_box() -> None:
    act = asked("is a kettle in the box?", "CM-1")
    assert act is not None
    assert act.skus == ("CM-1",)


@pytest.mark.parametrize(
    ("text", "skus"),
    [("how heavy is it", ("CM-1",)), ("how much is it", None), ("it's the red one", None)],
)
def test_what_was_only_named_is_it_for_what_it_has(text: str, skus: tuple[str, ...] | None) -> None:
    act = asked(text, "CM-1", aside=True)
    assert (act and act.skus) == skus
