"""Whether one thing goes with another."""

import pytest

from bot.catalogue import reading
from bot.catalogue.acts import AskProduct
from bot.catalogue.fitting import fitting
from bot.catalogue.focus import Focus
from tests.support import hardware
from tests.support.toys import answer, asked


def test_what_stands_before_the_verb_is_asked_about() -> None:
    act = asked("does the kite case fit the gull kite")
    assert isinstance(act, AskProduct)
    assert act.skus == ("BX-1",)
    assert "Holds the Gull kite" in answer("does the kite case fit the gull kite")


def test_a_text_that_names_the_other_thing_nowhere_is_said_to_be_silent() -> None:
    assert "says nothing of “crane kite" in answer("does the kite case fit the crane kite")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "does the brass nozzle work on a flat hose",
            "Brass spray nozzle: Fits: reel hoses; not for flat hoses.",
        ),
        ("does the fan nozzle hold the reel hose?", "Fan nozzle: Fits: flat hoses."),
        ("can i use the fan nozzle on a flat hose", "Fan nozzle: Fits: flat hoses."),
        ("does the fan nozzle fit my reel hose", "Fan nozzle: Fits: flat hoses."),
        ("黄铜喷头扁平水管能用吗", "黄铜喷头：适用：卷盘水管。"),
        (
            "which nozzle fits the reel hose",
            "Brass spray nozzle: Fits: reel hoses; not for flat hoses.",
        ),
    ],
)
def test_what_is_named_first_is_asked_for_what_it_fits(text: str, said: str) -> None:
    assert hardware.answer(text) == said


@pytest.mark.parametrize(
    ("text", "skus"),
    [
        ("so which one do i need", ("NZ-1", "NZ-2")),
        ("那扁平水管用哪款", ("NZ-2",)),
        ("卷盘用哪款", ("NZ-1",)),
    ],
)
def test_which_one_fits_then_is_asked_of_all_of_its_kind(text: str, skus: tuple[str, ...]) -> None:
    table = hardware.hardware()
    act = fitting(reading.read(text, table), table, Focus(("NZ-1",), ("fits",)))
    assert act is not None
    assert act.skus == skus
