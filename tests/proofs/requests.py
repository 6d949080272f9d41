"""Proof: what a shopper takes back is approved by nobody, and the shopper is told the truth.

Each story is made up by chance: a proven shopper wishes for changes, confirms, corrects, and takes
back; two agents decide on what they see at the same moment; workers die between reading a message
and answering it. Then the records are compared with what was said.

    python -m tests.proofs.requests --stories 1000
"""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog
from rich.progress import track
from sqlmodel import Session, col, select

from bot.conversations import bursts, conversation
from bot.conversations.conversation import saved
from bot.customers import identity
from bot.database.db import Database
from bot.database.leases import LEASE
from bot.database.tables import InboxRow, RequestRow, TicketRow, TurnRow
from bot.errors import ConflictError, NotFoundError
from bot.knowledge import confidence
from bot.knowledge.build import build_index
from bot.knowledge.index import CurrentIndex
from bot.knowledge.retriever import ShopRetriever
from bot.orders.record import Customer, State
from bot.settings import DEFAULT_MODEL
from bot.tickets import assignment, requests
from bot.types import Claim, Incoming, OneCustomer, now
from tests.support.flows import flow_of
from tests.support.talk import KETTLE, MUG, ROBE, Talk, bought, shop_with

ROOT = Path(__file__).parent.parent.parent
STEPS = 14  # things that happen in a story
SAID = {  # what the shopper may say of the order that came and those that are paid, and how often
    "I want to return order {came}": 3,
    "I want to return the kettle and the mug of order {came}": 2,
    "send all of order {came} back": 2,
    "cancel both orders": 2,
    "cancel orders {paid} and {next}": 2,
    "两个订单都取消": 1,
    "actually no, keep order {next}": 2,
    "I want to return order {came} because the colour is off": 3,
    "cancel order {paid}": 3,
    "change the address of order {paid} to: 5 Kings Road, London SW3 4RP": 2,
    "it is too small": 2,
    "yes please": 1,
    "actually no, don't return it": 2,
    "actually no, dont cancel it": 2,
    "wait, keep the order": 2,
    "never mind": 1,
}
SUITS = {
    "confirm": ("yes please",),
    "filed": (
        "actually no, don't return it",
        "actually no, dont cancel it",
        "wait, keep the order",
        "actually no, keep order {paid}",
        "I want to return order {came} because it is too big after all",
    ),
}


class Story:
    """One chat, its agents and its accidents."""

    def __init__(self, db: Database, retriever: ShopRetriever, seed: int) -> None:
        self.db = db
        self.chance = random.Random(seed)
        self.orders = {"came": f"W{seed}0001", "paid": f"W{seed}0002", "next": f"W{seed}0003"}
        anna = Customer(f"anna {seed}", "Anna Berg", f"anna{seed}@example.com")
        shop_with(
            db,
            bought(self.orders["came"], State.DELIVERED, KETTLE, MUG, of=anna),
            bought(self.orders["paid"], State.PAID, ROBE, of=anna),
            bought(self.orders["next"], State.PAID, KETTLE, of=anna),
        )
        self.talk = Talk(db, flow_of(db, retriever))
        with db.begin() as session:
            row, _ = conversation.opened(session, self.talk.chat, "en", at=now())
            self.conversation = saved(row.id)
            identity.bind(session, self.conversation, OneCustomer(anna.id), "link", at=now())

    async def run(self) -> None:
        """All of it."""
        for step in range(STEPS):
            doings = [self._says(f"{step}")]
            doings += [
                self._decides(agent) for agent in ("Mei", "Bo") if self.chance.random() < 0.4
            ]
            self.chance.shuffle(doings)
            await asyncio.gather(*doings)
        await self._answered()

    async def _says(self, number: str) -> None:
        text = self._next().format(**self.orders)
        await self.talk.flow.receive(Incoming(self.talk.chat, number, text))
        if self.chance.random() < 0.25:  # its worker dies before it has answered
            died = await self._claim(timedelta(0))
            late = [asyncio.ensure_future(self._handle(each)) for each in died]
            await self._answered()
            await asyncio.gather(*late)
            return
        await self._answered()

    def _next(self) -> str:
        """What the shopper says: most often what suits the bot's last step."""
        with self.db.read() as session:
            query = select(TurnRow).where(
                TurnRow.conversation_id == self.conversation, TurnRow.author == "bot"
            )
            last = session.exec(query.order_by(col(TurnRow.id).desc()).limit(1)).first()
        step = last.meta.get("request") if last else None
        if step in SUITS and self.chance.random() < 0.6:
            return self.chance.choice(SUITS[step])
        return self.chance.choices([*SAID], [*SAID.values()])[0]

    async def _answered(self) -> None:
        for each in await self._claim(LEASE):
            await self._handle(each)

    async def _claim(self, lease: timedelta) -> list[Claim]:
        return await self.db.write(
            lambda s: bursts.claim(s, f"w:{self.chance.random()}", at=now(), lease=lease, limit=9)
        )

    async def _handle(self, claim: Claim) -> None:
        with suppress(ConflictError):  # another worker has the message by now
            await self.talk.flow.handle(claim)

    async def _decides(self, agent: str) -> None:
        approve = self.chance.random() < 0.6

        def decide(session: Session) -> None:
            query = select(RequestRow.id).where(RequestRow.conversation_id == self.conversation)
            ids = session.exec(query.order_by(col(RequestRow.id).desc()).limit(3)).all()
            if ids:
                number = saved(ids[-1] if self.chance.random() < 0.3 else ids[0])
                requests.decide(session, number, agent, approve=approve, at=now(), takeover=True)

        with suppress(ConflictError, NotFoundError):
            await self.db.write(decide)
        if self.chance.random() < 0.5:
            await self.db.write(lambda session: self._close(session, agent))

    def _close(self, session: Session, agent: str) -> None:
        query = select(TicketRow.id).where(
            TicketRow.conversation_id == self.conversation, TicketRow.status == "taken"
        )
        for number in session.exec(query).all():
            with suppress(ConflictError):
                assignment.close(session, saved(number), agent, at=now())


def faults(session: Session, conversation_id: int) -> Counter[str]:
    """What was said or done wrong in a conversation."""
    found: Counter[str] = Counter()
    turns = session.exec(
        select(TurnRow).where(TurnRow.conversation_id == conversation_id).order_by(col(TurnRow.id))
    ).all()
    rows = session.exec(
        select(RequestRow).where(RequestRow.conversation_id == conversation_id)
    ).all()
    decided = Counter(
        turn.meta["request"]
        for turn in turns
        if str(turn.meta.get("request")).startswith("decided")
    )
    for row in rows:
        told = decided[f"decided:{row.id}"]
        found["approved though taken back"] += row.status == "withdrawn" and told > 0
        found["decided by nobody"] += row.status == "withdrawn" and row.agent is not None
        found["decision told not once"] += row.status in ("approved", "declined") and told != 1
    waiting = Counter((row.order_id, row.kind) for row in rows if row.status == "open")
    found["waits twice"] += sum(count - 1 for count in waiting.values())
    said = Counter(turn.meta.get("request") for turn in turns if turn.author == "bot")
    # What is filed at once, for several orders, is told of at once.
    found["filed and not told"] += len({row.created_at for row in rows}) - said["filed"]
    withdrawn = sum(row.status == "withdrawn" for row in rows)
    found["told taken back, and is not"] += said["withdrawn"] > 0 and withdrawn == 0
    approved = any(row.status == "approved" for row in rows)
    found["told too late, and is not"] += said["too_late"] > 0 and not approved
    unanswered = session.exec(
        select(InboxRow.id).where(
            InboxRow.conversation_id == conversation_id, InboxRow.status == "open"
        )
    ).all()
    found["not answered"] += len(unanswered)
    return +found


def told(db: Database, retriever: ShopRetriever, seed: int) -> tuple[Counter[str], Counter[str]]:
    """One story: its faults, and how its requests ended."""
    story = Story(db, retriever, seed)
    asyncio.run(story.run())
    with db.read() as session:
        query = select(RequestRow.status).where(RequestRow.conversation_id == story.conversation)
        return faults(session, story.conversation), Counter(session.exec(query).all())


def main() -> int:
    """The command line."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        index_dir = Path(folder) / "index"
        build_index(ROOT / "knowledge", index_dir, DEFAULT_MODEL, today=now().date())
        retriever = ShopRetriever(current=CurrentIndex(index_dir).get, weights=confidence.load())
        db = Database(f"sqlite:///{folder}/requests.db")
        db.migrate()
        for seed in track(range(given.seed, given.seed + given.stories), "stories"):
            wrong, ends = told(db, retriever, seed)
            found += wrong
            ended += ends
        db.close()
    print(f"{given.stories} stories, requests: {dict(ended)}")
    print(f"faults: {dict(found) or 'none'}")
    return 1 if found or not ended["withdrawn"] else 0


if __name__ == "__main__":
    sys.exit(main())
