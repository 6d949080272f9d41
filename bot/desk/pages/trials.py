"""What the test bench needs of the bot, so that no page knows how it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bot.types import Candidate, Language, Reason, Source


@dataclass(frozen=True)
class Question:
    """What is tried: a message after others in one conversation, in a language ("" as it is read),
    as nobody or a made-up customer."""

    text: str
    before: Sequence[str] = ()
    language: Language | Literal[""] = ""
    customer: str = ""


@dataclass(frozen=True)
class Trial:
    """What the bot would do, and what it went by. `why` names the rule, as the end of a text's key;
    `heard` are marks of what was heard of the shopper. `candidates` are what the knowledge has on
    `searched`, of which the first is right with `likely` (0..1). `reply_at`, `assume_at` and
    `ask_at` are the confidences from which it replies, assumes and asks back. `own` are the entry's
    own words where a `model` has worded the answer."""

    action: str
    reason: Reason | None
    why: str
    confidence: float
    text: str
    language: Language
    buttons: Sequence[str]
    sources: Sequence[Source]
    reading: str
    heard: Sequence[str]
    acts: Sequence[str]
    focus: Mapping[str, str]
    searched: str
    candidates: Sequence[Candidate]
    likely: float
    reply_at: float
    assume_at: float
    ask_at: float
    model: str = ""
    own: str = ""


class Bench(Protocol):
    """Tries the bot; nothing of it is stored, and nobody is told."""

    async def customers(self) -> Sequence[tuple[str, str]]:
        """The ids and names of the demo shop's made-up customers."""

    async def ask(self, question: Question) -> Trial: ...
