"""Proofs that are typed: what they prove and what is stored of them."""

import pytest
from sqlmodel import select

from bot.conversations.conversation import lock
from bot.customers import codes, proof_dialogue, typed_proof
from bot.customers.proof_dialogue import Proving
from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.database.tables import ConversationRow, CustomerRow, TurnRow
from bot.types import Nobody, OneCustomer, OneOrder, Status
from tests.support.customers import (
    ANNA,
    HERS,
    begun,
    chat,
    customer,
    order,
    outcome,
    proven,
    scope_of,
    writes,
)
from tests.support.shop import NOON, later


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("W2001 anna@example.com", "W2001 a•••@example.com"),
        ("#w2001, ANNA@example.com", "#w2001, A•••@example.com"),
        ("W-2001 +49 151 12345678", "W-2001 •••78"),
        ("订单号w2001，手机 0151 12345678", "订单号w2001,手机 •••78"),
    ],
)
def test_an_orders_number_with_its_contact_proves_that_order(
    shop: Database, text: str, stored: str
) -> None:
    anna = begun(shop)
    assert outcome(shop, writes(shop, text)) == ("proof:proven", stored)
    assert scope_of(shop, anna) == HERS


def test_number_and_contact_may_come_one_after_the_other(shop: Database) -> None:
    anna = begun(shop)
    assert outcome(shop, writes(shop, "W2001"))[0] == "proof:need_contact"
    assert outcome(shop, writes(shop, ANNA)) == ("proof:proven", "a•••@example.com")
    assert scope_of(shop, anna) == HERS
    ben = begun(shop, chat="ben", way="number")
    assert outcome(shop, writes(shop, "138 0013 8000", chat="ben"))[0] == "proof:need_number"
    assert outcome(shop, writes(shop, "W3001", chat="ben"))[0] == "proof:proven"
    assert scope_of(shop, ben) == OneOrder("ben", "#W3001")


def test_the_contact_on_the_order_counts_as_the_customers_does(shop: Database) -> None:
    anna = begun(shop)
    writes(shop, "W2002 gift@example.com")
    assert scope_of(shop, anna) == OneOrder("anna", "#W2002")


def test_all_at_once_needs_no_invitation(shop: Database) -> None:
    accepted = writes(shop, f"where is my order W2001? I am {ANNA}")
    stored = "where is my order W2001? I am a•••@example.com"
    assert outcome(shop, accepted) == ("proof:proven", stored)
    assert scope_of(shop, accepted.conversation_id) == HERS


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("订单w2001 手机4915112345678", "订单w2001 手机•••78"),
        ("where is W2001? my phone is +49 151 12345678", "where is W2001? my phone is •••78"),
    ],
)
def test_a_phone_with_a_number_needs_no_invitation_either(
    shop: Database, text: str, stored: str
) -> None:
    accepted = writes(shop, text)
    assert outcome(shop, accepted) == ("proof:proven", stored)
    assert scope_of(shop, accepted.conversation_id) == HERS


@pytest.mark.parametrize("text", [str(ANNA), f"hi anna here, {ANNA}", f"我的邮箱是 {ANNA}"])
def test_an_address_alone_is_asked_for_the_number_and_then_counts(
    shop: Database, text: str
) -> None:
    accepted = writes(shop, text)
    assert outcome(shop, accepted) == ("proof:need_number", text.replace("anna@", "a•••@"))
    assert outcome(shop, writes(shop, "W2001"))[0] == "proof:proven"
    assert scope_of(shop, accepted.conversation_id) == HERS


@pytest.mark.parametrize(
    "text", [f"can you send the catalogue to {ANNA} please", f"is {ANNA} yours?"]
)
def test_an_address_that_is_about_something_else_begins_no_proof(shop: Database, text: str) -> None:
    assert outcome(shop, writes(shop, text)) == (None, text)


@pytest.mark.parametrize("text", ["W2001, W2002 and W3001", "call me at +49 151 12345678"])
def test_numbers_alone_or_a_phone_alone_begin_no_proof(shop: Database, text: str) -> None:
    assert outcome(shop, writes(shop, text)) == (None, text)


def test_a_proven_customer_is_not_made_less_by_naming_an_order(shop: Database) -> None:
    with shop.begin() as session:
        anna = chat(session)
        proven(session, anna)
    assert outcome(shop, writes(shop, f"send W2001's invoice to {ANNA}"))[0] is None
    assert scope_of(shop, anna) == OneCustomer("anna")


@pytest.mark.parametrize("text", ["log out", "That's not me!", "退出", "这不是我"])
def test_a_shopper_leaves_by_words_once_they_are_proven(shop: Database, text: str) -> None:
    assert outcome(shop, writes(shop, text)) == (None, text)
    anna = begun(shop)
    writes(shop, f"W2001 {ANNA}")
    assert outcome(shop, writes(shop, text)) == ("proof:left", text)
    assert scope_of(shop, anna) == Nobody()
    assert outcome(shop, writes(shop, "how do I log out of my bank?"))[0] is None


def test_a_shopper_leaves_by_the_button_also_while_a_person_has_the_chat(shop: Database) -> None:
    anna = begun(shop)
    writes(shop, f"W2001 {ANNA}")
    with shop.begin() as session:
        lock(session, anna).status = Status.AGENT
    assert outcome(shop, writes(shop, "Log out", choice=proof_dialogue.LEAVE))[0] == "proof:left"
    assert scope_of(shop, anna) == Nobody()


def test_two_customers_who_share_an_address_get_in_by_code_and_number(shop: Database) -> None:
    with shop.begin() as session:
        customer(session, "clara", email=ANNA, phone=None)
        order(session, "#W4001", "clara")
    clara = begun(shop)
    assert outcome(shop, writes(shop, ANNA))[0] == "proof:code_sent"
    with shop.begin() as session:
        [letter] = codes.take(session, at=NOON)
    assert outcome(shop, writes(shop, letter.code))[0] == "proof:need_number_shared"
    assert scope_of(shop, clara) == Nobody()
    assert outcome(shop, writes(shop, "W3001"))[0] == "proof:wrong_order"  # Ben's
    assert outcome(shop, writes(shop, "W4001"))[0] == "proof:proven"
    assert scope_of(shop, clara) == OneCustomer("clara")


@pytest.mark.parametrize(
    ("text", "proves"),
    [
        ("W2001 +49 151 12345678", True),
        ("W2001 0049 (0)151 12345678", True),
        ("W2001 0151 12345678", True),
        ("W2001 151 12345678", True),
        ("W2001 12345678", False),  # its last eight digits
        ("W2001 +43 151 12345678", False),  # the same at home, in another country
        ("W2001 0152 12345678", False),
    ],
)
def test_a_phone_number_matches_whole(shop: Database, text: str, proves: bool) -> None:
    anna = begun(shop)
    writes(shop, text)
    assert (scope_of(shop, anna) == HERS) == proves


def test_a_number_without_its_country_is_of_the_shops(shop: Database) -> None:
    american = Proofs(mail=True, country="US")
    with shop.begin() as session:
        customer(session, "joe", email=None, phone="14155552671")
        customer(session, "jan", email=None, phone="494155552671")
        order(session, "#W5001", "joe")
        order(session, "#W5002", "jan")
    joe, jan = begun(shop, chat="joe"), begun(shop, chat="jan")
    writes(shop, "W5001 (415) 555-2671", chat="joe", proofs=american)
    writes(shop, "W5002 (415) 555-2671", chat="jan", proofs=american)
    assert scope_of(shop, joe) == OneOrder("joe", "#W5001")
    assert scope_of(shop, jan) == Nobody()


def test_a_code_is_asked_for_typed_and_hidden(shop: Database) -> None:
    anna = begun(shop)
    assert outcome(shop, writes(shop, ANNA)) == ("proof:code_sent", "a•••@example.com")
    with shop.begin() as session:
        [letter] = codes.take(session, at=NOON)
    right = writes(shop, f"it is {letter.code[:3]} {letter.code[3:]}")
    assert outcome(shop, right) == ("proof:proven", f"it is {typed_proof.HIDDEN_CODE}")
    assert scope_of(shop, anna) == OneCustomer("anna")


def test_a_code_for_nobody_sounds_the_same(shop: Database) -> None:
    begun(shop)
    assert outcome(shop, writes(shop, "nobody@example.com"))[0] == "proof:code_sent"
    with shop.begin() as session:
        assert codes.take(session, at=NOON) == []
    heard = [outcome(shop, writes(shop, f"{n}23456"))[0] for n in range(4)]
    # The third wrong one ends the code, and slows the chat down.
    wrong = "proof:wrong_code"
    assert heard == [wrong, wrong, "proof:code_over", "proof:blocked"]


def test_a_chat_cannot_have_letters_sent_to_everybody(shop: Database) -> None:
    begun(shop)
    heard = [outcome(shop, writes(shop, f"someone{n}@example.com"))[0] for n in range(7)]
    assert heard == ["proof:code_sent"] * 6 + ["proof:too_many_codes"]


def test_a_shop_that_has_sent_enough_says_so_to_everybody_alike(shop: Database) -> None:
    few = Proofs(mail=True, letters=1)
    begun(shop, chat="ben")
    assert (
        outcome(shop, writes(shop, "ben@example.com", chat="ben", proofs=few))[0]
        == "proof:code_sent"
    )
    with shop.begin() as session:
        assert len(codes.take(session, 1, at=NOON)) == 1
    heard = []
    for number, email in enumerate((ANNA, "nobody@example.com", ANNA, "gift@example.com")):
        begun(shop, chat=f"chat {number}")
        said = writes(shop, email, chat=f"chat {number}", proofs=few)
        heard.append(outcome(shop, said)[0])
    assert heard == ["proof:mail_told", *["proof:mail_paused"] * 3]  # a person hears of it once
    with shop.begin() as session:
        assert codes.take(session, 1, at=NOON) == []
    proven = writes(
        shop, "W2001", chat="chat 2", proofs=few
    )  # with the address that was typed already
    assert outcome(shop, proven)[0] == "proof:proven"
    hour = codes.SENDS_WITHIN.total_seconds()
    begun(shop, chat="late", at=later(hour))
    late = writes(shop, ANNA, chat="late", at=later(hour), proofs=few)
    assert outcome(shop, late)[0] == "proof:code_sent"


def test_a_code_by_mail_is_not_offered_without_a_mail_server(shop: Database) -> None:
    begun(shop)
    assert outcome(shop, writes(shop, ANNA, proofs=Proofs()))[0] == "proof:need_number"


def test_nothing_typed_as_proof_is_stored(shop: Database) -> None:
    begun(shop)
    writes(shop, ANNA)
    with shop.begin() as session:
        [letter] = codes.take(session, at=NOON)
    writes(shop, letter.code)
    begun(shop, chat="b", way="number")
    writes(shop, "4915112345678", chat="b")
    with shop.read() as session:
        stored = " ".join(session.exec(select(TurnRow.text)))
        kept = repr(session.exec(select(ConversationRow.dialogue)).all())
    for secret in (ANNA, letter.code, "4915112345678"):
        assert secret not in stored
        assert secret not in kept


def test_what_is_no_proof_is_a_question_like_any_other(shop: Database) -> None:
    begun(shop)
    asked = writes(shop, "how long is the warranty?")
    assert outcome(shop, asked) == (None, "how long is the warranty?")
    assert outcome(shop, writes(shop, "转人工")) == (None, "转人工")
    with shop.read() as session:
        row = session.get_one(ConversationRow, asked.conversation_id)
        assert Proving.of(row.dialogue) is not None


@pytest.mark.parametrize("text", ["never mind", "算了"])
def test_the_dialogue_can_be_called_off(shop: Database, text: str) -> None:
    anna = begun(shop)
    writes(shop, ANNA)
    with shop.begin() as session:
        [letter] = codes.take(session, at=NOON)
    assert outcome(shop, writes(shop, text))[0] == "proof:stopped"
    with shop.read() as session:
        assert session.get_one(ConversationRow, anna).dialogue is None
    assert outcome(shop, writes(shop, letter.code))[0] is None
    assert scope_of(shop, anna) == Nobody()


def test_a_dialogue_is_forgotten_after_half_an_hour(shop: Database) -> None:
    begun(shop)
    assert outcome(shop, writes(shop, "W2001", at=later(1800)))[0] is None


@pytest.mark.parametrize("choice", ["proof:proven", "proof:locked", "proof:code_sent", "proof:x"])
def test_a_forged_outcome_is_dropped(shop: Database, choice: str) -> None:
    for begins in (False, True):
        if begins:
            begun(shop)
        accepted = writes(shop, "hello", choice=choice)
        assert outcome(shop, accepted) == (None, "hello")
        assert scope_of(shop, accepted.conversation_id) == Nobody()


@pytest.mark.parametrize("choice", [proof_dialogue.LINK, proof_dialogue.CONTACT])
def test_a_pressed_proof_is_a_word_and_proves_nothing(shop: Database, choice: str) -> None:
    accepted = writes(shop, "hello", choice=choice)
    assert outcome(shop, accepted)[0] == choice
    assert scope_of(shop, accepted.conversation_id) == Nobody()


def test_nothing_is_proven_where_others_read_along(shop: Database) -> None:
    said = writes(shop, f"W2001 {ANNA}", chat="friends", shared=True)
    assert outcome(shop, said) == ("proof:shared", "W2001 a•••@example.com")
    assert scope_of(shop, said.conversation_id) == Nobody()


def test_while_a_person_has_the_chat_nothing_is_checked_and_a_code_is_hidden(
    shop: Database,
) -> None:
    anna = begun(shop)
    writes(shop, ANNA)
    with shop.begin() as session:
        [letter] = codes.take(session, at=NOON)
        lock(session, anna).status = Status.AGENT
    said = writes(shop, f"my code: {letter.code}")
    assert outcome(shop, said) == (None, f"my code: {typed_proof.HIDDEN_CODE}")
    assert scope_of(shop, anna) == Nobody()


def test_an_address_alone_does_not_change_the_language(shop: Database) -> None:
    anna = begun(shop)
    with shop.begin() as session:
        lock(session, anna).language = "zh"
    writes(shop, ANNA)
    with shop.read() as session:
        assert session.get_one(ConversationRow, anna).language == "zh"


def test_a_customer_without_contacts_is_proven_by_nothing_typed(shop: Database) -> None:
    with shop.begin() as session:
        row = session.get_one(CustomerRow, "ben")
        row.email = row.phone = None
    ben = begun(shop, chat="ben", way="number")
    for text in ("W3001", "@", "W3001 ben@example.com"):
        writes(shop, text, chat="ben")
    assert scope_of(shop, ben) == Nobody()
