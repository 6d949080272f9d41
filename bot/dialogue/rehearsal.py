"""What shoppers would be told by a build that is not live yet, beside the one that is.

The shop's golden questions and what shoppers asked last are put to both, each out of any
conversation and by somebody who has proven nothing.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.dialogue.answers import Answers
from bot.dialogue.outcome import Action
from bot.knowledge.evaluate import Asked
from bot.types import Chat, Claim, Language, Message, Nobody, Status

Kind = Literal["lost", "gained", "elsewhere", "figures", "words"]
"""Answered no more, answered now, answered from another entry, with other figures, or only in other
words: the worst first."""

KINDS: tuple[Kind, ...] = ("lost", "gained", "elsewhere", "figures", "words")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)?")
_CHAT = Chat("terminal", "rehearsal")


@dataclass(frozen=True)
class Told:
    """An answer: what was decided, from which entries, and its words."""

    action: Action
    entries: tuple[str, ...]
    text: str

    def meets(self, asked: Asked) -> bool:
        """Whether a golden question is answered as the shop wants."""
        if not asked.expected:
            return self.action == "escalate"
        return self.action == "reply" and bool(asked.expected & set(self.entries))


@dataclass(frozen=True)
class Change:
    """A question that is not answered as before."""

    question: str
    kind: Kind
    before: Told
    after: Told


@dataclass(frozen=True)
class Review:
    """How a build fares: golden questions `met` of `golden`, those that the build before met and
    this one does not (`lost`), those that neither meets (`missed`); of `asked` questions by
    shoppers, what changed."""

    golden: int
    met: int
    lost: tuple[str, ...]
    missed: tuple[str, ...]
    asked: int
    changes: tuple[Change, ...]


Ask = Callable[[str], Told]


def review(
    golden: Sequence[Asked],
    asked: Sequence[str],
    before: Ask | None,
    after: Ask,
    tell: Callable[[int, int], None],
) -> Review:
    """Put every question to both; `before` is None where nothing was live. `tell` hears how many
    of how many are done."""
    met, lost, missed, changes = 0, list[str](), list[str](), list[Change]()
    total = len(golden) + len(asked)
    for done, each in enumerate(golden):
        tell(done, total)
        if after(each.question).meets(each):
            met += 1
        elif before is not None and before(each.question).meets(each):
            lost.append(each.question)
        else:
            missed.append(each.question)
    for done, question in enumerate(asked if before else ()):
        tell(len(golden) + done, total)
        changes += _changes(question, before, after)
    tell(total, total)
    changes.sort(key=lambda change: KINDS.index(change.kind))
    return Review(len(golden), met, tuple(lost), tuple(missed), len(asked), tuple(changes))


def _changes(question: str, before: Ask | None, after: Ask) -> Iterator[Change]:
    if before is None:
        return
    old, new = before(question), after(question)
    kind = _kind(old, new)
    if kind is not None:
        yield Change(question, kind, old, new)


def _kind(old: Told, new: Told) -> Kind | None:
    if old.action == "reply" != new.action:
        return "lost"
    if new.action == "reply" != old.action:
        return "gained"
    if new.action != "reply" or old == new:
        return None
    if set(old.entries) != set(new.entries):
        return "elsewhere"
    if sorted(_FIGURE.findall(old.text)) != sorted(_FIGURE.findall(new.text)):
        return "figures"
    return "words" if old.text != new.text else None


def asker(answers: Answers, language: Language) -> Ask:
    """Asks one question as the first of a conversation."""

    def ask(question: str) -> Told:
        message = Message(1, 1, question, None, 0)
        claim = Claim(0, _CHAT, "", Status.BOT, language, (message,), (), ())
        outcome = answers.answer(claim, Nobody())
        entries = tuple(source.id for source in outcome.say.sources)
        return Told(outcome.action, entries, outcome.say.text)

    return ask
