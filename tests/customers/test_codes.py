"""Codes by e-mail: who gets one, how often, how long, and that nothing tells who exists."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select
from structlog.testing import capture_logs

from bot.conversations.conversation import lock
from bot.customers import codes, letters
from bot.customers.codes import Letter
from bot.database.db import Database
from bot.database.tables import CodeRow, CustomerRow
from bot.types import Nobody, OneCustomer
from tests.support.customers import chat, customer, scope_of
from tests.support.shop import NOON, later

ANNA = "anna@example.com"


def asked(session: Session, email: str = "Anna@Example.com ", id: str = "anna") -> int:
    conversation_id = chat(session, id)
    assert codes.ask(session, lock(session, conversation_id), email, at=NOON)
    return conversation_id


def letter(session: Session) -> Letter:
    [taken] = codes.take(session, at=NOON)
    return taken


def other(code: str) -> str:
    """Six digits that are not `code`."""
    return f"{(int(code) + 1) % 10**6:06}"


def test_the_right_digits_prove_the_customer(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna = asked(session)
        sent = letter(session)
        assert (sent.to, len(sent.code)) == (ANNA, 6)
        assert codes.check(session, anna, sent.code, at=NOON) == "right"
    assert scope_of(database, anna) == OneCustomer("anna")
    with database.begin() as session:
        assert codes.check(session, anna, sent.code, at=NOON) == "over"


def test_three_tries_and_no_more(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna = asked(session)
        code = letter(session).code
        tries = [codes.check(session, anna, other(code), at=NOON) for _ in range(3)]
        assert tries == ["wrong", "wrong", "last"]
        assert codes.check(session, anna, code, at=NOON) == "over"
    assert scope_of(database, anna) == Nobody()


def test_ten_minutes_and_no_longer(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna = asked(session)
        code = letter(session).code
        assert codes.check(session, anna, code, at=NOON + codes.LIFE) == "over"


def test_a_code_works_only_in_the_chat_that_asked(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        asked(session)
        code = letter(session).code
        eve = asked(session, "eve@example.com", "eve")
        assert codes.check(session, eve, code, at=NOON) == "wrong"


def test_a_new_code_ends_the_one_before(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna = asked(session)
        first = letter(session).code
        assert codes.ask_again(session, lock(session, anna), at=NOON)
        second = letter(session).code
        assert first == second or codes.check(session, anna, first, at=NOON) == "wrong"
        assert codes.check(session, anna, second, at=NOON) == "right"


def test_three_sends_an_hour_for_an_address_from_all_chats_together(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        for number in range(3):
            asked(session, id=f"chat {number}")
        late = lock(session, chat(session, "late"))
        assert not codes.ask(session, late, ANNA, at=NOON)
        assert codes.ask(session, late, ANNA, at=NOON + codes.SENDS_WITHIN)


@pytest.mark.parametrize("known", [True, False])
def test_an_unknown_address_fares_the_same_but_gets_no_letter(
    database: Database, known: bool
) -> None:
    with database.begin() as session:
        if known:
            customer(session)
        anna = asked(session)
        letters = codes.take(session, at=NOON)
        assert len(letters) == known
        for each in letters:
            codes.sent(session, each, ok=True, at=NOON)
        wrong = other(letters[0].code) if letters else "123456"
        tries = [codes.check(session, anna, wrong, at=NOON) for _ in range(4)]
        assert tries == ["wrong", "wrong", "last", "over"]
        row = session.exec(select(CodeRow)).one()
        assert (row.status, row.tries, len(row.address)) == ("sent", 3, 64)


def test_neither_digits_nor_address_are_stored(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        asked(session)
        code = letter(session).code
        kept = repr(session.exec(select(CodeRow)).one())
    assert code not in kept
    assert ANNA not in kept


def test_an_address_that_two_customers_share_proves_neither_alone(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        customer(session, "ben", phone=None)
        anna = asked(session)
        assert codes.check(session, anna, letter(session).code, at=NOON) == "shared"
    assert scope_of(database, anna) == Nobody()


def test_chats_that_were_there_before_have_letters_of_their_own(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        older, newer = lock(session, chat(session, "older")), lock(session, chat(session, "newer"))
        newer.created_at = later(30)
        asked = [codes.ask(session, newer, ANNA, at=later(60)) for _ in range(4)]
        assert asked == [True, True, True, False]
        assert [codes.ask(session, older, ANNA, at=later(61)) for _ in range(2)] == [True, False]
        hers = [codes.ask(session, newer, ANNA, known=True, at=later(62)) for _ in range(4)]
        assert hers == [True, True, True, False]


def test_strangers_leave_some_of_the_shops_letters_to_those_it_knows(database: Database) -> None:
    with database.begin() as session:
        for number in range(3):
            customer(session, f"c{number}", email=f"c{number}@example.com", phone=None)
            asked(session, f"c{number}@example.com", f"chat {number}")
        assert len(codes.take(session, 4, at=NOON)) == 3
        assert codes.paused(session, 4, at=NOON)
        assert not codes.paused(session, 4, known=True, at=NOON)


def test_an_address_changed_meanwhile_proves_nothing(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna = asked(session)
        code = letter(session).code
        session.get_one(CustomerRow, "anna").email = "new@example.com"
        session.flush()
        assert codes.check(session, anna, code, at=NOON) == "over"


def test_a_letter_that_could_not_be_sent_is_tried_again_with_other_digits(
    database: Database,
) -> None:
    with database.begin() as session:
        customer(session)
        anna = asked(session)
        first = letter(session)
        assert codes.take(session, at=later(30)) == []  # still on its way
        codes.sent(session, first, ok=False, at=NOON)
        assert letters.waiting(session, at=later(1))
        [second] = codes.take(session, at=later(1))
        codes.sent(session, second, ok=True, at=later(1))
        assert not letters.waiting(session, at=later(3600))
        assert codes.check(session, anna, second.code, at=later(1)) == "right"


def test_a_letter_whose_sender_died_is_sent_by_the_next(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        asked(session)
        letter(session)
        assert len(codes.take(session, at=NOON + timedelta(seconds=60))) == 1


def test_what_was_asked_for_once_more_is_not_done_with_by_the_earlier_letter(
    database: Database,
) -> None:
    with database.begin() as session:
        customer(session)
        anna = asked(session)
        early = letter(session)
        codes.ask_again(session, lock(session, anna), at=NOON)
        codes.sent(session, early, ok=True, at=NOON)
        assert len(codes.take(session, at=NOON)) == 1


def test_a_dropped_code_is_right_no_more(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        anna = asked(session)
        code = letter(session).code
        codes.drop(session, anna)
        assert codes.check(session, anna, code, at=NOON) == "over"


def test_the_shop_sends_so_many_letters_an_hour_and_no_more(database: Database) -> None:
    with database.begin() as session:
        for number in range(5):
            customer(session, f"c{number}", email=f"c{number}@example.com", phone=None)
            asked(session, f"c{number}@example.com", f"chat {number}")
        asked(session, "nobody@example.com", "nobody")
        assert not codes.paused(session, 3, at=NOON)
        with capture_logs() as logs:
            taken = codes.take(session, 3, at=NOON)
        assert len(taken) == 3
        for each in taken:
            codes.sent(session, each, ok=True, at=NOON)
        assert {line["event"] for line in logs} == {"codes.shop_capped"}
        assert codes.paused(session, 3, at=NOON)
        assert not letters.waiting(session, at=NOON)  # what was over is not sent later, all at once
        after = NOON + codes.SENDS_WITHIN
        assert not codes.paused(session, 3, at=after)
        asked_later = lock(session, chat(session, "chat 4"))
        assert codes.ask(session, asked_later, "c4@example.com", at=after)
        assert len(codes.take(session, 3, at=after)) == 1


def test_addresses_that_nobody_has_use_none_of_the_shops_letters_up(database: Database) -> None:
    with database.begin() as session:
        customer(session)
        for number in range(9):
            asked(session, f"x{number}@example.com", f"eve {number}")
        asked(session)
        assert [each.to for each in codes.take(session, 1, at=NOON)] == [ANNA]
