"""What is said beside an answer: regret, and one sentence in the shopper's own language."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.dialogue import notice
from bot.dialogue.decide import Escalate, Reply
from bot.dialogue.hearing import Heard, hear
from bot.dialogue.notice import foreign, regretful
from bot.dialogue.outcome import Outcome
from bot.knowledge.retriever import ShopRetriever
from bot.language.foreign import language_of
from bot.types import Author, Button, Reason, Say
from tests.dialogue.test_answers import burst, said

ANSWER = Outcome(Reply(), Say("Within 30 days.", "en"))
GERMAN = "Wie kann ich den Artikel zurückschicken?"


def heard(foreign: str | None) -> Outcome:
    return replace(ANSWER, heard=Heard("en", foreign=foreign))


def test_it_stands_before_the_first_answer_and_no_other() -> None:
    first = foreign(heard("de"), burst(GERMAN))
    sentence, answer = first.say.text.split("\n\n")
    assert language_of(sentence) == "de"
    assert answer == ANSWER.say.text
    later = (said(Author.SHOPPER, GERMAN, "en"), said(Author.BOT, first.say.text, "en"))
    assert foreign(heard("de"), burst("Und was kostet das?", history=later)) == heard("de")
    # Another language is another shopper at the same screen.
    assert foreign(heard("es"), burst("¿Cuánto cuesta?", history=later)) != heard("es")


def test_who_writes_in_a_language_without_a_sentence_hears_the_answer_alone() -> None:
    assert foreign(heard("el"), burst("Πώς επιστρέφω;")) == heard("el")
    assert foreign(heard(None), burst("How?")) == heard(None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GERMAN, "de"),
        ("¿Cuánto cuesta el envío?", "es"),
        ("How do I return this?", None),
        ("怎么退货", None),
        ("Klarna?", None),
        ("wo", None),
    ],
)
def test_the_language_is_heard(demo_retriever: ShopRetriever, text: str, code: str | None) -> None:
    assert hear(burst(text), "", demo_retriever).foreign == code


def test_no_sentence_is_in_another_language_than_the_one_it_is_for() -> None:
    file = Path(notice.__file__).with_name("notices.yaml")
    sentences = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert len(sentences) >= 12
    for code, sentence in sentences.items():
        assert language_of(sentence) in (code, None), sentence


UPSET = Heard("en", {}, -0.6, 1, negative=True)


def test_who_is_upset_hears_regret_once_and_is_offered_a_person() -> None:
    upset = replace(ANSWER, heard=UPSET)
    first = regretful(upset, burst("this is ridiculous"))
    assert first.say.text.endswith(ANSWER.say.text)
    assert first.say.text != ANSWER.say.text
    assert [each.value for each in first.say.buttons] == ["person"]
    later = (said(Author.BOT, first.say.text, "en"),)
    again = regretful(upset, burst("still ridiculous", history=later))
    assert again.say.text == ANSWER.say.text
    assert again.say.buttons == first.say.buttons


def test_buttons_of_an_answer_stay_and_a_hand_over_has_words_of_its_own() -> None:
    button = (Button("By e-mail", "proof:code"),)
    asked = replace(ANSWER, heard=UPSET, say=replace(ANSWER.say, buttons=button))
    assert regretful(asked, burst("why")).say.buttons == button
    over = replace(ANSWER, heard=UPSET, decision=Escalate(Reason.NEGATIVE_MOOD))
    assert regretful(over, burst("why")) == over
    assert regretful(ANSWER, burst("fine")) == ANSWER


def test_who_is_upset_while_waiting_for_a_person_hears_regret_too() -> None:
    decision = Escalate(Reason.LOW_CONFIDENCE, again=True)
    waiting = replace(ANSWER, heard=UPSET, decision=decision)
    first = regretful(waiting, burst("this takes forever"))
    assert first.say.text.endswith(ANSWER.say.text)
    assert first.say.text != ANSWER.say.text
    assert not first.say.buttons  # the person is on their way
    later = (said(Author.BOT, first.say.text, "en"),)
    assert regretful(waiting, burst("hello??", history=later)) == waiting
