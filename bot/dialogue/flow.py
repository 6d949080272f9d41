"""START HERE: one message's whole story.

    channel → `receive` → inbox … worker → `handle`: answers (→ write) → outbox
                                                        └→ ticket → agents' desk

`receive` returns once the message is on disk. `handle` answers a claimed burst: the reply, its way
out, the ticket and the inbox's "done" are one transaction, so a kill at any moment leaves either
all of it or none. Nothing slow runs on the event loop, and no transaction spans the thinking.
"""

import asyncio
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
from bot.dialogue.decide import Policy
from bot.dialogue.drafts import drafts
from bot.dialogue.outcome import Outcome
from bot.dialogue.skills import proofs
from bot.dialogue.thinking import LIMIT, LONG, Ahead, think
from bot.errors import BusyError, SlowError
from bot.knowledge.retriever import ShopRetriever
from bot.language.readable import readable
from bot.tickets import opening
from bot.types import (
    Channel,
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
        self.prepares = True  # whether what it accepts is most likely answered by this process, too
        self._db = db
        self._answers = answers
        self._retriever = retriever
        self._backlog_cap = backlog_cap
        self._writer = writer
        self._watch = watch
        self._away = away
        self._patience = patience
        self._ahead = Ahead()

    async def receive(self, incoming: Incoming) -> None:
        """Accept a message; it is on disk when this returns. `BusyError` when too much waits."""
        channel = incoming.chat.channel
        if self.prepares and 0 < len(incoming.text.strip()) <= LONG and not incoming.choice:
            # Storing and embedding take about as long; side by side the shopper waits for one.
            self._ahead.begin(incoming.chat, self._retriever.prepare, readable(incoming.text))
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
        before, left, after = await think(
            self._read, claim, waiting_for, scope, limit=self._patience, long=_is_long(claim)
        )
        if self._writer is not None and left is not None:
            after = await self._written(self._writer, left, waiting_for, scope, after)
        return proofs.joined(before, after) if before else after

    def _read(
        self, claim: Claim, waiting_for: Reason | None, scope: Scope
    ) -> tuple[Outcome | None, Claim | None, Outcome]:
        """What is said of a proof in the burst, what it leaves to answer, and the answer to that.
        Where it leaves nothing, what is said of it is the answer."""
        left, before = self._answers.proven(claim, scope)
        if left is None and before is not None:
            return None, None, before
        left = left or claim
        return before, left, self._answers.answer(left, scope, waiting_for)

    async def _scope(self, claim: Claim) -> Scope:
        """What the shopper may see, asked once a burst and only where there once was a proof."""
        if not claim.proven:
            return Nobody()
        return await self._db.query(lambda s: identity.scope(s, claim.conversation_id, at=now()))

    async def _written(
        self,
        writer: "Writer",
        claim: Claim,
        waiting_for: Reason | None,
        scope: Scope,
        outcome: Outcome,
    ) -> Outcome:
        """The answer as a model reads the burst and words it, where that holds."""
        asked = self._answers.asked(claim)
        if asked is None:
            return outcome
        until = writer.deadline()
        if read := await writer.reader.read(self._answers, asked, scope, outcome, until):
            scope = await self._scope(claim)  # they may have left while a model was reading
            given = (claim, scope, waiting_for, read)
            again = await think(
                self._answers.answer, *given, limit=self._patience, long=_is_long(claim)
            )
            outcome = again.instead_of(outcome)
        channel, language = self.channels.get(claim.chat.channel), outcome.say.language
        async with drafts(channel, claim, language) as show:
            return await writer.write(asked, outcome, show, until)

    async def draft(self, claim: Claim, scope: Scope | None = None) -> Outcome:
        """What the bot would say to these messages, for an agent to read: nothing is stored, and
        nobody in the chat sees that it is being written. `scope` is what the conversation's shopper
        may see where it is none that is stored."""
        scope = scope or await self._scope(claim)
        outcome = await think(self._answers.answer, claim, scope, limit=self._patience)
        asked = self._answers.asked(claim)
        if self._writer is None or asked is None:
            return outcome
        return await self._writer.write(asked, outcome, lambda _: None, self._writer.deadline())

    def policy(self, text: str) -> Policy:
        """The confidences by which such a text is decided on."""
        return self._answers.policy(text)

    async def aclose(self) -> None:
        """Let go of the models, after the last claim."""
        if self._writer is not None:
            await self._writer.ladder.aclose()

    def give_up(self, session: Session, claim: Claim) -> None:
        """After the last attempt: say so and bring in a person, in the caller's transaction."""
        failed = self._away.told(self._answers.failed(claim), claim)
        telling.give_up(session, claim, failed)


def _is_long(claim: Claim) -> bool:
    return sum(len(message.text) for message in claim.messages) > LONG


def _open_reason(session: Session, conversation_id: int) -> Reason | None:
    ticket = opening.unclosed(session, conversation_id)
    return Reason(ticket.reason) if ticket else None
