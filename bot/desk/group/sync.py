"""Makes the group show what is true: cards, topics and turns, compared with what is stored.

It wakes on every committed change of this process and looks by itself for those of others, so a
kill, a lost network or a group that was away costs delay and nothing else. What was sent is noted
at once; a kill in between repeats that one message. One process at a time keeps the group.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog
from sqlmodel import Session
from telegram.error import BadRequest, TelegramError

from bot.channels.telegram import moved as telegram_moved
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.place import Place
from bot.channels.telegram.state import Complaint
from bot.conversations.conversation import Changed
from bot.database.db import Database
from bot.database.leases import hold, new_owner
from bot.database.runner import nap
from bot.database.tables import MovedGroupRow
from bot.desk.group import cards, relay, state
from bot.desk.group.cards import Words
from bot.desk.group.presence import Presence
from bot.desk.group.relay import File, Nothing, Piece
from bot.desk.group.sending import Away, Later, Lost, Moved, NoTopics, Post, unchanged
from bot.desk.group.state import Card
from bot.desk.group.undelivered import Undelivered
from bot.errors import DeskhandError
from bot.language.markdown import Run
from bot.types import now

log = structlog.get_logger()
FOLD = 8  # tickets in one message when many wait
PLENTY = 10  # messages left in this minute from which each ticket gets a card of its own
GATHER = 6.0  # seconds that tickets wait for company when there are fewer
_LEASE = timedelta(seconds=45)
_RENEW = 15.0
_SETTLE = 0.05  # seconds between a change and the look at it, so that a burst is one look
_AWAY = 30.0
_TRIES = 3
_REFUSED = 60.0  # seconds that a ticket is left alone after something about it was refused
# Whose turn it is when the budget is short: what a shopper says goes before everything else.
_ORDER = ("relay", "post", "relay", "topic", "relay", "edit", "end")


class Synchronizer:
    """Keeps the group `chat_id` until cancelled."""

    def __init__(
        self,
        db: Database,
        telegram: Telegram,
        chat_id: int,
        words: Words,
        *,
        elsewhere: bool = False,
        poll: float = 2.0,
        owner: str | None = None,
    ) -> None:
        self.post = Post(telegram.client, telegram.budget, chat_id)
        self.presence = Presence(self.post)
        self._undelivered = Undelivered(db, self.post, words)
        self.elsewhere = elsewhere  # another process keeps the group
        self._db = db
        self._telegram = telegram
        self._words = words
        self._poll = poll
        self._owner = owner or new_owner()
        self._wake = asyncio.Event()
        self._urgent = asyncio.Event()  # ends a pause, too
        self._complaint = Complaint()
        self._held_until = 0.0
        self._quiet_until = 0.0
        self._at = 0  # in _ORDER
        self._refused: dict[int, float] = {}  # ticket → when to try again
        self._refusals: Counter[int] = Counter()  # by ticket, of what would be relayed next
        self._told: dict[int, float] = {}  # ticket → when something was last relayed
        self._parts: dict[tuple[int, int], int] = {}  # (ticket, turn) → parts that arrived

    @property
    def chat_id(self) -> int:
        return self.post.chat_id

    def wake(self) -> None:
        self._wake.set()

    def recheck(self) -> None:
        """Something about the group itself has changed: rights, topics, the bot's being there."""
        self.presence.arrived.clear()
        self._quiet_until = 0.0
        self._urgent.set()
        self.wake()

    def moved(self, chat_id: int) -> None:
        """The group became the supergroup `chat_id`; its cards have to be made anew."""
        self.presence.moved(chat_id)
        self.recheck()

    async def follow(self) -> None:
        """Learn from the database whether the group is a supergroup by now."""
        row = await self._db.query(lambda session: session.get(MovedGroupRow, self.chat_id))
        if row is not None:
            self.moved(row.new_id)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        await self._telegram.connected.wait()
        with self._db.listening(lambda _: self.wake(), Changed):
            while True:
                self._wake.clear()  # before the look: what is written during it is not missed
                self._urgent.clear()
                await nap(self._wake, await self._round())
                await nap(self._urgent, max(_SETTLE, self._quiet_until - loop.time()))

    async def _round(self) -> float:
        """Do all that is to be done; how long to rest unless something happens."""
        # Whatever goes wrong in here must not end the keeping: nobody would start it again.
        before = self.chat_id
        (error,) = await asyncio.gather(self._do_all(), return_exceptions=True)
        if error is None:
            self._complaint.over()
        elif isinstance(error, Later):
            return self._rest(error.seconds)
        elif isinstance(error, Moved):
            group = telegram_moved.Moved(before, self.chat_id)
            with suppress(DeskhandError):
                await self._db.write(lambda session: telegram_moved.move(session, group))
            self.moved(self.chat_id)
            return 0.0
        elif isinstance(error, Away):
            self.presence.say_once(error.key)
            self.presence.arrived.clear()
            return self._rest(_AWAY)
        elif isinstance(error, TelegramError):
            return self._rest(max(self._poll, self._complaint.about(error)))
        elif isinstance(error, DeskhandError):
            log.error("agents_group.database_down", error=error.key)
            return self._rest(self._poll)
        else:
            log.error("agents_group.failed", exc_info=error)
            return self._rest(_AWAY)
        return self._poll

    async def _do_all(self) -> None:
        if await self._mine():
            if not self.presence.arrived.is_set():
                await self.presence.arrive(self._telegram.me)
            await self._undelivered.tell()
            while await self._step():
                pass

    def _rest(self, seconds: float) -> float:
        self._quiet_until = asyncio.get_running_loop().time() + seconds
        return seconds

    async def _mine(self) -> bool:
        """Whether this process is the one that keeps the group."""
        time = asyncio.get_running_loop().time()
        if time < self._held_until:
            return True
        name = "agents_group"
        mine = await self._db.write(lambda s: hold(s, name, self._owner, at=now(), lease=_LEASE))
        if mine:
            self._held_until = time + _RENEW
        self.elsewhere = not mine
        return mine

    async def _step(self) -> bool:
        """One action of the kind whose turn it is; False when there is nothing left to do."""
        chat_id = self.chat_id
        found = await self._db.query(lambda s: state.unfinished(s, chat_id))
        time = asyncio.get_running_loop().time()
        found = [card for card in found if self._refused.get(card.id, 0) <= time]
        for _ in _ORDER:
            kind = _ORDER[self._at % len(_ORDER)]
            done = await getattr(self, f"_{kind}")(found)  # `Later` leaves the turn where it is
            self._at += 1
            if done:
                return True
        return False

    async def _post(self, found: list[Card]) -> bool:
        """Show tickets that have no card: each by itself, or several folded when many wait."""
        new = [card for card in found if card.message_id is None and card.status != "closed"]
        if not new:
            return False
        if self.post.left < PLENTY:
            waited = max((now() - card.created_at).total_seconds() for card in new)
            if len(new) < FOLD and waited < GATHER:
                pause = max(0.1, GATHER - waited)  # then look, whatever happens until then
                asyncio.get_running_loop().call_later(pause, self.wake)
                return False
            new = new[:FOLD]
        else:
            new = new[:1]
        shown = cards.message(new, self._words)
        message_id = await self._try(new[0], self.post.send(shown.runs, keyboard=shown.keyboard))
        if message_id is None:
            return True
        chat_id, alone = self.chat_id, len(new) == 1

        def work(session: Session) -> None:
            for card in new:
                mark = cards.digest(card, self._words, alone=alone)
                state.posted(session, card, chat_id, message_id, mark, now())

        await self._db.write(work)
        log.info("agents_group.posted", tickets=[card.id for card in new])
        return True

    def _stale(self, card: Card) -> bool:
        return card.message_id is not None and card.shown not in (
            cards.digest(card, self._words, alone=True),
            cards.digest(card, self._words, alone=False),
        )

    async def _edit(self, found: list[Card]) -> bool:
        """Write one card anew; the one whose ticket changed longest ago comes first."""
        card = next((card for card in found if self._stale(card)), None)
        if card is None or card.message_id is None:
            return False
        chat_id, message_id = self.chat_id, card.message_id
        beside = await self._db.query(lambda s: state.beside(s, chat_id, message_id))
        shown = cards.message(beside, self._words)
        alone = len(beside) == 1
        marks = {c.id: cards.digest(c, self._words, alone=alone) for c in beside}
        change: dict[int, dict[str, Any]]
        try:
            await self._try(card, self.post.edit(message_id, shown.runs, shown.keyboard))
            change = {ticket: {"shown": mark} for ticket, mark in marks.items()}
        except Lost:
            # Somebody deleted it. What is over needs no card; the others get a new one.
            over = {c.id for c in beside if c.status == "closed"}
            change = {
                ticket: {"shown": mark} if ticket in over else {"message_id": None}
                for ticket, mark in marks.items()
            }
        if card.id in self._refused:
            return True

        def work(session: Session) -> None:
            for ticket, values in change.items():
                state.note(session, ticket, **values)

        await self._db.write(work)
        return True

    async def _topic(self, found: list[Card]) -> bool:
        """Make a place for a conversation that is handled in the group."""
        ready = (c for c in found if c.stage == "wanted" and c.message_id and c.status == "taken")
        card = next(ready, None)
        if card is None:
            return False
        chat_id = self.chat_id
        begin = await self._db.query(lambda s: state.beginning(s, card.conversation_id))
        upto = min(card.relayed, begin) if card.relayed else begin
        if not self.presence.topics:
            await self._note(card, stage="open", relayed=upto, topic_id=None)
            return True
        try:
            if card.topic_id is not None:
                await self._open(card)
                return True
            before = await self._db.query(lambda s: state.topic_before(s, card, chat_id))
            if before is not None:
                with suppress(Lost):
                    await self._switch(before[0], closed=False)
                    await self._note(card, topic_id=before[0], relayed=max(before[1], begin))
                    return True
            topic_id = await self._try(card, self.post.open_topic(cards.title(card, self._words)))
            if topic_id is not None:
                await self._note(card, topic_id=topic_id, relayed=upto)
        except Lost:
            await self._note(card, topic_id=None)
        except NoTopics:
            self.presence.topics = False
            self.presence.say_once("agents_group.no_topic_rights")
        return True

    async def _open(self, card: Card) -> None:
        """The topic's first message: the card in full, and how to work here."""
        shown = cards.message([card], self._words)
        runs = [*shown.runs, Run("\n\n"), *relay.opening(card, self._words)]
        sent = await self._try(
            card, self.post.send(runs, keyboard=shown.keyboard, thread_id=card.topic_id)
        )
        if sent is not None:
            await self._note(card, stage="open")

    async def _end(self, found: list[Card]) -> bool:
        """The ticket is closed and everything was shown: close the topic and let go of the card."""
        over = (
            card
            for card in found
            if card.status == "closed"
            and not self._stale(card)
            and not (card.stage == "open" and card.unrelayed)
        )
        card = next(over, None)
        if card is None:
            return False
        if card.stage == "open" and card.topic_id is not None:
            with suppress(Lost, NoTopics):
                ending = relay.ending(card, self._words)
                await self._try(card, self.post.send(ending, thread_id=card.topic_id))
                await self._switch(card.topic_id, closed=True)
        await self._note(card, stage="done")
        return True

    async def _switch(self, topic_id: int, *, closed: bool) -> None:
        try:
            await self.post.switch_topic(topic_id, closed=closed)
        except BadRequest as error:
            if not unchanged(error):
                raise

    async def _relay(self, found: list[Card]) -> bool:
        """The next of what was said in one conversation, the one that had to wait longest."""
        open_ = [c for c in found if c.stage == "open" and c.unrelayed and c.message_id]
        if not open_:
            return False
        card = min(open_, key=lambda card: self._told.get(card.id, 0.0))
        chat_id, topic = self.chat_id, card.topic_id is not None
        turns = await self._db.query(lambda s: state.unrelayed(s, card, chat_id))
        piece = next(relay.pieces(card, turns, self._words, topic=topic), None)
        if piece is None:
            return False
        try:
            await self._say(card, piece)
        except Lost:
            # The topic was deleted: another one is made, and begins with what was said last.
            await self._note(card, topic_id=None, stage="wanted")
            return True
        if card.id not in self._refused or self._given_up(card):
            await self._note(card, relayed=piece.upto)
        self._told[card.id] = asyncio.get_running_loop().time()
        return True

    def _given_up(self, card: Card) -> bool:
        """Whether it was refused often enough: the desk has it, and what comes after it waits."""
        self._refusals[card.id] += 1
        if self._refusals[card.id] < _TRIES:
            return False
        del self._refusals[card.id]
        log.error("agents_group.not_relayed", ticket=card.id)
        return True

    async def _say(self, card: Card, piece: Piece) -> None:
        if isinstance(piece, Nothing):
            return
        if isinstance(piece, File):
            try:
                await self._file(card, piece)
                return
            except Lost:
                pass  # the message or the topic: the words will tell
            except BadRequest:
                log.warning("agents_group.file_refused", ticket=card.id)
            piece = piece.instead
        place = self._place(card)
        key = (card.id, piece.upto)
        for index in range(self._parts.get(key, 0), len(piece.parts)):
            await self._try(card, self.post.send(piece.parts[index], **place))
            self._parts[key] = index + 1
        self._parts.pop(key, None)

    async def _file(self, card: Card, piece: File) -> None:
        place = self._place(card)
        if piece.message_id is None:
            await self.post.file(piece.kind, piece.file_id, piece.caption, **place)
            return
        source = Place.of(card.chat).chat_id
        await self.post.copy(source, piece.message_id, piece.caption, **place)

    def _place(self, card: Card) -> dict[str, Any]:
        if card.topic_id is not None:
            return {"thread_id": card.topic_id, "reply_to": None}
        return {"thread_id": None, "reply_to": card.message_id}

    async def _try(self, card: Card, sending: Any) -> Any:
        """Await `sending`; what was refused for good is left for a while, and keeps nobody."""
        self._refused.pop(card.id, None)
        try:
            return await sending
        except BadRequest as error:
            if unchanged(error):
                return None
            until = asyncio.get_running_loop().time() + _REFUSED
            self._refused[card.id] = until
            log.error("agents_group.refused", ticket=card.id, detail=error.message)
            return None

    async def _note(self, card: Card, **values: Any) -> None:
        await self._db.write(lambda session: state.note(session, card.id, **values))
