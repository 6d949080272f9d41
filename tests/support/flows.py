"""The flow as tests put it together: the skills that need no more than a database, and others."""

from collections.abc import Mapping, Sequence
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.dialogue.answers import Answers
from bot.dialogue.away import Away
from bot.dialogue.decide import Policy
from bot.dialogue.flow import Flow
from bot.dialogue.skills import Skill
from bot.dialogue.skills.changes import Changes
from bot.dialogue.skills.complaints import Complaints
from bot.dialogue.skills.courtesies import Courtesies
from bot.dialogue.skills.languages import Languages
from bot.dialogue.skills.rejections import Rejections
from bot.dialogue.thinking import LIMIT
from bot.knowledge import confidence
from bot.knowledge.confidence import Reading
from bot.knowledge.retriever import ShopRetriever
from bot.orders import store
from bot.orders.change_rules import Rules

if TYPE_CHECKING:
    from bot.dialogue.writer import Writer

_THERE = Away()
POLICIES = {reading: Policy(0.55, 0.25, 0.42) for reading in confidence.load()}


def flow_of(
    db: Database,
    retriever: ShopRetriever,
    *more: Skill[Any],
    policies: Mapping[Reading, Policy] = POLICIES,
    cap: int = 100,
    shop: str = "",
    mail: bool = False,
    writer: "Writer | None" = None,
    patience: float = LIMIT,
    away: Away = _THERE,
) -> Flow:
    """A flow with the skills of every shop and those given besides."""
    skills: Sequence[Skill[Any]] = (
        Changes(db, retriever, Rules(), UTC, mail=mail),
        Courtesies(shop),
        Languages(),
        Rejections(),
        Complaints(db, mail=mail),
        *more,
    )
    return Flow(
        db,
        retriever,
        Answers(
            retriever,
            policies,
            skills,
            shop=shop,
            mail=mail,
            away=away,
            numbers=partial(store.numbers_for, db),
        ),
        backlog_cap=cap,
        writer=writer,
        watch=Proofs(mail=mail),
        patience=patience,
        away=away,
    )
