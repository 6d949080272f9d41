"""Who was told what an entry no longer says, and the correction that they are sent.

Each answer is stamped with its build, confidence and, for each entry, the version of its words
(`Source.version`). An answer is corrected once, whoever presses how often, and whenever a process
ends: its row, the correction and its way to the shopper are one transaction. A correction is
stamped like an answer, so it can be corrected itself.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Text, func
from sqlalchemy import cast as cast_to
from sqlmodel import Session, col, select

from bot.conversations import conversation, outbox
from bot.conversations.conversation import saved
from bot.database.tables import ConversationRow, CorrectionRow, OutboxRow, TurnRow
from bot.types import PRODUCT, Author, Language, Source, Status

DAYS = 90  # that are looked back
MOST = 500  # shoppers who are written to at once
_LOOKED_AT = 50_000  # answers, the newest
_SPEAKING = (Author.BOT.value, Author.SYSTEM.value)

Versions = Callable[[str], Collection[str]]
"""Gives the versions of an entry's words that the served build has; none where it is gone."""


@dataclass(frozen=True)
class Told:
    """An answer with words of an entry that it no longer has. `stays` is why nobody is written to:
    "closed" and "gone" are what became of the chat, "since" says that they were told the new words;
    "" where they can be."""

    turn_id: int
    conversation_id: int
    channel: str
    language: Language
    at: datetime
    text: str
    build: str
    confidence: float | None
    stays: str


@dataclass(frozen=True)
class Recall:
    """An entry that says something else by now, with the answers that were given before, newest
    first. `title` is as it was shown then."""

    entry_id: str
    title: str
    told: tuple[Told, ...]

    @property
    def since(self) -> datetime:
        return self.told[-1].at

    @property
    def reached(self) -> dict[int, Language]:
        """The conversations that a correction would go to, and their languages."""
        return {each.conversation_id: each.language for each in self.told if not each.stays}


def recalls(session: Session, versions: Versions, since: datetime) -> list[Recall]:
    """What was told since then and is another by now, the entry of the most answers first.

    What was corrected is left out, and products, whose stock and prices are another every day.
    """
    query = (
        select(TurnRow, ConversationRow)
        .join(ConversationRow, col(ConversationRow.id) == TurnRow.conversation_id)
        .where(col(TurnRow.author).in_(_SPEAKING), TurnRow.at >= since)
        .where(func.length(cast_to(TurnRow.sources, Text)) > 2)  # an empty list is "[]"
        .order_by(col(TurnRow.id).desc())
        .limit(_LOOKED_AT)
    )
    done = set(session.exec(select(CorrectionRow.turn_id, CorrectionRow.entry_id)).all())
    known: dict[str, Collection[str]] = {}
    fresh: set[tuple[int, str]] = set()
    wrong: dict[str, list[tuple[TurnRow, ConversationRow, str]]] = defaultdict(list)
    for turn, row in session.exec(query):
        for source in turn.sources:
            entry_id, version = str(source["id"]), str(source.get("version", ""))
            if not version or entry_id.startswith(PRODUCT):
                continue
            if entry_id not in known:
                known[entry_id] = versions(entry_id)
            if version in known[entry_id]:
                fresh.add((turn.conversation_id, entry_id))
            elif (turn.id, entry_id) not in done:
                stays = "since" if (turn.conversation_id, entry_id) in fresh else ""
                wrong[entry_id].append((turn, row, stays))
    left = _left(session, {row.id for of in wrong.values() for _, row, _ in of})
    found = [
        Recall(
            entry_id,
            next((str(s["title"]) for s in of[0][0].sources if s["id"] == entry_id), ""),
            tuple(_told(turn, row, stays, left) for turn, row, stays in of),
        )
        for entry_id, of in wrong.items()
    ]
    return sorted(found, key=lambda each: (-len(each.told), each.entry_id))


def _told(turn: TurnRow, row: ConversationRow, stays: str, left: Collection[int]) -> Told:
    meta: Mapping[str, Any] = turn.meta
    if row.id in left:
        stays = "gone"
    elif row.status == Status.CLOSED.value:
        stays = "closed"
    return Told(
        turn_id=saved(turn.id),
        conversation_id=turn.conversation_id,
        channel=row.channel,
        language=cast(Language, row.language),
        at=turn.at,
        text=turn.text,
        build=str(meta.get("build", "")),
        confidence=meta.get("confidence"),
        stays=stays,
    )


def _left(session: Session, conversations: Collection[int | None]) -> set[int]:
    """Those of the conversations whose shopper has left the chat, as the last delivery says."""
    newest = (
        select(func.max(OutboxRow.id))
        .where(col(OutboxRow.conversation_id).in_(conversations))
        .group_by(col(OutboxRow.conversation_id))
    )
    query = select(OutboxRow.conversation_id).where(
        col(OutboxRow.id).in_(newest), OutboxRow.status == "gone"
    )
    return set(session.exec(query))


def send(
    session: Session,
    recall: Recall,
    texts: Mapping[Language, str],
    source: Source,
    by: str,
    at: datetime,
) -> list[int]:
    """Tell each shopper whom it reaches, once, in the language of their chat; the conversations
    that were written to, `MOST` at the most. Those without a text in their language wait."""
    wanted = [each for each, language in recall.reached.items() if texts.get(language)]
    written = []
    for conversation_id in sorted(wanted)[:MOST]:  # one order, so that no two wait for each other
        row = conversation.lock(session, conversation_id)
        answers = [each.turn_id for each in recall.told if each.conversation_id == conversation_id]
        # Read after the lock: somebody may have sent it meanwhile, or closed the chat.
        if row.status == Status.CLOSED.value or _corrected(session, recall.entry_id, answers):
            continue
        language = recall.reached[conversation_id]
        turn = conversation.add_turn(
            session,
            conversation_id,
            Author.SYSTEM,
            texts[language],
            language,
            sources=(source,),
            at=at,
        )
        outbox.put(session, row, turn, at=at)
        for turn_id in answers:
            _note(session, recall.entry_id, turn_id, by, at, said=turn.id)
        written.append(conversation_id)
    return written


def leave(session: Session, recall: Recall, by: str, at: datetime) -> None:
    """These answers need no correction."""
    for each in recall.told:
        if not _corrected(session, recall.entry_id, [each.turn_id]):
            _note(session, recall.entry_id, each.turn_id, by, at)


def _corrected(session: Session, entry_id: str, turns: Collection[int]) -> bool:
    query = select(CorrectionRow.turn_id).where(
        CorrectionRow.entry_id == entry_id, col(CorrectionRow.turn_id).in_(turns)
    )
    return session.exec(query.limit(1)).first() is not None


def _note(
    session: Session,
    entry_id: str,
    turn_id: int,
    by: str,
    at: datetime,
    *,
    said: int | None = None,
) -> None:
    session.add(CorrectionRow(turn_id=turn_id, entry_id=entry_id, said_in=said, by=by, at=at))
