"""Canned replies: found by what is typed, in the shopper's language, with their gaps filled."""

import pytest

from bot.database.db import Database
from bot.errors import InputError
from bot.tickets import assignment, canned, drafts
from bot.types import now
from tests.support.desk_shop import escalated


def test_the_shoppers_language_comes_first_and_once(database: Database) -> None:
    with database.begin() as session:
        canned.put(session, "/Refund", "en", "Your refund, {name}, is on its way.", now())
        canned.put(session, "refund", "zh", "退款已安排。", now())
        canned.put(session, "hello", "en", "Hello! About your REFUND:", now())
        canned.put(session, "问候", "zh", "您好！", now())
        english = [(row.shortcut, row.language) for row in canned.matching(session, "ref", "en")]
        chinese = [(row.shortcut, row.language) for row in canned.matching(session, "ref", "zh")]
        assert english == [("refund", "en"), ("hello", "en")]
        assert chinese == [("refund", "zh"), ("hello", "en")]
        assert len(canned.matching(session, "", "en")) == 3
        assert [row.shortcut for row in canned.matching(session, "问", "en")] == ["问候"]
        canned.put(session, "refund", "en", "Done.", now())
        assert len(canned.every(session)) == 4


def test_gaps_are_filled_with_what_is_known() -> None:
    text = "Hello {name}, order {order} {other}"
    assert canned.filled(text, {"name": "Anna", "order": ""}) == "Hello Anna, order {order} {other}"


def test_a_reply_with_a_gap_is_not_sent(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        ticket_id = escalated(session)
    with pytest.raises(InputError) as raised, sqlite_database.begin() as session:
        assignment.reply(session, ticket_id, "Mia", "Hello {name}!", now())
    assert "{name}" in raised.value.message("en")


@pytest.mark.parametrize(
    ("shortcut", "language", "text"),
    [
        ("two words", "en", "x"),
        ("", "en", "x"),
        ("a", "de", "x"),
        ("a", "en", " "),
        ("a/b", "en", "x"),
    ],
)
def test_what_is_no_reply_is_refused(
    sqlite_database: Database, shortcut: str, language: str, text: str
) -> None:
    with pytest.raises(InputError), sqlite_database.begin() as session:
        canned.put(session, shortcut, language, text, now())


def test_a_draft_is_each_agents_own_and_goes_with_the_reply(database: Database) -> None:
    with database.begin() as session:
        ticket_id = escalated(session)
        drafts.keep(session, ticket_id, "Mia", "Dear", now())
        drafts.keep(session, ticket_id, "Mia", "Dear Anna", now())
        drafts.keep(session, ticket_id, "Noor", "Hi", now())
        assert drafts.get(session, ticket_id, "Mia") == "Dear Anna"
        assignment.reply(session, ticket_id, "Mia", "Dear Anna!", now())
        assert drafts.get(session, ticket_id, "Mia") == ""
        assert drafts.get(session, ticket_id, "Noor") == "Hi"
        drafts.keep(session, ticket_id, "Noor", " ", now())
        assert drafts.get(session, ticket_id, "Noor") == ""
