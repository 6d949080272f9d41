"""START HERE: one message's whole story.

    channel → `receive` → inbox … worker → `handle`: answers (→ write) → outbox
                                                        └→ ticket → agents' desk

`receive` returns once the message is on disk. `handle` answers a claimed burst: the reply, its way
out, the ticket and the inbox's "done" are one transaction, so a kill at any moment leaves either
all of it or none. Nothing slow runs on the event loop, and no transaction spans the thinking.
"""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog
from sqlmodel import Session

from bot import metrics
from bot.catalogue.focus import Focus
from bot.conversations import bursts, conversation, inbox, outbox
from bot.customers import identity
from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.database.tables import ConversationRow
from bot.dialogue import commands
from bot.dialogue.answers import Answers
from bot.dialogue.away import Away
from bot.dialogue.decide import Escalate, Reply
from bot.dialogue.drafts import drafts
from bot.dialogue.hearing import Heard
from bot.dialogue.outcome import Outcome
from bot.dialogue.skills import proofs
from bot.dialogue.skills.change_words import Prepared
from bot.dialogue.skills.changes import taken_back
from bot.dialogue.thinking import LIMIT, think
from bot.errors import BusyError, SlowError
from bot.knowledge.retriever import ShopRetriever
from bot.language.readable import readable
from bot.tickets import opening, requests
from bot.types import (
    Author,
    Channel,
    Chat,
    Claim,
    Incoming,
    Language,
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
        waited = await self._db.write(lambda s: self._tell(s, claim, outcome))
        if waited is not None:
            metrics.answered(waited)
            metrics.decided(outcome.action, outcome.reason)

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
        """What to do and say, in a model's words where there is one and they hold."""
        outcome = await think(self._answers.answer, claim, scope, waiting_for, limit=self._patience)
        asked = self._answers.asked(claim)
        if self._writer is None or asked is None or not outcome.found:
            return outcome  # a model words what the knowledge says, and nothing else
        until = self._writer.deadline()
        if standalone := await self._writer.standalone(asked, until):
            scope = await self._scope(claim)  # they may have left while a model was reading
            outcome = await think(
                self._answers.answer, claim, scope, waiting_for, standalone, limit=self._patience
            )
        channel, language = self.channels.get(claim.chat.channel), outcome.say.language
        async with drafts(channel, claim, language) as show:
            return await self._writer.write(asked, outcome, show, until)

    def _tell(self, session: Session, claim: Claim, outcome: Outcome) -> float | None:
        """One transaction: the reply and, with it, the ticket that it announces.

        How many seconds the shopper waited; None when a person was faster and the reply is dropped.
        """
        if outcome.withdraws:
            outcome = self._withdrawn(session, claim, outcome)
        outcome = self._away.told(outcome, claim)
        decision, say = outcome.decision, outcome.say
        heard = outcome.heard or Heard(say.language)
        turn = bursts.finish(
            session, claim, say, at=now(), moods=dict(heard.moods), audit=outcome.audit()
        )
        if turn is None:
            return None
        row = session.get_one(ConversationRow, claim.conversation_id)  # locked by `finish`
        # "ok" looks English: what the reply was in is what an agent's greeting will be in, too.
        row.language = say.language
        pressed = commands.chosen_language(each.choice for each in claim.messages)
        if chosen := pressed or outcome.speaks:
            row.language, row.language_fixed = chosen, True
        # What was told to somebody who has left meanwhile is nobody else's "it".
        if turn.said_to in ("", conversation.last_proven(session, row)):
            # A product that the knowledge answered with is what "it" means next, too.
            told = outcome.focus or Focus.of_sources(say.sources)
            row.focus = Focus.of(row.focus).after(told).kept()
        if isinstance(decision, Prepared) and decision.filing is not None:
            filing = decision.filing
            requests.file(
                session, row, filing.wish, filing.order, filing.summary, say.language, at=now()
            )
        elif isinstance(decision, Escalate):
            self._call_a_person(session, claim, decision.reason, say.language, heard.trend)
        elif isinstance(decision, Reply) and decision.withdrawn:
            opening.withdraw(session, row, at=now())
        return (turn.at - claim.messages[0].received_at).total_seconds()

    def _withdrawn(self, session: Session, claim: Claim, outcome: Outcome) -> Outcome:
        """The requests come back from the agents; where one of them was faster, that is said."""
        row = conversation.lock(session, claim.conversation_id)
        if row.status == Status.AGENT:
            return outcome  # `finish` drops the answer, and the agent reads the wish
        found = requests.withdraw(session, row, outcome.withdraws, at=now())
        late = [each for each in found if each.status != "withdrawn"]
        if not late:
            return outcome
        return replace(taken_back(late, outcome.say.language), heard=outcome.heard)

    def _call_a_person(
        self, session: Session, claim: Claim, reason: Reason, language: Language, mood: float
    ) -> None:
        row = conversation.lock(session, claim.conversation_id)
        if row.status == Status.CLOSED:  # by an agent, after this message had been accepted
            conversation.move(row, Status.BOT)
        turns = conversation.history(session, claim.conversation_id)
        opening.open_ticket(
            session,
            row,
            reason,
            summary=opening.summarise(turns, language),
            mood=mood,
            language=language,
            at=now(),
        )

    async def aclose(self) -> None:
        """Let go of the models, after the last claim."""
        if self._writer is not None:
            await self._writer.ladder.aclose()

    def give_up(self, session: Session, claim: Claim) -> None:
        """After the last attempt: say so and bring in a person, in the caller's transaction."""
        row = conversation.lock(session, claim.conversation_id)
        if row.status == Status.AGENT:
            return
        outcome = self._away.told(self._answers.failed(claim), claim)
        turn = conversation.add_turn(
            session,
            claim.conversation_id,
            Author.BOT,
            outcome.say.text,
            outcome.say.language,
            audit=outcome.audit(),
        )
        outbox.put(session, row, turn, at=now())
        self._call_a_person(session, claim, Reason.BOT_FAILED, claim.language, 0.0)


def _open_reason(session: Session, conversation_id: int) -> Reason | None:
    ticket = opening.unclosed(session, conversation_id)
    return Reason(ticket.reason) if ticket else None
