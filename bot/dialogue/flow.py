"""START HERE: one message's whole story.

    channel → `receive` → inbox … worker → `handle`: understand → decide → answer (→ write) → outbox
                                                                      └→ ticket → agents' desk

`receive` returns once the message is on disk. `handle` answers a claimed burst: the reply, its way
out, the ticket and the inbox's "done" are one transaction, so a kill at any moment leaves either
all of it or none. Nothing slow runs on the event loop, and no transaction spans the thinking.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
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
from bot.dialogue import commands, requesting, verification
from bot.dialogue.compose import LABEL, compose
from bot.dialogue.decide import Escalate, Policy, Reply, decide
from bot.dialogue.drafts import drafts
from bot.dialogue.order_answers import OrderAnswers
from bot.dialogue.outcome import Outcome
from bot.dialogue.product_answers import ProductAnswers
from bot.dialogue.request_flow import Requests
from bot.dialogue.requesting import Prepared
from bot.dialogue.thinking import LIMIT, think
from bot.dialogue.understand import understand
from bot.errors import BuildError, BusyError, EncoderError, SlowError
from bot.knowledge.retriever import ShopRetriever
from bot.language.detect import detect_language
from bot.language.readable import readable, readable_claim
from bot.orders.change_rules import Rules
from bot.texts import shorten, t
from bot.tickets import opening
from bot.types import (
    Author,
    Button,
    Channel,
    Chat,
    Claim,
    Incoming,
    Language,
    Nobody,
    Reason,
    Say,
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


class Flow:
    """The bot's own part in every conversation, whatever the channel.

    `patience` is how many seconds a burst may take to be understood before a person is called.
    """

    def __init__(
        self,
        db: Database,
        retriever: ShopRetriever,
        policies: Mapping[Language, Policy],
        *,
        shop: str,
        backlog_cap: int,
        requests: Requests | None = None,
        writer: "Writer | None" = None,
        proofs: Proofs = _PROOFS,
        retention_days: int = 0,
        orders: OrderAnswers | None = None,
        products: ProductAnswers | None = None,
        patience: float = LIMIT,
    ) -> None:
        self.channels: dict[str, Channel] = {}  # where to show that an answer is being written
        self._db = db
        self._retriever = retriever
        self._policies = policies
        self._shop = shop
        self._backlog_cap = backlog_cap
        self._requests = requests or Requests(db, retriever, Rules(), UTC, mail=proofs.mail)
        self._writer = writer
        self._retention_days = retention_days
        self._proofs = proofs
        self._orders = orders
        self._products = products
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
                    watch=self._proofs,
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
            return self._failed(claim, again=waiting_for is not None)

    async def _respond(self, claim: Claim, waiting_for: Reason | None) -> Outcome:
        """What to do and say: a proof in the burst first, then a wish, then what is asked."""
        scope = await self._scope(claim)
        claim, proof = await think(self._read, claim, scope, limit=self._patience)
        if proof is None:
            return await self._wish_or_answer(claim, waiting_for, scope)
        if proof.claim is None:
            return proof.before
        after = await self._wish_or_answer(proof.claim, waiting_for, scope)
        return verification.joined(proof.before, after)

    async def _wish_or_answer(
        self, claim: Claim, waiting_for: Reason | None, scope: Scope
    ) -> Outcome:
        """A wish that changes an order, begun or going on; else the answer to what is asked."""
        outcome = await self._requests.take(claim, scope)
        if outcome is not None:
            return outcome
        return requesting.beside(claim, await self._answer(claim, waiting_for, scope))

    def _read(self, claim: Claim, scope: Scope) -> tuple[Claim, verification.Resumed | None]:
        """What is read of the burst, and the proof in it."""
        read = readable_claim(claim)
        return read, verification.resume(read, scope, mail=self._proofs.mail)

    async def _scope(self, claim: Claim) -> Scope:
        """What the shopper may see, asked once a burst and only where there once was a proof."""
        if not claim.proven:
            return Nobody()
        return await self._db.query(lambda s: identity.scope(s, claim.conversation_id, at=now()))

    async def _answer(self, claim: Claim, waiting_for: Reason | None, scope: Scope) -> Outcome:
        """What to do and say, in a model's words where there is one and they hold."""
        if self._writer is None:
            return await think(self._think, claim, waiting_for, scope, limit=self._patience)
        until = self._writer.deadline()
        asked = self._asked(claim)
        standalone = await self._writer.standalone(asked, until) if asked else None
        scope = await self._scope(claim)  # they may have left while a model was reading
        outcome = await think(
            self._think, claim, waiting_for, scope, standalone, limit=self._patience
        )
        if asked is None:
            return outcome
        channel, language = self.channels.get(claim.chat.channel), outcome.say.language
        async with drafts(channel, claim, language) as show:
            return await self._writer.write(asked, outcome, show, until)

    def _think(
        self,
        claim: Claim,
        waiting_for: Reason | None,
        scope: Scope,
        standalone: str | None = None,
    ) -> Outcome:
        """What to do and say. Without an index there is still a person to bring in."""
        try:
            asked = self._asked(claim)
            if asked is None:
                choice = claim.messages[-1].choice or ""
                return Outcome(Reply(), self._canned(choice, claim.language), canned=choice)
            policy = self._policy(asked)
            understood = understand(
                asked, self._retriever, waiting_for, policy.reply_at, standalone
            )
            order = self._orders.look(asked, understood, scope) if self._orders else None
            product = None
            if order is None and self._products:
                product = self._products.look(asked, understood, policy.reply_at)
        except (BuildError, EncoderError) as error:
            log.error("flow.no_index", conversation=claim.conversation_id, cause=str(error))
            return self._failed(claim, again=waiting_for is not None)
        evidence = replace(
            understood.evidence, about_order=order is not None, about_product=product is not None
        )
        decision = decide(evidence, policy)
        if order is not None and isinstance(decision, Reply) and decision.about_order:
            return replace(order, understood=understood)
        if product is not None and isinstance(decision, Reply) and decision.about_product:
            if decision.withdrawn:
                lead = t("chat.withdrawn", product.say.language)
                say = replace(product.say, text=f"{lead}\n\n{product.say.text}")
                product = replace(product, decision=decision, say=say)
            return replace(product, understood=understood)
        say = compose(
            decision,
            understood.question,
            understood.language,
            shop=self._shop_name(understood.language),
            more=understood.more if isinstance(decision, Reply) else (),
            turn=claim.messages[-1].turn_id,
        )
        return Outcome(decision, say, evidence.confidence, understood, evidence.candidates)

    def _asked(self, claim: Claim) -> Claim | None:
        """The burst without commands and media, which have fixed replies; None if nothing is left.

        The caption of a picture is a message like any other, and /orders a question.
        """
        messages = tuple(
            commands.as_question(each, claim.language)
            for each in claim.messages
            if not commands.is_canned(each.choice)
        )
        return replace(claim, messages=messages) if messages else None

    def _policy(self, claim: Claim) -> Policy:
        """The thresholds for the language that is asked in, whichever will be answered in."""
        texts = " ".join(each.text for each in claim.messages)
        spoken = detect_language(texts, claim.language) if claim.language_fixed else claim.language
        return self._policies[spoken]

    def _canned(self, choice: str, language: Language) -> Say:
        """The reply to a command or picture; a greeting offers what is asked most."""
        asked_most = self._retriever.topics(language) if choice == commands.START else []
        topics = [
            Button(shorten(each.title, LABEL), f"entry:{each.entry_id}") for each in asked_most
        ]
        return commands.canned(choice, language, self._shop, topics, self._retention_days)

    def _failed(self, claim: Claim, *, again: bool = False) -> Outcome:
        """A person, since the bot cannot."""
        decision, shop = Escalate(Reason.BOT_FAILED, again), self._shop_name(claim.language)
        return Outcome(decision, compose(decision, "", claim.language, shop=shop), confidence=0.0)

    def _shop_name(self, language: Language) -> str:
        return self._shop or t("web.shop_name", language)

    def _tell(self, session: Session, claim: Claim, outcome: Outcome) -> float | None:
        """One transaction: the reply and, with it, the ticket that it announces.

        How many seconds the shopper waited; None when a person was faster and the reply is dropped.
        """
        decision, say, understood = outcome.decision, outcome.say, outcome.understood
        moods = understood.moods if understood else {}
        turn = bursts.finish(session, claim, say, at=now(), moods=moods, audit=outcome.audit())
        if turn is None:
            return None
        row = session.get_one(ConversationRow, claim.conversation_id)  # locked by `finish`
        # "ok" looks English: what the reply was in is what an agent's greeting will be in, too.
        row.language = say.language
        if chosen := commands.chosen_language(each.choice for each in claim.messages):
            row.language, row.language_fixed = chosen, True
        # What was told to somebody who has left meanwhile is nobody else's "it".
        if turn.said_to in ("", conversation.last_proven(session, row)):
            # A product that the knowledge answered with is what "it" means next, too.
            told = outcome.focus or Focus.of_sources(say.sources)
            row.focus = Focus.of(row.focus).after(told).kept()
        if isinstance(decision, Prepared):
            self._requests.file(session, row, decision, say.language)
        elif isinstance(decision, Escalate):
            trend = understood.evidence.trend if understood else 0.0
            self._call_a_person(session, claim, decision.reason, say.language, trend)
        elif isinstance(decision, Reply) and decision.withdrawn:
            opening.withdraw(session, row, at=now())
        return (turn.at - claim.messages[0].received_at).total_seconds()

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
        outcome = self._failed(claim)
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
