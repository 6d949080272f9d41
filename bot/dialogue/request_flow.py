"""A wish that changes an order, inside the flow: who asks, which orders, what is said and filed.

Only a burst that speaks such a wish, or that may answer a question of its dialogue, costs a query.
Nothing is changed here: `requests.py` files what the shopper agreed to.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, tzinfo
from functools import partial

from sqlmodel import Session

from bot.database.db import Database
from bot.database.tables import ConversationRow
from bot.dialogue import requesting, verification
from bot.dialogue.order_answers import SURE_RULE, beside_rule
from bot.dialogue.outcome import Outcome
from bot.dialogue.requesting import Prepared
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
from bot.types import Claim, Language, Nobody, OneCustomer, OneOrder, Scope, now


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

    async def take(self, claim: Claim, scope: Scope) -> Outcome | None:
        """What the bot says of the wish in the burst; None when there is none."""
        wanted = await think(
            requesting.wanted,
            claim,
            partial(feel, retriever=self._retriever),
            self._retriever.judge,
        )
        if wanted is None:
            return None
        if isinstance(scope, Nobody):
            if not await self._db.query(store.any_at_all):
                return None  # a shop that keeps its orders elsewhere
            language = detect_language(wanted.text, claim.language)
            then = claim.dialogue if wanted.wish else None
            return verification.ask(claim, language, mail=self._mail, then=then)
        known, pending = await self._db.query(lambda session: _known(session, scope))
        today = self._clock().astimezone(self._zone).date()
        shop = Shop(self._rules, today, self._zone)
        outcome = await think(
            requesting.answer, claim, wanted, known, pending, shop, self._retriever.judge
        )
        if outcome is not None and (asked := requesting.rule_asked(outcome)):
            return await think(self._beside_rule, outcome, asked)
        return outcome

    def _beside_rule(self, outcome: Outcome, question: str) -> Outcome:
        """A refusal with the knowledge's rule below it, where the knowledge has one."""
        try:
            rule = self._retriever.rule(question, SURE_RULE)
        except (BuildError, EncoderError):
            return outcome  # without an index the record alone has to do
        say = beside_rule(outcome.say, rule, question) if rule else outcome.say
        return replace(outcome, say=say)

    def file(
        self, session: Session, row: ConversationRow, prepared: Prepared, language: Language
    ) -> None:
        """Store what is prepared, in the transaction that tells the shopper."""
        if (filing := prepared.filing) is not None:
            requests.file(
                session,
                row,
                filing.wish,
                filing.order,
                filing.summary,
                language,
                at=self._clock(),
            )


def _known(
    session: Session, scope: OneCustomer | OneOrder
) -> tuple[list[Order], frozenset[tuple[str, Change]]]:
    return store.orders(session, scope), requests.pending(session, scope)
