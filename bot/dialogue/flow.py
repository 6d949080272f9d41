"""START HERE: one message's whole story.

    channel → `receive` → inbox … worker → `handle`: answers (→ write) → outbox
                                                        └→ ticket → agents' desk

`receive` returns once the message is on disk. `handle` answers a claimed burst: the reply, its way
out, the ticket and the inbox's "done" are one transaction, so a kill at any moment leaves either
all of it or none. Nothing slow runs on the event loop, and no transaction spans the thinking.
"""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

import structlog
from sqlmodel import Session

from bot import metrics
from bot.conversations import bursts, inbox
from bot.customers import identity
from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.dialogue import notice, telling
from bot.dialogue.answers import Answers
from bot.dialogue.away import Away
from bot.dialogue.drafts import drafts
from bot.dialogue.outcome import Outcome
from bot.dialogue.skills import proofs
from bot.dialogue.thinking import LIMIT, think
from bot.errors import BusyError, SlowError
from bot.knowledge.retriever import ShopRetriever
from bot.language.readable import readable
from bot.tickets import opening
from bot.types import (
    Channel,
    Chat,
    Claim,
    Incoming,
    Nobody,
    Reason,
    Scope,
    Status,
    now,
)

if TYPE_CHECKING:
    from bot.dialogue.writer import Writer

log = structlog.get_logger()
TYPING_AFTER = 0.4  # seconds of thinking after which the shopper is shown that it goes on
TYPING_AGAIN = 4.0  # seconds; a channel's sign goes out after about five
_PROOFS = Proofs()
_THERE = Away()


class Flow:
    """The bot's own part in every conversation, whatever the channel.

    `patience` is how many seconds a burst may take to be understood before a person is called.
    """

    def __init__(
        self,
        db: Database,
        retriever: ShopRetriever,
        answers: Answers,
        *,
        backlog_cap: int,
        writer: "Writer | None" = None,
        watch: Proofs = _PROOFS,
        away: Away = _THERE,
        patience: float = LIMIT,
    ) -> None:
        self.channels: dict[str, Channel] = {}  # where to show that an answer is being written
        self._db = db
        self._answers = answers
        self._retriever = retriever
        self._backlog_cap = backlog_cap
        self._writer = writer
        self._watch = watch
        self._away = away
        self._patience = patience
        self._preparing: dict[Chat, asyncio.Future[None]] = {}

    async def receive(self, incoming: Incoming) -> None:
        """Accept a message; it is on disk when this returns. `BusyError` when too much waits."""
        channel = incoming.chat.channel
        if incoming.text.strip() and not incoming.choice:
            # Storing and embedding take about as long; side by side the shopper waits for one.
            self._prepare(incoming)
        try:
            accepted = await self._db.write(
                lambda session: inbox.accept(
                    session,
                    incoming,
                    backlog_cap=self._backlog_cap,
                    at=now(),
                    watch=self._watch,
                )
            )
        except BusyError:
            metrics.refused(channel)
            raise
        metrics.accepted(channel, new=accepted.new)

    def _prepare(self, incoming: Incoming) -> None:
        """Begin to embed a message, unless one of its chat is being embedded already: a shopper who
        writes without a pause has no more than one thread of all that think."""
        chat = incoming.chat
        if chat in self._preparing:
            return
        self._preparing[chat] = asyncio.ensure_future(
            think(self._retriever.prepare, readable(incoming.text))
        )

        def done(preparing: asyncio.Future[None]) -> None:
            del self._preparing[chat]
            if not preparing.cancelled():
                preparing.exception()  # whoever answers the message will meet it again

        self._preparing[chat].add_done_callback(done)

    async def handle(self, claim: Claim) -> None:
        """Answer a burst, or leave it to the person who has the conversation."""
        if claim.status is Status.AGENT:
            await self._db.write(lambda s: bursts.finish(s, claim, None, at=now(), moods={}))
            return
        waiting_for = None
        if claim.status is Status.WAITING:
            waiting_for = await self._db.query(lambda s: _open_reason(s, claim.conversation_id))
        answering = asyncio.ensure_future(self._respond_in_time(claim, waiting_for))
        try:
            done, _ = await asyncio.wait({answering}, timeout=TYPING_AFTER)
            while not done and (channel := self.channels.get(claim.chat.channel)):
                await channel.typing(claim.chat)
                done, _ = await asyncio.wait({answering}, timeout=TYPING_AGAIN)
            outcome = await answering
        finally:
            answering.cancel()  # no model goes on writing for a claim that was lost
            await asyncio.wait({answering})
        told = notice.regretful(self._away.told(outcome, claim), claim)
        told = notice.foreign(told, claim)
        waited = await self._db.write(lambda s: telling.tell(s, claim, told))
        if waited is not None:
            metrics.answered(waited)
            metrics.decided(told.action, told.reason)

    async def _respond_in_time(self, claim: Claim, waiting_for: Reason | None) -> Outcome:
        """What to do and say; a person, when the burst is more than the bot can read in time."""
        try:
            return await self._respond(claim, waiting_for)
        except SlowError as error:
            log.error("flow.too_slow", conversation=claim.conversation_id, cause=str(error))
            return self._answers.failed(claim, again=waiting_for is not None)

    async def _respond(self, claim: Claim, waiting_for: Reason | None) -> Outcome:
        """What to do and say: a proof in the burst first, then what else it says."""
        scope = await self._scope(claim)
        left, before = await think(self._answers.proven, claim, scope, limit=self._patience)
        if left is None and before is not None:
            return before
        after = await self._answer(left or claim, waiting_for, scope)
        return proofs.joined(before, after) if before else after

    async def _scope(self, claim: Claim) -> Scope:
        """What the shopper may see, asked once a burst and only where there once was a proof."""
        if not claim.proven:
            return Nobody()
        return await self._db.query(lambda s: identity.scope(s, claim.conversation_id, at=now()))

    async def _answer(self, claim: Claim, waiting_for: Reason | None, scope: Scope) -> Outcome:
        """What to do and say, as a model reads and words it where there is one and that holds."""
        answer = partial(think, self._answers.answer, claim, limit=self._patience)
        outcome = await answer(scope, waiting_for)
        asked = self._answers.asked(claim)
        if self._writer is None or asked is None:
            return outcome
        until, reader = self._writer.deadline(), self._writer.reader
        if read := await reader.read(self._answers, asked, scope, outcome, until):
            scope = await self._scope(claim)  # they may have left while a model was reading
            outcome = (await answer(scope, waiting_for, read)).instead_of(outcome)
        channel, language = self.channels.get(claim.chat.channel), outcome.say.language
        async with drafts(channel, claim, language) as show:
            return await self._writer.write(asked, outcome, show, until)

    async def aclose(self) -> None:
        """Let go of the models, after the last claim."""
        if self._writer is not None:
            await self._writer.ladder.aclose()

    def give_up(self, session: Session, claim: Claim) -> None:
        """After the last attempt: say so and bring in a person, in the caller's transaction."""
        failed = self._away.told(self._answers.failed(claim), claim)
        telling.give_up(session, claim, failed)


def _open_reason(session: Session, conversation_id: int) -> Reason | None:
    ticket = opening.unclosed(session, conversation_id)
    return Reason(ticket.reason) if ticket else None
