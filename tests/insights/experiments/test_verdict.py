"""An experiment from its start to its verdict, as chats and orders make it."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from bot.conversations import inbox
from bot.customers import identity
from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.database.insight_tables import ExperimentRow
from bot.errors import ConflictError, InputError
from bot.insights.experiments import plot, store
from bot.insights.experiments.running import (
    STARTERS,
    Shown,
    Trials,
    expose,
    unit_key,
    unit_of,
    variant_of,
)
from bot.insights.experiments.store import Draft
from bot.insights.experiments.verdict import sentence, verdict
from bot.types import Chat, Incoming, OneCustomer, now
from tests.support.baskets import ordered

QUESTIONS = {"en": "Where is my order?\nCan I return it?", "zh": "订单到哪了？\n可以退货吗？"}
DRAFT = Draft("Shorter", STARTERS, "wrote", 0.2, QUESTIONS)


def visits(
    session: Session, row: ExperimentRow, count: int, rates: tuple[float, float], at: datetime
) -> None:
    """So many chats that were shown a variant; of each of the two, that share writes."""
    key, seen = unit_key(session), [0, 0]
    assert row.id is not None
    for number in range(count):
        chat = Chat("web", f"visitor-{row.id}-{number}")
        unit = unit_of(key, chat)
        variant = variant_of(row.id, unit)
        expose(session, Shown(row.id, unit, variant, None), at=at)
        before, seen[variant] = seen[variant], seen[variant] + 1
        if int(seen[variant] * rates[variant]) > int(before * rates[variant]):
            said = Incoming(chat, "1", "hello there")
            inbox.accept(
                session, said, backlog_cap=10**6, at=at + timedelta(hours=1), watch=Proofs()
            )


def test_a_planted_difference_is_found_and_none_is_not(sqlite_database: Database) -> None:
    start = now() - timedelta(days=3) + timedelta(minutes=1)
    for rates, answer in (((0.2, 0.5), "better"), ((0.2, 0.2), "open")):
        with sqlite_database.begin() as session:
            draft = Draft(answer, STARTERS, "wrote", 0.2, QUESTIONS)
            row = store.start(session, draft, "Ada", at=start)
            visits(session, row, 500, rates, start + timedelta(days=1))
            found = verdict(session, row, at=now())
            assert found.answer == answer
            assert found.first.count + found.second.count == 500
            assert found.second.mean == pytest.approx(rates[1], abs=0.02)
            assert [day.effect is not None for day in found.course] == [False, True, True]
            assert "<svg" in plot.course(found.course, "Change")
            assert "better" in sentence(found, row, "en") or answer == "open"
            store.stop(session, answer, "Ada", at=now())
            if answer == "open":
                assert verdict(session, row, at=now()).answer == "no_difference"


def test_orders_count_for_whoever_has_proven_who_they_are(database: Database) -> None:
    start = now() - timedelta(days=120)  # `ordered` places orders 90 days ago
    with database.begin() as session:
        draft = Draft("Orders", STARTERS, "value", 0.2, QUESTIONS)
        row = store.start(session, draft, "Ada", at=start)
        assert row.id is not None
        chat = Chat("web", "ines")
        unit = unit_of(unit_key(session), chat)
        expose(session, Shown(row.id, unit, 1, None), at=now() - timedelta(days=91))
        text = Incoming(chat, "1", "hello")
        said = inbox.accept(session, text, backlog_cap=9, at=now(), watch=Proofs())
    ordered(database, "ines", ["MUG"], ["LAMP"])
    with database.begin() as session:
        identity.bind(session, said.conversation_id, OneCustomer("ines"), "link", at=now())
        found = verdict(session, session.get_one(ExperimentRow, row.id), at=now())
    assert (found.second.count, found.second.mean) == (1, 4000.0)


def test_halves_that_are_not_those_drawn_are_not_trusted(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        row = store.start(session, DRAFT, "Ada", at=now())
        assert row.id is not None
        for number in range(200):
            expose(session, Shown(row.id, f"u{number}", int(number < 60), None), at=now())
        assert verdict(session, row, at=now() + timedelta(hours=1)).answer == "skewed"


def test_a_chat_is_always_shown_the_same_half_and_both_are_equal(
    sqlite_database: Database,
) -> None:
    trials = Trials(sqlite_database)
    assert trials.shown(STARTERS, Chat("web", "anna")) is None
    with sqlite_database.begin() as session:
        store.start(session, DRAFT, "Ada", at=now())
    trials.forget()
    chats = [Chat("web", str(number)) for number in range(2000)]
    first, again = ([trials.shown(STARTERS, chat) for chat in chats] for _ in range(2))
    assert first == again
    second = sum(each.variant for each in first if each)
    assert 900 < second < 1100
    assert all(not each.value for each in first if each and not each.variant)
    shared = Chat("telegram", "-1", frozenset({"shared"}))
    assert trials.shown(STARTERS, shared) is None


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"name": " "}, "experiments.bad_name"),
        ({"subject": "prices"}, "experiments.no_subject"),
        ({"outcome": "joy"}, "experiments.no_outcome"),
        ({"least": float("nan")}, "experiments.bad_least"),
        ({"value": {"en": "One?"}}, "experiments.both_languages"),
        ({"value": {"en": "a\n" * 5, "zh": "b"}}, "experiments.too_many"),
    ],
)
def test_what_cannot_be_tried_is_named(
    sqlite_database: Database, changed: dict[str, object], key: str
) -> None:
    draft = Draft(**{**vars(DRAFT), **changed})
    with sqlite_database.begin() as session, pytest.raises(InputError) as refused:
        store.start(session, draft, "Ada", at=now())
    assert refused.value.key == key


def test_one_thing_is_tried_in_one_experiment_at_a_time(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        store.start(session, DRAFT, "Ada", at=now())
    with sqlite_database.begin() as session, pytest.raises(ConflictError):
        store.start(session, Draft("Other", STARTERS, "wrote", 0.2, QUESTIONS), "Ada", at=now())
