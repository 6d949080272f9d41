"""The skill for products: when it speaks, when it gives way, what it says beside the catalogue."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.catalogue.current import Catalogue
from bot.catalogue.focus import Focus
from bot.dialogue.decide import Policy
from bot.dialogue.followup import Past
from bot.dialogue.hearing import Heard
from bot.dialogue.outcome import Outcome
from bot.dialogue.searching import Found
from bot.dialogue.skills.products import ProductAnswers
from bot.dialogue.view import Part, View
from bot.knowledge.index import Index
from bot.knowledge.retriever import ShopRetriever
from bot.types import Candidate, Chat, Claim, Message, Nobody, Status

Look = Callable[..., Outcome | None]
REPLY_AT, LIKELY_AT = 0.5, 0.4
RULE = Candidate(
    "restock",
    "en",
    "When is it back?",
    "Within a few weeks.",
    "faq.yaml",
    "faq",
    0.9,
    0.9,
    0.9,
    0.9,
    0.9,
    0.9,
)


@pytest.fixture
def answers(demo_index: Index) -> ProductAnswers:
    """The demo shop's; of the knowledge it has one rule only."""
    return ProductAnswers(Catalogue(lambda: demo_index), lambda question, at_least: RULE)


def claim(text: str, *told: str, choice: str | None = None) -> Claim:
    return Claim(
        1,
        Chat("web", "anna"),
        "host:1:a",
        Status.BOT,
        "en",
        (Message(1, 1, text, choice, 0),),
        (),
        (),
        focus=Focus(told).kept(),
    )


def part(retriever: ShopRetriever, said: Claim, confidence: float = 0.0, kind: str = "faq") -> Part:
    """A part of which the knowledge has one entry that it is so sure of."""
    past = Past.of(said)
    pressed = said.messages[0].choice or ""
    policy = Policy(REPLY_AT, REPLY_AT / 2, LIKELY_AT)
    view = View(said, Nobody(), Heard("en"), policy, past, pressed, Focus.of(said.focus), retriever)
    asked = Part(said.messages[0].text, view)
    found = Found(asked.text, (replace(RULE, kind=kind),), confidence)
    asked.__dict__["_found"] = found  # as if it had been searched already
    return asked


@pytest.fixture
def look(answers: ProductAnswers, demo_retriever: ShopRetriever) -> Look:
    """What is answered where the knowledge is so sure of an entry."""

    def looked(said: Claim, *, confidence: float = 0.0, kind: str = "faq") -> Outcome | None:
        asked = part(demo_retriever, said, confidence, kind)
        act = answers.read(asked)
        return answers.carry_out(act, asked) if act is not None else None

    return looked


def test_an_outcome_names_acts_products_and_sources(look: Look) -> None:
    outcome = look(claim("how much is the blue kettle?"))
    assert outcome is not None
    assert outcome.acts == ("AskProduct",)
    assert outcome.products == ("JT-KET-01",)
    assert [each.id for each in outcome.say.sources] == ["product/JT-KET-01"]
    assert outcome.say.sources[0].url == "https://juniperandtide.example/p/harbor-kettle"
    assert outcome.focus is not None
    assert outcome.focus.measures == ("price",)
    audit = outcome.audit()
    assert (audit["acts"], audit["products"]) == (["AskProduct"], ["JT-KET-01"])


def test_an_entry_written_for_the_very_question_goes_first(look: Look) -> None:
    said = claim("how much is the blue kettle?")
    assert look(said, confidence=0.85) is not None
    assert look(said, confidence=0.95) is None


def test_what_is_only_one_reading_gives_way_to_a_sure_entry(look: Look) -> None:
    said = claim("do you have mugs")
    assert look(said, confidence=0.3) is not None
    assert look(said, confidence=0.6) is None
    assert look(said, confidence=0.6, kind="product") is not None


def test_asking_which_gives_way_to_a_likely_entry(look: Look) -> None:
    said = claim("how tall is it")
    assert look(said) is not None
    assert look(said, confidence=0.4) is None


def test_pressed_buttons_are_none_of_its_business(look: Look) -> None:
    assert look(claim("mugs", choice="entry:return-window")) is None


def test_sold_out_and_when_it_is_back_brings_the_rule(look: Look) -> None:
    outcome = look(claim("when will it be back in stock", "JT-KET-03"))
    assert outcome is not None
    assert "sold out right now" in outcome.say.text
    assert "Within a few weeks." in outcome.say.text
    assert [each.id for each in outcome.say.sources] == ["product/JT-KET-03", "restock"]


def test_where_the_catalogue_is_silent_a_likely_entry_is_told(look: Look) -> None:
    outcome = look(claim("is the walnut board dishwasher safe"), confidence=0.4)
    assert outcome is not None
    assert outcome.say.text.startswith("The catalogue says nothing of “dishwasher safe”")
    assert outcome.say.text.endswith("Within a few weeks.")
