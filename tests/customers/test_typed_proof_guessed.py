"""Proofs that are guessed at: what it costs, and that the customer gets in meanwhile."""

from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from bot.customers import codes, notices, proof_dialogue, typed_proof
from bot.database.db import Database
from bot.types import Nobody, OneCustomer, OneOrder
from tests.support.customers import (
    ANNA,
    HERS,
    begun,
    outcome,
    scope_of,
    writes,
)
from tests.support.shop import later

WRONG = [
    "W2001 ben@example.com",  # somebody else's address
    "W3001 anna@example.com",  # somebody else's order
    "W9999 anna@example.com",  # no such order
    "W9999 nobody@example.com",
]


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_pair_proves_nothing_and_is_always_answered_the_same(
    shop: Database, text: str
) -> None:
    eve = begun(shop, chat="eve")
    assert [outcome(shop, writes(shop, text, chat="eve"))[0] for _ in range(4)] == [
        "proof:wrong_order",
        "proof:wrong_order",
        "proof:wrong_order",
        "proof:blocked",
    ]
    assert scope_of(shop, eve) == Nobody()


def test_guessing_is_slowed_then_reported(shop: Database) -> None:
    begun(shop, chat="eve")
    moments = [0, 1, 2, 40, 300, 1000, 5000]
    heard = [
        outcome(shop, writes(shop, f"W{9000 + n} {ANNA}", chat="eve", at=later(moment)))[0]
        for n, moment in enumerate(moments)
    ]
    assert heard == [
        *["proof:wrong_order"] * 4,
        "proof:locked",
        *["proof:step_up", "proof:step_up"],
    ]


def attacked(db: Database, texts: Sequence[str], *, at: float = 60) -> list[str | None]:
    """What each of these tries comes to, each from a fresh chat."""
    heard = []
    for number, text in enumerate(texts):
        begun(db, chat=f"eve {at} {number}", at=later(at))
        said = writes(db, text, chat=f"eve {at} {number}", at=later(at))
        heard.append(outcome(db, said)[0])
    return heard


def hers(number: int) -> list[str]:
    return [f"W{9000 + each} {ANNA}" for each in range(number)]


def test_three_wrong_tries_elsewhere_lock_nobody_out(shop: Database) -> None:
    attacked(shop, hers(3))
    assert attacked(shop, [f"W2001 {ANNA}"]) == ["proof:proven"]


@pytest.mark.parametrize(
    "texts", [hers(30), [f"W2001 x{n}@example.com" for n in range(30)]], ids=["numbers", "contacts"]
)
def test_guessing_from_fresh_chats_opens_nothing_and_tells_nothing(
    shop: Database, texts: list[str]
) -> None:
    heard = attacked(shop, [*texts, f"W2001 {ANNA}", *texts[:2]])
    assert heard[:5] == ["proof:wrong_order"] * 4 + ["proof:locked"]  # a person is told, once
    assert heard[5:] == ["proof:step_up"] * 28  # right or wrong


def test_the_customer_gets_in_by_an_older_chat_while_somebody_guesses(shop: Database) -> None:
    older = begun(shop)
    attacked(shop, hers(10))
    writes(shop, f"W2003 {ANNA}", at=later(70))  # a slip of hers is forgiven
    assert outcome(shop, writes(shop, f"W2001 {ANNA}", at=later(80)))[0] == "proof:proven"
    assert scope_of(shop, older, at=later(80)) == HERS


def test_the_customer_gets_in_where_she_was_in_before(shop: Database) -> None:
    anna = begun(shop, at=later(100))
    attacked(shop, hers(2), at=90)
    assert outcome(shop, writes(shop, f"W2001 {ANNA}", at=later(101)))[0] == "proof:proven"
    attacked(shop, hers(10), at=110)
    again = later(101 + 3600)  # the proof is over
    assert scope_of(shop, anna, at=again) == Nobody()
    assert outcome(shop, writes(shop, f"W2002 {ANNA}", at=again))[0] == "proof:proven"


def test_the_customer_gets_in_by_a_code_of_eight_digits(shop: Database) -> None:
    attacked(shop, hers(10))
    anna = begun(shop, at=later(70))
    assert outcome(shop, writes(shop, f"W2001 {ANNA}", at=later(70)))[0] == "proof:step_up"
    writes(shop, "Send me a code", choice=proof_dialogue.CODE, at=later(71))
    writes(shop, ANNA, at=later(72))
    with shop.begin() as session:
        [letter] = codes.take(session, at=later(73))
    assert len(letter.code) == 8
    right = writes(shop, f"{letter.code[:4]} {letter.code[4:]}", at=later(74))
    assert outcome(shop, right) == ("proof:proven", typed_proof.HIDDEN_CODE)
    assert scope_of(shop, anna, at=later(74)) == OneCustomer("anna")


def test_a_guesser_who_varies_contact_order_and_address_is_stopped_by_the_shop(
    shop: Database,
) -> None:
    begun(shop)  # older
    heard = []
    for number in range(40):
        text, chat = f"W{9000 + number} x{number}@example.com", f"eve {number}"
        begun(shop, chat=chat, at=later(number + 1))
        address = f"203.0.113.{number}"
        said = writes(shop, text, chat=chat, at=later(number + 1), address=address)
        heard.append(outcome(shop, said)[0])
    assert heard[:20] == ["proof:wrong_order"] * 19 + ["proof:locked"]
    assert set(heard[20:]) == {"proof:step_up"}
    proof = writes(shop, f"W2001 {ANNA}", at=later(50), address="198.51.100.7")
    assert outcome(shop, proof)[0] == "proof:proven"


def test_chats_made_in_advance_do_not_help_a_guesser(shop: Database) -> None:
    """A hundred chats that were there before, from twenty addresses; then the customer."""
    for number in range(100):
        begun(shop, chat=f"old {number}", at=later(-number * 30))
    begun(shop, at=later(-86_400))
    attacked(shop, hers(5))
    opened, looked_at = 0, 0
    for number in range(100):
        text, address = f"W{5000 + number} {ANNA}", f"203.0.113.{number % 20}"
        said = writes(shop, text, chat=f"old {number}", address=address, at=later(100))
        heard = outcome(shop, said)[0]
        opened += heard == "proof:proven"
        looked_at += heard == "proof:wrong_order"
    assert opened == 0
    assert looked_at <= 8
    proof = writes(shop, f"W2001 {ANNA}", address="198.51.100.7", at=later(110))
    assert outcome(shop, proof)[0] == "proof:proven"


def test_wrong_codes_elsewhere_and_letters_that_strangers_ask_for_leave_her_own(
    shop: Database,
) -> None:
    begun(shop)
    heard = attacked(shop, [ANNA] * 5)
    assert heard == ["proof:code_sent"] * 3 + ["proof:too_many_codes"] * 2
    with shop.begin() as session:
        codes.take(session, at=later(61))
    for number in range(3):
        for guess in range(3):
            writes(shop, f"{guess}23456", chat=f"eve 60 {number}", at=later(62))
    assert outcome(shop, writes(shop, ANNA, at=later(63)))[0] == "proof:code_sent"
    with shop.begin() as session:
        [letter] = codes.take(session, at=later(64))
    assert outcome(shop, writes(shop, letter.code, at=later(65)))[0] == "proof:proven"


def test_an_attack_is_logged_counted_and_told_to_the_customer_once(shop: Database) -> None:
    with capture_logs() as logs:
        attacked(shop, hers(30))
    told = [line for line in logs if line["event"] == "proof.attack"]
    assert [(line["subject"], line["log_level"]) for line in told] == [("contact", "warning")]
    assert ANNA not in repr(logs)
    with shop.begin() as session:
        [notice] = notices.take(session, at=later(70))
    assert (notice.to, notice.language) == (ANNA, "en")


def test_an_attack_on_nobody_sends_nobody_a_letter(shop: Database) -> None:
    attacked(shop, [f"W{9000 + n} nobody@example.com" for n in range(8)])
    with shop.begin() as session:
        assert notices.take(session, at=later(70)) == []


def test_the_contact_given_first_hides_nothing_from_the_customer(shop: Database) -> None:
    for number in range(5):
        begun(shop, chat=f"eve {number}", way="number", at=later(number))
        assert outcome(shop, writes(shop, ANNA, chat=f"eve {number}", at=later(number)))[0] == (
            "proof:need_number"
        )
        writes(shop, f"W90{number}0", chat=f"eve {number}", at=later(number))
    with shop.begin() as session:
        assert [each.to for each in notices.take(session, at=later(70))] == [ANNA]


def test_a_number_without_its_letters_is_the_same_order_and_shares_its_tries(
    shop: Database,
) -> None:
    ben = begun(shop, chat="ben")
    proof = writes(shop, "3001 ben@example.com", chat="ben")
    assert outcome(shop, proof)[0] == "proof:proven"
    assert scope_of(shop, ben) == OneOrder("ben", "#W3001")
    spelled = ("W3001", "3001", "W-3001", "w3001", "#W3001")
    attacked(shop, [f"{each} x{n}@example.com" for n, each in enumerate(spelled)])
    assert attacked(shop, ["3001 ben@example.com"], at=70) == ["proof:step_up"]
