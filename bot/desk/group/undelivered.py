"""Tells agents in the group when what they wrote there did not reach the shopper.

A card knows the oldest reply whose delivery is not at rest (`CardRow.awaited`). Once replies were
given up, the agent is told under their own message; that is noted then, so a kill in between tells
it twice. What was written at the desk is shown at the desk.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile

import structlog
from sqlmodel import Session, col, select
from telegram.error import BadRequest

from bot.channels.telegram.text import Run, verbatim
from bot.conversations.noted import Noted
from bot.database.db import Database
from bot.database.tables import CardRow, OutboxRow, TicketRow, TurnRow
from bot.desk.group import state
from bot.desk.group.cards import Words, who
from bot.desk.group.sending import Lost, Post
from bot.desk.group.state import Card
from bot.texts import t
from bot.types import Author

log = structlog.get_logger()
_WHY = {"telegram.chat_gone": "gone", "telegram.refused": "refused"}


@dataclass(frozen=True)
class Reply:
    """What an agent wrote in a group, and how its delivery stands. `message_id` is the agent's
    message, None where that was another group."""

    turn_id: int
    status: str
    error: str
    message_id: int | None


@dataclass(frozen=True)
class Outcome:
    """The replies of a card's ticket are at rest up to the turn `upto`; `lost` never arrived."""

    card: Card
    upto: int
    lost: tuple[Reply, ...]


class Undelivered:
    """Looks after the replies of one group."""

    def __init__(self, db: Database, post: Post, words: Words) -> None:
        self._db = db
        self._post = post
        self._words = words

    async def tell(self) -> None:
        """Say what there is to say; `Later` and `Away` where the group takes nothing now."""
        chat_id = self._post.chat_id
        for each in await self._db.query(lambda session: list(outcomes(session, chat_id))):
            if each.lost:
                await self._say(each.card, each.lost)
            await self._db.write(partial(settle, done=each))

    async def _say(self, card: Card, lost: Sequence[Reply]) -> None:
        try:
            try:
                runs, answered = warning(card, lost, self._words), lost[0].message_id
                await self._post.send(runs, thread_id=card.topic_id, reply_to=answered)
            except Lost:  # the topic was deleted: where everybody reads
                card = replace(card, topic_id=None)
                await self._post.send(warning(card, lost, self._words))
        except BadRequest as error:
            log.error("agents_group.undelivered_untold", detail=error.message)
        log.info("agents_group.undelivered", ticket=card.ticket_id, replies=len(lost))


def warning(card: Card, lost: Sequence[Reply], words: Words) -> list[Run]:
    """Which replies did not arrive, why, and what to do; without a topic with the ticket's number,
    by which an answer to it is understood."""
    language, first = words.of(card), lost[0]
    key = "undelivered_one" if len(lost) == 1 else "undelivered_more"
    said = t(f"agents_group.{key}", language, name=who(card, words), more=len(lost) - 1)
    why = t(f"agents_group.undelivered_{_WHY.get(first.error, 'given_up')}", language)
    number = "" if card.topic_id is not None else f"#{card.ticket_id} · "
    return verbatim(f"⚠️ {number}{said}\n{why}")


def outcomes(session: Session, chat_id: int) -> Iterator[Outcome]:
    """The cards whose oldest awaited reply is at rest by now."""
    for row in session.exec(select(CardRow).where(col(CardRow.awaited).is_not(None))):
        replies = _replies(session, row, row.awaited or 0, chat_id)
        at_rest = list(takewhile(lambda reply: reply.status != "open", replies))
        if at_rest:
            lost = tuple(reply for reply in at_rest if reply.status != "sent")
            yield Outcome(state.card(session, row, chat_id), at_rest[-1].turn_id, lost)


def settle(session: Session, done: Outcome) -> None:
    """Go on with the reply after `done`, which may have been written meanwhile."""
    row = session.get_one(
        CardRow, done.card.ticket_id, with_for_update=True, populate_existing=True
    )
    following = next(_replies(session, row, done.upto + 1, row.chat_id), None)
    row.awaited = following.turn_id if following else None
    session.add(row)


def _replies(session: Session, card: CardRow, since: int, chat_id: int) -> Iterator[Reply]:
    """The replies to the card's ticket that were written in a group, from the turn `since` on."""
    query = (
        select(TurnRow, OutboxRow)
        .join(OutboxRow, col(OutboxRow.turn_id) == TurnRow.id)
        .join(TicketRow, col(TicketRow.conversation_id) == TurnRow.conversation_id)
        .where(
            TicketRow.id == card.ticket_id,
            col(TurnRow.id) >= since,
            TurnRow.author == Author.AGENT.value,
        )
        .order_by(col(TurnRow.id))
    )
    for turn, row in session.exec(query):
        noted = Noted.of(turn.meta)
        place, *where = noted.request.split(":")
        if noted.ticket == card.ticket_id and place == "telegram":
            message_id = int(where[1]) if where[0] == str(chat_id) else None
            yield Reply(row.turn_id, row.status, row.error or "", message_id)
