"""Proof: once a person has taken a conversation, the bot says nothing more in it.

`python -m tests.proofs.takeover` has shoppers who wait for a person ask on, so that the bot is
answering, and agents take their tickets at a random moment of that; another question follows.
Worker and deliverer run as in `bot serve`, on the demo shop. Counted are the bot's messages that
come after the take, as they are stored and as they reach the shopper.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from bot import log
from bot.conversations.conversation import find
from bot.conversations.deliverer import Deliverer
from bot.conversations.worker import Worker
from bot.database.db import Database
from bot.database.tables import InboxRow, OutboxRow, TicketRow, TurnRow
from bot.dialogue.flow import Flow
from bot.tickets import assignment
from bot.types import Author, Chat, Draft, Handler, Incoming, Progress, Turn, now
from tests.proofs.servers import build_index
from tests.support.demo import shop_on

QUESTIONS = (
    "How long is the warranty?",
    "Do you ship to Norway?",
    "How long do I have to return something?",
    "多久可以退货？",
)
LATEST = 0.04  # seconds after a question at which it is taken: an answer takes a few hundredths
_AT_ONCE = 8
_PATIENCE = 120.0


@dataclass(frozen=True)
class Outcome:
    """`stored` and `sent` are the bot's messages after the take; `answered` how often the bot was
    faster, `dropped` how often its answer was under way and not said."""

    interleavings: int
    stored: int
    sent: int
    answered: int
    dropped: int


class Recorder:
    """A channel that remembers who said something in each chat, in order."""

    name = "web"

    def __init__(self) -> None:
        self.heard: Mapping[str, list[Author]] = defaultdict(list)

    async def run(self, handler: Handler) -> None:
        """Nobody writes here by themselves."""

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> None:
        self.heard[chat.id].append(
            Author.AGENT if reply.author is Author.SYSTEM and reply.agent else reply.author
        )

    async def typing(self, chat: Chat) -> None:
        """Nobody looks."""

    async def preview(self, chat: Chat, draft: Draft) -> None:
        self.heard[chat.id].append(Author.BOT)


async def prove(db: Database, flow: Flow, interleavings: int, seed: int = 1) -> Outcome:
    """Let it happen that often, and count."""
    dice, recorder = random.Random(seed), Recorder()
    worker = Worker(db, flow.handle, on_dead=flow.give_up)
    deliverer = Deliverer(db, {"web": recorder})
    running = [asyncio.create_task(each.run()) for each in (worker, deliverer)]
    seats = asyncio.Semaphore(_AT_ONCE)

    async def one(number: int) -> None:
        async with seats:
            await _interleave(db, flow, Chat("web", f"chat-{number}"), dice)

    await asyncio.gather(*map(one, range(interleavings)))
    await _settled(db)
    await worker.drain(10)
    await deliverer.drain(10)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    with db.read() as session:
        counted = [_counted(session, recorder, number) for number in range(interleavings)]
    stored, sent, answered = (sum(each) for each in zip(*counted, strict=True))
    return Outcome(interleavings, stored, sent, answered, interleavings - answered)


async def _interleave(db: Database, flow: Flow, chat: Chat, dice: random.Random) -> None:
    await flow.receive(Incoming(chat, "m1", "I want to talk to a person"))
    ticket = await _ticket(db, chat)
    await flow.receive(Incoming(chat, "m2", dice.choice(QUESTIONS)))
    await asyncio.sleep(dice.uniform(0, LATEST))
    await db.write(lambda session: assignment.take(session, ticket, "Mia", now()).id)
    await flow.receive(Incoming(chat, "m3", dice.choice(QUESTIONS)))


async def _ticket(db: Database, chat: Chat) -> int:
    def look(session: Session) -> int | None:
        row = find(session, chat)
        query = select(TicketRow.id).where(TicketRow.conversation_id == (row.id if row else 0))
        return session.exec(query).first()

    async with asyncio.timeout(_PATIENCE):
        while (found := await db.query(look)) is None:
            await asyncio.sleep(0.005)
    return found


async def _settled(db: Database) -> None:
    """Wait until nothing is open any more."""

    def look(session: Session) -> bool:
        boxes = (select(InboxRow.id), InboxRow.status), (select(OutboxRow.id), OutboxRow.status)
        return any(session.exec(rows.where(status == "open")).first() for rows, status in boxes)

    async with asyncio.timeout(_PATIENCE):
        while await db.query(look):
            await asyncio.sleep(0.05)


def _counted(session: Session, recorder: Recorder, number: int) -> tuple[int, int, int]:
    """Of one chat: the bot's messages after the take, stored and sent; whether m2 was answered."""
    row = find(session, Chat("web", f"chat-{number}"))
    query = select(TurnRow).where(TurnRow.conversation_id == (row.id if row else 0))
    turns = session.exec(query.order_by(col(TurnRow.id))).all()
    taken = next(turn.id for turn in turns if turn.author == Author.SYSTEM and turn.agent)
    late = sum(turn.author == Author.BOT and (turn.id or 0) > (taken or 0) for turn in turns)
    answered = sum(turn.author == Author.BOT for turn in turns) > 1
    heard = recorder.heard[f"chat-{number}"]
    joined = heard.index(Author.AGENT)
    return late, heard[joined:].count(Author.BOT), int(answered)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interleavings", type=int, default=1000)
    parser.add_argument("--index", type=Path, help="a built index of the demo shop")
    parser.add_argument("--database", help="a database of its own; else a new SQLite file")
    given = parser.parse_args()
    log.configure("error", "text")
    with tempfile.TemporaryDirectory() as folder:
        index = given.index or Path(folder) / "index"
        if given.index is None:
            build_index(index)
        app = shop_on(given.database or f"sqlite:///{folder}/proof.db", index)
        found = asyncio.run(prove(app.db, app.flow, given.interleavings))
        app.db.close()
    print(found)
    sys.exit(bool(found.stored or found.sent))


if __name__ == "__main__":
    main()
