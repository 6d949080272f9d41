"""How content a shopper is with a person's help: 👍, 👎 and, if they like, a word.

`tickets/assignment.py` asks with the goodbye; here the press is heard on every channel, by its
button or in words ("1" in a terminal), thanked for, and a word asked for. A word is taken as one
only right after it was asked for, so that no question is mistaken for it.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from bot.conversations import feedback
from bot.conversations.feedback import DOWN, UP, Value
from bot.dialogue import followup
from bot.dialogue.commands import person_button
from bot.dialogue.followup import Past
from bot.texts import t
from bot.types import Button, Claim, Language, Say

_PRESS = re.compile(r"rate:(\d{1,9}):(up|down|word)")
_KIND = "word"
_LONGEST = 1000  # characters of a word


@dataclass(frozen=True)
class Judged:
    """What the shopper said of the help with a ticket; without value and word, that they have
    something to add."""

    ticket_id: int
    value: Value | None = None
    word: str | None = None


def read(claim: Claim) -> Judged | None:
    """What the burst says of the help that there was; None where it says something else."""
    last = claim.messages[-1]
    if len(claim.messages) == 1 or last.choice:
        pressed = followup.pressed(last.text, last.choice, Past.of(claim).turns) or ""
        if found := _PRESS.fullmatch(pressed):
            value = {"up": UP, "down": DOWN}.get(found[2])
            return Judged(int(found[1]), value)
    asked = claim.dialogue or {}
    if asked.get("kind") != _KIND or any(each.choice for each in claim.messages):
        return None
    if not followup.said(claim, _asking(claim.language, {})):
        return None
    word = "\n".join(each.text for each in claim.messages).strip()[:_LONGEST]
    return Judged(int(asked["ticket"]), word=word) if word else None


def thanks(said: Judged, language: Language) -> Say:
    """What is answered."""
    if said.word is not None:
        return Say(t("chat.content_word_kept", language), language, dialogue={})
    if said.value is None:
        return _asking(language, {"kind": _KIND, "ticket": said.ticket_id})
    more = Button(t("chat.content_add", language), f"rate:{said.ticket_id}:word")
    if said.value == UP:
        return Say(t("chat.content_up", language), language, (more,))
    return Say(t("chat.content_down", language), language, (more, person_button(language)))


def keep(session: Session, conversation_id: int, said: Judged, *, at: datetime) -> None:
    """In the transaction that answers it; the conversation's lock is held."""
    feedback.judge(
        session, conversation_id, said.ticket_id, value=said.value, word=said.word, at=at
    )


def _asking(language: Language, dialogue: dict[str, object]) -> Say:
    return Say(t("chat.content_word", language), language, dialogue=dialogue)
