"""A wish that changes an order, inside the flow: who asks, which orders, what is said and filed.

Only a burst that speaks such a wish, or that may answer a question of its dialogue, costs a query.
Nothing is changed here: `requests.py` files what the shopper agreed to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial

from sqlmodel import Session

from bot.conversations.bursts import Claim, Say
from bot.database.db import Database
from bot.database.tables import ConversationRow
from bot.dialogue import requesting, verification
from bot.dialogue.decide import Decision, Escalate, Reply
from bot.dialogue.order_answers import SURE_RULE, beside_rule
from bot.dialogue.requesting import Filing
from bot.dialogue.thinking import think
from bot.dialogue.understand import feel
from bot.errors import BuildError, EncoderError
from bot.knowledge.retriever import ShopRetriever
from bot.language.detect import detect_language
from bot.orders import store
from bot.orders.change_rules import Change, Rules
from bot.orders.record import Order
from bot.orders.request_dialogue import Shop
from bot.tickets import requests
from bot.types import Nobody, OneCustomer, OneOrder, Reason, Scope, now


@dataclass(frozen=True)
class Prepared(Escalate):
    """A person decides on `filing`, which is stored with the answer that tells of it."""

    filing: Filing | None = None


class Requests:
    """Takes the bursts that have to do with a wish. `zone` and `clock` say what day it is."""

    def __init__(
        self,
        db: Database,
        retriever: ShopRetriever,
        rules: Rules,
        zone: tzinfo,
        *,
        mail: bool,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._db = db
        self._retriever = retriever
        self._rules = rules
        self._zone = zone
        self._mail = mail
        self._clock = clock

    async def take(self, claim: Claim, scope: Scope) -> tuple[Decision, Say] | None:
        """What the bot says of the wish in the burst; None when there is none."""
        wanted = await think(requesting.wanted, claim, partial(feel, retriever=self._retriever))
        if wanted is None:
            return None
        if isinstance(scope, Nobody):
            if not await self._db.query(store.any_at_all):
                return None  # a shop that keeps its orders elsewhere
            language = detect_language(wanted.text, claim.language)
            then = claim.dialogue if wanted.wish else None
            return Reply(), verification.ask(claim, language, mail=self._mail, then=then)
        known, pending = await self._db.query(lambda session: _known(session, scope))
        today = self._clock().astimezone(self._zone).date()
        shop = Shop(self._rules, today, self._zone)
        answered = await think(requesting.answer, claim, wanted, known, pending, shop)
        if answered is None:
            return None
        say, filing = answered
        if asked := requesting.rule_asked(say):
            say = await think(self._beside_rule, say, asked)
        return (Prepared(Reason.REQUEST, filing=filing) if filing else Reply()), say

    def _beside_rule(self, say: Say, question: str) -> Say:
        """A refusal with the knowledge's rule below it, where the knowledge has one."""
        try:
            rule = self._retriever.rule(question, SURE_RULE)
        except (BuildError, EncoderError):
            return say  # without an index the record alone has to do
        return beside_rule(say, rule, question) if rule else say

    def file(self, session: Session, row: ConversationRow, prepared: Prepared, say: Say) -> None:
        """Store what is prepared, in the transaction that tells the shopper."""
        if (filing := prepared.filing) is not None:
            requests.file(
                session,
                row,
                filing.wish,
                filing.order,
                filing.summary,
                say.language,
                at=self._clock(),
            )


def _known(
    session: Session, scope: OneCustomer | OneOrder
) -> tuple[list[Order], frozenset[tuple[str, Change]]]:
    return store.orders(session, scope), requests.pending(session, scope)
