"""One sentence in the shopper's own language, before the first answer."""

from pathlib import Path

import pytest
import yaml

from bot.dialogue import notice
from bot.dialogue.decide import Reply
from bot.dialogue.notice import told
from bot.dialogue.outcome import Outcome
from bot.language.foreign import language_of
from bot.types import Author, Say
from tests.dialogue.test_answers import burst, said

ANSWER = Outcome(Reply(), Say("Within 30 days.", "en"))
GERMAN = "Wie kann ich den Artikel zurückschicken?"


def test_it_stands_before_the_first_answer_and_no_other() -> None:
    first = told(ANSWER, burst(GERMAN))
    sentence, answer = first.say.text.split("\n\n")
    assert language_of(sentence) == "de"
    assert answer == ANSWER.say.text
    later = (said(Author.SHOPPER, GERMAN, "en"), said(Author.BOT, first.say.text, "en"))
    assert told(ANSWER, burst("Und was kostet das?", history=later)) == ANSWER
    # Another language is another shopper at the same screen.
    assert told(ANSWER, burst("¿Cuánto cuesta el envío?", history=later)) != ANSWER


@pytest.mark.parametrize("text", ["How do I return this?", "怎么退货", "Klarna?", "wo", ""])
def test_nobody_else_hears_it(text: str) -> None:
    assert told(ANSWER, burst(text)) == ANSWER


def test_no_sentence_is_in_another_language_than_the_one_it_is_for() -> None:
    file = Path(notice.__file__).with_name("notices.yaml")
    sentences = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert len(sentences) >= 12
    for code, sentence in sentences.items():
        assert language_of(sentence) in (code, None), sentence
