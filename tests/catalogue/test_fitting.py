"""Whether one thing goes with another."""

from bot.catalogue.acts import AskProduct
from tests.support.toys import answer, asked


def test_what_stands_before_the_verb_is_asked_about() -> None:
    act = asked("does the kite case fit the gull kite")
    assert isinstance(act, AskProduct)
    assert act.skus == ("BX-1",)
    assert "Holds the Gull kite" in answer("does the kite case fit the gull kite")


def test_a_text_that_names_the_other_thing_nowhere_is_said_to_be_silent() -> None:
    assert "says nothing of “crane kite" in answer("does the kite case fit the crane kite")
