"""Proofs that are typed: what they prove, what is stored of them, and what guessing costs."""

from collections.abc import Sequence

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from bot.conversations.conversation import lock
from bot.customers import codes, notices, proof_dialogue, typed_proof
from bot.customers.proof_dialogue import Proving
from bot.customers.typed_proof import Proofs
from bot.database.db import Database
from bot.database.tables import ConversationRow, CustomerRow, TurnRow
from bot.types import Nobody, OneCustomer, OneOrder, Status
from tests.support.customers import begun, chat, customer, order, outcome, proven, scope_of, writes
from tests.support.shop import NOON, later

ANNA = "anna@example.com"
HERS = OneOrder("anna", "#W2001")


@pytest.fixture
def shop(database: Database) -> Database:
    """A shop with mail, Anna with two orders and Ben with one."""
    with database.begin() as session:
        customer(session)
        customer(session, "ben", email="ben@example.com", phone="8613800138000")
        order(session, "#W2001")
        order(session, "#W2002", email="gift@example.com")
        order(session, "#W3001", "ben")
    return database


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
    """Three hundred chats that were there before, from fifty addresses; then the customer."""
    for number in range(300):
        begun(shop, chat=f"old {number}", at=later(-number * 10))
    begun(shop, at=later(-86_400))
    attacked(shop, hers(5))
    opened, looked_at = 0, 0
    for number in range(300):
        text, address = f"W{5000 + number} {ANNA}", f"203.0.113.{number % 50}"
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
