"""What is said beside an answer: regret to somebody upset, with a person offered, and one sentence
in a shopper's own language that the bot does not answer in."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from bot.dialogue.commands import person_button
from bot.dialogue.decide import Escalate, Reply
from bot.dialogue.outcome import Outcome
from bot.texts import t
from bot.types import Author, Claim

_NOTICES = Path(__file__).with_name("notices.yaml")


def regretful(outcome: Outcome, claim: Claim) -> Outcome:
    """An answer to a message in a bad mood, with a word of regret before it, once a conversation,
    and a person to talk to. Who waits for one already hears the regret, too."""
    upset = outcome.heard is not None and outcome.heard.negative
    decision, say = outcome.decision, outcome.say
    waiting = isinstance(decision, Escalate) and decision.again
    if not upset or not (waiting or isinstance(decision, Reply)) or outcome.canned:
        return outcome
    sorry = t("chat.sorry", say.language)
    if not _said(sorry, claim):
        say = replace(say, text=f"{sorry}\n\n{say.text}")
    if not waiting:
        say = replace(say, buttons=say.buttons or (person_button(say.language),))
    return replace(outcome, say=say)


def foreign(outcome: Outcome, claim: Claim) -> Outcome:
    """What is said to a shopper who writes in another language than the bot answers in, with one
    sentence in theirs before it (`notices.yaml`), once a conversation."""
    code = outcome.heard.foreign if outcome.heard else None
    sentence = _notices().get(code or "")
    if sentence is None or _said(sentence, claim):
        return outcome
    say = replace(outcome.say, text=f"{sentence}\n\n{outcome.say.text}")
    return replace(outcome, say=say)


def _said(sentence: str, claim: Claim) -> bool:
    return any(turn.author is Author.BOT and sentence in turn.text for turn in claim.history)


@cache
def _notices() -> dict[str, str]:
    notices: dict[str, str] = yaml.safe_load(_NOTICES.read_text(encoding="utf-8"))
    return notices
