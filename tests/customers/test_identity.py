"""Proofs: what binds a customer to a conversation, for how long, and what does not."""

from datetime import timedelta

import pytest
from sqlmodel import select

from bot.conversations import bursts
from bot.conversations.conversation import add_turn, lock
from bot.customers import identity
from bot.database.db import Database
from bot.database.tables import CustomerRow, LinkTokenRow
from bot.errors import ConflictError, NotFoundError
from bot.types import Author, Nobody, OneCustomer, OneOrder
from tests.support.customers import chat, customer, proven, writes
from tests.support.shop import NOON, claim, later, say

HALF_HOUR = identity.SILENCE


def test_nobody_has_proven_anything_at_first(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        assert identity.scope(session, chat(session), at=NOON) == Nobody()


def test_a_link_proves_a_customer_once_and_in_one_conversation(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna, eve = chat(session, "anna"), chat(session, "eve")
        token = identity.make_link(session, "anna", at=NOON)
        assert identity.prove_by_link(session, anna, token, at=NOON) == OneCustomer("anna")
        assert identity.scope(session, anna, at=NOON) == OneCustomer("anna")
        assert identity.prove_by_link(session, eve, token, at=NOON) == Nobody()
        assert identity.scope(session, eve, at=NOON) == Nobody()
        again = identity.prove_by_link(session, anna, token, at=NOON)
    assert again == OneCustomer("anna")  # a channel that could not acknowledge it repeats it


def test_a_link_expires(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna = chat(session)
        token = identity.make_link(session, "anna", at=NOON, life=timedelta(minutes=5))
        assert identity.prove_by_link(session, anna, token, at=later(301)) == Nobody()


def test_only_a_hash_of_a_link_is_stored_and_expired_ones_are_swept(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        token = identity.make_link(session, "anna", at=NOON)
        kept = session.exec(select(LinkTokenRow)).one()
        assert token not in repr(kept)
        identity.make_link(session, "anna", at=NOON + identity.LINK_LIFE)
        session.expire_all()
        assert len(session.exec(select(LinkTokenRow)).all()) == 1


@pytest.mark.parametrize("token", ["", "x", "anna", "-" * 48, "A" * 48, "é" * 48, "A" * 10_000])
def test_what_we_have_not_signed_proves_nothing(sqlite_database: Database, token: str) -> None:
    with sqlite_database.begin() as session:
        customer(session)
        anna = chat(session)
        assert identity.prove_by_link(session, anna, token, at=NOON) == Nobody()


def test_a_changed_letter_breaks_the_signature(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        customer(session)
        anna = chat(session)
        token = identity.make_link(session, "anna", at=NOON)
        for place in range(len(token)):
            other = "A" if token[place] != "A" else "B"
            forged = token[:place] + other + token[place + 1 :]
            assert identity.prove_by_link(session, anna, forged, at=NOON) == Nobody()


def test_a_link_fits_into_telegrams_start_parameter(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        customer(session)
        token = identity.make_link(session, "anna", at=NOON)
    assert len(token) <= 64
    assert token.replace("-", "").replace("_", "").isalnum()


def test_there_is_no_link_for_somebody_unknown(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session, pytest.raises(NotFoundError):
        identity.make_link(session, "nobody", at=NOON)


@pytest.mark.parametrize("phone", ["4915112345678", "+49 151 12345678", "+49-151-1234-5678"])
def test_an_own_contact_proves_the_one_customer_with_that_phone(
    database: Database, phone: str
) -> None:
    with database.begin() as session:
        customer(session)
        customer(session, "ben", email="ben@example.com", phone="4915100000000")
        anna = chat(session)
        assert identity.prove_by_contact(session, anna, phone, at=NOON) == OneCustomer("anna")


@pytest.mark.parametrize("phone", ["", "abc", "+1", "4915199999999", "1512345678"])
def test_a_phone_that_is_nobodys_proves_nothing(sqlite_database: Database, phone: str) -> None:
    with sqlite_database.begin() as session:
        customer(session)
        customer(session, "ben", phone=None)
        assert identity.prove_by_contact(session, chat(session), phone, at=NOON) == Nobody()


def test_a_phone_that_two_customers_share_proves_neither(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        customer(session, "ben", email="ben@example.com")
        anna = chat(session)
        assert identity.prove_by_contact(session, anna, "4915112345678", at=NOON) == Nobody()


def test_a_proof_ends_after_half_an_hour_of_silence(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna = chat(session)
        proven(session, anna)
        just_before = NOON + HALF_HOUR - timedelta(seconds=1)
        assert identity.scope(session, anna, at=just_before) == OneCustomer("anna")
        assert identity.scope(session, anna, at=NOON + HALF_HOUR) == Nobody()


def test_a_message_keeps_the_proof_going_but_does_not_bring_it_back(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna = chat(session)
        # Proven 20 minutes before noon, when `say` speaks; ben 40 minutes before.
        identity.bind(session, anna, OneCustomer("anna"), "link", at=later(-1200))
        ben = chat(session, "ben")
        identity.bind(session, ben, OneCustomer("anna"), "link", at=later(-2400))
    say(database, "hello", chat="anna")
    say(database, "hello", chat="ben")
    with database.read() as session:
        assert identity.scope(session, anna, at=later(1700)) == OneCustomer("anna")
        assert identity.scope(session, ben, at=NOON) == Nobody()


@pytest.mark.parametrize("email", ["other@example.com", None])
def test_a_changed_email_voids_the_proof(database: Database, email: str | None) -> None:
    with database.begin() as session:
        row = customer(session)
        anna = chat(session)
        proven(session, anna)
        row.email = "ANNA@example.com"  # only spelled otherwise
        session.flush()
        assert identity.scope(session, anna, at=NOON) == OneCustomer("anna")
        row.email = email
        session.flush()
        assert identity.scope(session, anna, at=NOON) == Nobody()


def test_a_customer_who_is_gone_is_nobody(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna = chat(session)
        proven(session, anna)
        session.delete(session.get_one(CustomerRow, "anna"))
        session.flush()
        assert identity.scope(session, anna, at=NOON) == Nobody()


def test_one_order_is_less_than_a_customer(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna = chat(session)
        proven(session, anna)
        identity.bind(session, anna, OneOrder("anna", "7"), "number", at=NOON)
        assert identity.scope(session, anna, at=NOON) == OneOrder("anna", "7")


def test_what_is_forgotten_is_nobody(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna = chat(session)
        proven(session, anna)
        identity.forget(session, anna)
        assert identity.scope(session, anna, at=NOON) == Nobody()


def test_a_proof_ends_after_twelve_hours_however_busy_the_chat_is(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna = chat(session)
        proven(session, anna)
        for minutes in range(20, 12 * 60, 20):
            identity.used(session, lock(session, anna), at=later(60 * minutes))
        end = NOON + identity.LONGEST
        assert identity.scope(session, anna, at=end - timedelta(seconds=1)) == OneCustomer("anna")
        assert identity.scope(session, anna, at=end) == Nobody()


def test_a_link_or_contact_takes_no_chat_over_from_another_customer(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        customer(session, "ben", email="ben@example.com", phone="8613800138000")
        ben = chat(session, "7", "telegram")
        proven(session, ben, "ben")
        token = identity.make_link(session, "anna", at=NOON)
        long_after = later(1800)  # also when Ben's proof is over: he has not left
        with pytest.raises(ConflictError):
            identity.prove_by_link(session, ben, token, at=long_after)
        with pytest.raises(ConflictError):
            identity.prove_by_contact(session, ben, "4915112345678", at=long_after)
        identity.forget(session, ben)
        assert identity.prove_by_link(session, ben, token, at=long_after) == OneCustomer("anna")


def test_what_one_customer_spoke_of_is_not_it_for_the_next(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        customer(session, "ben", email="ben@example.com", phone=None)
        both = chat(session)
        proven(session, both)
        lock(session, both).focus = {"products": ["tent"]}
        proven(session, both)
        assert lock(session, both).focus == {"products": ["tent"]}
        proven(session, both, "ben")
        assert lock(session, both).focus is None
        lock(session, both).focus = {"products": ["lamp"]}
        identity.forget(session, both)
        assert lock(session, both).focus is None


def test_nobody_is_answered_from_what_another_customer_said(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        customer(session, "ben", email="ben@example.com", phone=None)
        both = chat(session)
        proven(session, both)
        add_turn(session, both, Author.SHOPPER, "send it to Quay 7", "en", at=NOON)
        identity.forget(session, both)
        proven(session, both, "ben")
    writes(database, "where is it?", at=NOON)
    [claimed] = claim(database)
    assert [turn.text for turn in claimed.history] == []
    with database.begin() as session:
        proven(session, both)
        held = bursts.hold(session, lock(session, both), "x", claimed.messages)
    assert [turn.text for turn in held.history] == ["send it to Quay 7"]
