"""What shoppers asked and the knowledge did not answer, grouped by meaning, the costliest first.

A question counts as unanswered that ended with a person or in "did you mean" for want of a sure
answer, or whose answer got a 👎. What became of a group is kept: an entry was written for it, or it
is to be left alone; either way its questions do not come up again, but new ones do.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlmodel import Session, col, select

from bot.conversations import asked
from bot.conversations.asked import Question
from bot.database.tables import GapRow, TurnRow
from bot.errors import ConflictError
from bot.language.grouping import grouped
from bot.language.regression import Floats
from bot.types import Author, Language, Reason

DAYS = 30
MOST = 10_000  # questions that are looked at
LIKENESS = 0.42  # mean cosine of two groups that are one; see `tests/bench/gaps.py`
TREND = timedelta(days=7)  # that are compared with as many before
SHOWN = 5  # examples
_UNSURE = (Reason.LOW_CONFIDENCE, Reason.REPEATED_FAILURE, Reason.OUT_OF_SCOPE)
_COST = {"escalate": 3, "reply": 2, "clarify": 1}  # a colleague's time, a wrong answer, a question
_PHRASINGS = 8
_REPLIED = 20  # questions whose conversations are looked into
_REPLIES = 3  # agents' answers that a draft is made of
_LOOKED_AT = 20  # turns after a question
_WORDS = re.compile(r"[a-z0-9]+")

Meanings = Callable[[Sequence[str], Language], Floats]
"""Gives unit vectors (n, d) of texts in one language."""


@dataclass(frozen=True)
class Gap:
    """Questions of one meaning, newest first. `cost` weighs how each ended, `lately` counts those
    of the last week and `before` those of the week before. `likely` is the entry that the bot had
    in mind for most of them, "" where there is none."""

    language: Language
    questions: tuple[Question, ...]
    cost: int
    lately: int
    before: int
    likely: str

    @property
    def key(self) -> int:
        """The turn of its oldest question, by which it is found again."""
        return min(each.turn_id for each in self.questions)

    @property
    def examples(self) -> tuple[Question, ...]:
        """The first few, each wording once."""
        return tuple({each.text.casefold(): each for each in self.questions[::-1]}.values())[
            -SHOWN:
        ][::-1]

    def ended(self) -> Mapping[str, int]:
        """How many ended with a person ("escalate"), were asked back ("clarify") or disliked."""
        return Counter("disliked" if each.disliked else each.action for each in self.questions)


@dataclass(frozen=True)
class Draft:
    """An entry as it is proposed: one phrasing a line, the answer "" where nobody gave one."""

    id: str
    lang: Language
    question: str
    phrasings: str
    answer: str


def unanswered(session: Session, since: datetime) -> list[Question]:
    """The questions since then that want an answer, newest first, without those of groups that
    were dealt with."""
    done = {turn for row in kept(session, since) for turn in row.turns}
    return [
        each
        for each in asked.lately(session, MOST, since=since)
        if each.turn_id not in done and _wants_answer(each)
    ]


def _wants_answer(question: Question) -> bool:
    unsure = question.action == "clarify" or question.reason in _UNSURE
    return unsure or question.disliked


def group(questions: Sequence[Question], meanings: Meanings, at: datetime) -> list[Gap]:
    """The questions by meaning, the costliest group first; each language by itself."""
    found = []
    for language in dict.fromkeys(each.language for each in questions):
        same: dict[str, list[Question]] = {text: [] for text in wordings(questions, language)}
        for each in questions:
            if each.language == language:
                same[each.text.casefold()].append(each)
        asked_so = list(same.values())
        vectors = meanings(list(same), language)
        for places in grouped(vectors, [len(each) for each in asked_so], LIKENESS):
            found.append(_gap(language, [each for place in places for each in asked_so[place]], at))
    return sorted(found, key=lambda gap: (-gap.cost, -gap.questions[0].at.timestamp()))


def wordings(questions: Iterable[Question], language: Language) -> list[str]:
    """What was asked in a language, each wording once."""
    texts = (each.text.casefold() for each in questions if each.language == language)
    return list(dict.fromkeys(texts))


def _gap(language: Language, questions: Iterable[Question], at: datetime) -> Gap:
    newest = sorted(questions, key=lambda each: each.turn_id, reverse=True)
    likely = Counter(each.likely[0] for each in newest if each.likely).most_common(1)
    name, count = likely[0] if likely else ("", 0)
    lately = sum(each.at > at - TREND for each in newest)
    return Gap(
        language,
        tuple(newest),
        cost=sum(_COST.get(each.action, 1) for each in newest),
        lately=lately,
        before=sum(each.at > at - 2 * TREND for each in newest) - lately,
        likely=name if 2 * count > len(newest) else "",
    )


def drafted(
    session: Session, gap: Gap, masking: Callable[[Session, int], Callable[[str], str]]
) -> Draft:
    """An entry from the group: its phrasings, and what agents answered, all without personal data.

    `masking` gives what takes that out of a conversation's texts.
    """
    wordings, replies = Counter[str](), dict[str, None]()
    for each in gap.questions[:_REPLIED]:
        masked = masking(session, each.conversation_id)
        wordings[masked(each.text)] += 1
        replies |= dict.fromkeys(map(masked, _replies(session, each)))
    middle = median(map(len, wordings))
    # The usual one: neither a single word nor a story.
    question = min(wordings, key=lambda text: (-wordings[text], abs(len(text) - middle)))
    others = [each for each in wordings if each != question]
    words = _WORDS.findall(question.lower())[:6]
    return Draft(
        id="-".join(words) if gap.language == "en" and words else f"gap-{gap.key}",
        lang=gap.language,
        question=question,
        phrasings="\n".join(others[:_PHRASINGS]),
        answer="\n\n".join(list(replies)[:_REPLIES]),
    )


def _replies(session: Session, question: Question) -> list[str]:
    """What people of the shop said to a question, before the shopper went on."""
    query = select(TurnRow).where(
        TurnRow.conversation_id == question.conversation_id, col(TurnRow.id) > question.turn_id
    )
    said: list[str] = []
    for turn in session.exec(query.order_by(col(TurnRow.id)).limit(_LOOKED_AT)):
        if turn.author == Author.SHOPPER.value and said:
            break
        if turn.author == Author.AGENT.value and turn.text.strip():
            said.append(turn.text.strip())
    return ["\n".join(said)] if said else []


def kept(session: Session, since: datetime) -> list[GapRow]:
    """The groups that were dealt with since then, newest first."""
    query = select(GapRow).where(GapRow.at >= since)
    return list(session.exec(query.order_by(col(GapRow.id).desc())))


def settle(session: Session, gap: Gap, by: str, at: datetime, *, entry_id: str = "") -> None:
    """The group is dealt with by an entry, or without one left alone. `ConflictError` where
    somebody has been faster."""
    turns = [each.turn_id for each in gap.questions]
    if any(set(turns) & set(row.turns) for row in kept(session, gap.questions[-1].at)):
        raise ConflictError("gaps.settled")
    session.add(
        GapRow(
            entry_id=entry_id,
            language=gap.language,
            turns=turns,
            by=by,
            at=at,
        )
    )
