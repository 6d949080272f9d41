"""The language that is answered in, where the shopper asks for one: "and in English please"."""

from dataclasses import replace

from bot.dialogue.decide import Reply
from bot.dialogue.followup import Past
from bot.dialogue.outcome import Outcome
from bot.dialogue.view import Part
from bot.language.wording import fold, rule, words_only
from bot.texts import t
from bot.types import Claim, Language, Say

_LONGEST = 60  # characters of a message that asks for nothing else
_NAMES: dict[Language, str] = {"en": "english", "zh": "chinese"}


def asked_language(text: str) -> Language | None:
    """The language that all of `text` asks to be answered in."""
    words = words_only(fold(text))
    if not words or len(words) > _LONGEST:
        return None
    for language, name in _NAMES.items():
        if rule("dialogue", name).fullmatch(words):
            return language
    return None


def spoken_in(claim: Claim) -> tuple[Claim, Language | None]:
    """The burst as it is to be answered, and the language that it asks for: with the question
    before it once more, in that language; without one as it stands."""
    language = asked_language(claim.messages[-1].text) if len(claim.messages) == 1 else None
    if language is None or claim.messages[-1].choice:
        return claim, None
    before = Past.of(claim).question
    chosen = replace(claim, language=language, language_fixed=True)
    if not before or asked_language(before):
        return chosen, language
    turns = [turn for turn in claim.history if turn.text != before]
    again = replace(claim.messages[-1], text=before)
    return replace(chosen, messages=(again,), history=tuple(turns)), language


class Languages:
    """Says that it goes on in the language asked for, where nothing was asked before."""

    def read(self, part: Part) -> Language | None:
        """The language that the part asks for."""
        return None if part.view.pressed else asked_language(part.text)

    def carry_out(self, act: Language, part: Part) -> Outcome:
        """A line in that language."""
        return Outcome(Reply(), Say(t("chat.speaks", act), act), acts=("Speak",), speaks=act)
