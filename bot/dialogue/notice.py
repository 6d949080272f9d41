"""What a shopper is told first who writes in another language than the bot answers in: one sentence
in their own language (`notices.yaml`), once a conversation."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from bot.dialogue.outcome import Outcome
from bot.language.foreign import language_of
from bot.types import Author, Claim

_NOTICES = Path(__file__).with_name("notices.yaml")
_SURE = 2  # little words that tell a language; one may be a name


def told(outcome: Outcome, claim: Claim) -> Outcome:
    """`outcome` with that sentence before what is said, where it has not been said yet."""
    code = language_of(" ".join(each.text for each in claim.messages), at_least=_SURE)
    sentence = _notices().get(code or "")
    before = (turn.text for turn in claim.history if turn.author is Author.BOT)
    if sentence is None or any(text.startswith(sentence) for text in before):
        return outcome
    say = replace(outcome.say, text=f"{sentence}\n\n{outcome.say.text}")
    return replace(outcome, say=say)


@cache
def _notices() -> dict[str, str]:
    notices: dict[str, str] = yaml.safe_load(_NOTICES.read_text(encoding="utf-8"))
    return notices
