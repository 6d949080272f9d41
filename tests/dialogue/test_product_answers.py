"""The skill for products: when it speaks, when it gives way, what it says beside the catalogue."""

from dataclasses import replace

import pytest

from bot.catalogue.current import Catalogue
from bot.catalogue.focus import Focus
from bot.dialogue.decide import Evidence
from bot.dialogue.outcome import Outcome
from bot.dialogue.product_answers import ProductAnswers
from bot.dialogue.understand import Understanding
from bot.knowledge.index import Index
from bot.types import Candidate, Chat, Claim, Message, Status

REPLY_AT = 0.5
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


def look(
    answers: ProductAnswers, said: Claim, *, confidence: float = 0.0, kind: str = "faq"
) -> Outcome | None:
    """What is answered where the knowledge is so sure of an entry."""
    evidence = Evidence(candidates=(replace(RULE, kind=kind),), confidence=confidence)
    understood = Understanding(evidence, said.messages[0].text, "en", {})
    return answers.look(said, understood, REPLY_AT)


def test_an_outcome_names_acts_products_and_sources(answers: ProductAnswers) -> None:
    outcome = look(answers, claim("how much is the blue kettle?"))
    assert outcome is not None
    assert outcome.acts == ("AskProduct",)
    assert outcome.products == ("JT-KET-01",)
    assert [each.id for each in outcome.say.sources] == ["product/JT-KET-01"]
    assert outcome.say.sources[0].url == "https://juniperandtide.example/p/harbor-kettle"
    assert outcome.focus is not None
    assert outcome.focus.measures == ("price",)
    audit = outcome.audit()
    assert (audit["acts"], audit["products"]) == (["AskProduct"], ["JT-KET-01"])


def test_an_entry_written_for_the_very_question_goes_first(answers: ProductAnswers) -> None:
    said = claim("how much is the blue kettle?")
    assert look(answers, said, confidence=0.85) is not None
    assert look(answers, said, confidence=0.95) is None


def test_what_is_only_one_reading_gives_way_to_a_sure_entry(answers: ProductAnswers) -> None:
    said = claim("do you have mugs")
    assert look(answers, said, confidence=0.3) is not None
    assert look(answers, said, confidence=0.6) is None
    assert look(answers, said, confidence=0.6, kind="product") is not None


def test_asking_which_gives_way_to_a_likely_entry(answers: ProductAnswers) -> None:
    said = claim("how tall is it")
    assert look(answers, said) is not None
    assert look(answers, said, confidence=0.4) is None


def test_pressed_buttons_are_none_of_its_business(answers: ProductAnswers) -> None:
    assert look(answers, claim("mugs", choice="entry:return-window")) is None


def test_sold_out_and_when_it_is_back_brings_the_rule(answers: ProductAnswers) -> None:
    outcome = look(answers, claim("when will it be back in stock", "JT-KET-03"))
    assert outcome is not None
    assert "sold out right now" in outcome.say.text
    assert "Within a few weeks." in outcome.say.text
    assert [each.id for each in outcome.say.sources] == ["product/JT-KET-03", "restock"]


def test_a_question_for_the_knowledge_beside_one_for_the_catalogue(
    answers: ProductAnswers,
) -> None:
    outcome = look(answers, claim("how tall is the mast lamp? do you take cheques?"))
    assert outcome is not None
    assert outcome.acts == ("AskProduct", "Ask")
    assert outcome.say.text == "Mast floor lamp: Height: 152 cm.\n\nWithin a few weeks."


def test_where_the_catalogue_is_silent_a_likely_entry_is_told(answers: ProductAnswers) -> None:
    outcome = look(answers, claim("is the walnut board dishwasher safe"), confidence=0.4)
    assert outcome is not None
    assert outcome.say.text.startswith("The catalogue says nothing of “safe”")
    assert outcome.say.text.endswith("Within a few weeks.")
