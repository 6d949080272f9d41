"""The dialogue of proof, as tables: what a message holds, and what follows from it."""

import pytest

from bot.customers.proof_dialogue import (
    AGAIN,
    CANCEL,
    CODE,
    NUMBER,
    Act,
    Ask,
    CheckCode,
    CheckOrder,
    Given,
    Proving,
    SendCode,
    Stop,
    read,
    step,
)
from bot.language.steering import called_off, logs_out, steered
from bot.orders.numbers import USUAL, Numbers

ANNA = "anna@example.com"


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("W-2001 anna@example.com", Given(email=ANNA, number="W-2001")),
        ("anna@example.com，订单号 W2611340", Given(email=ANNA, number="W2611340")),
        ("it's #1001, +49 151 12345678", Given(phone="+49 151 12345678", number="#1001")),
        ("订单号W2611340，手机13800138000", Given(phone="13800138000", number="W2611340")),
        ("手机１３８００１３８０００", Given(phone="13800138000")),
        ("10234 13800138000", Given(phone="13800138000", number="10234")),
        ("JT-10234 0151 12345678", Given(phone="0151 12345678", number="JT-10234")),
        ("483920", Given(code="483920", number="483920")),
        ("code: 483920, thanks", Given(code="483920", number="483920")),
        ("验证码４８３９２０", Given(code="483920", number="483920")),
        ("483 920", Given(code="483920")),
        ("where is what I ordered in 2024?", Given()),
        ("2024", Given(number="2024")),
        ("do you have 3 blue mugs?", Given()),
    ],
)
def test_what_a_message_holds(text: str, given: Given) -> None:
    assert read(text) == given


OWN = Numbers(USUAL.learned(["123", "B7K9QX", "2024-W-55", "W1001/2", "202611010001"]))


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("123 anna@example.com", Given(email=ANNA, number="123")),
        ("my number is 123, anna@example.com", Given(email=ANNA, number="123")),
        ("订单号是123，手机13800138000", Given(phone="13800138000", number="123")),
        ("B7K9QX 13800138000", Given(phone="13800138000", number="B7K9QX")),
        ("it's 2024-W-56, +49 151 12345678", Given(phone="+49 151 12345678", number="2024W56")),
        ("w1001/3 anna@example.com", Given(email=ANNA, number="W10013")),
        ("202611010002", Given(number="202611010002")),
        ("13800138000 202611010002", Given(phone="13800138000", number="202611010002")),
        ("I have been waiting for 123 days now, write to anna@example.com", Given(email=ANNA)),
    ],
)
def test_a_number_in_the_shops_own_form_is_one(text: str, given: Given) -> None:
    assert read(text, OWN) == given


def test_after_the_number_a_phone_that_looks_like_one_is_the_phone() -> None:
    waiting = Proving(number="20261101001")
    shop = Numbers(USUAL.learned(["20261101001"]))
    _, act = step(waiting, "13800138000", None, mail=False, shop=shop)
    assert act == CheckOrder("20261101001", phone="13800138000")


BLANK = Proving()
CODED = Proving(way="code", coded=True)


@pytest.mark.parametrize(
    ("state", "text", "choice", "mail", "act"),
    [
        (BLANK, f"W-2001 {ANNA}", None, True, CheckOrder("W-2001", email=ANNA)),
        (BLANK, ANNA, None, True, SendCode(ANNA)),
        (BLANK, ANNA, None, False, Ask("number", email=ANNA)),
        (BLANK, "W-2001", None, True, Ask("contact")),
        (BLANK, "13800138000", None, True, Ask("number", phone="13800138000")),
        (Proving(number="W-2001"), ANNA, None, True, CheckOrder("W-2001", email=ANNA)),
        (
            Proving(number="W-2001"),
            "13800138000",
            None,
            True,
            CheckOrder("W-2001", phone="13800138000"),
        ),
        (Proving(contact="hash"), "W-2001", None, True, CheckOrder("W-2001", contact="hash")),
        (Proving(way="number"), ANNA, None, True, Ask("number", email=ANNA)),
        (BLANK, "Use my order number", NUMBER, True, Ask("number")),
        (BLANK, "Send me a code", CODE, True, Ask("email")),
        (BLANK, "Send me a code", CODE, False, None),
        (CODED, "483920", None, True, CheckCode("483920")),
        (CODED, "the code is 483 920", None, True, CheckCode("483920")),
        (CODED, "验证码是４８３９２０", None, True, CheckCode("483920")),
        (CODED, "New code", AGAIN, True, SendCode(None)),
        (CODED, "ben@example.com", None, True, SendCode("ben@example.com")),
        (CODED, "how long is the warranty?", None, True, None),
        (CODED, "Never mind", CANCEL, True, Stop()),
        (BLANK, "never mind, thanks", None, True, Stop()),
        (BLANK, "算了", None, True, Stop()),
        (BLANK, "不用了，谢谢", None, True, Stop()),
        (BLANK, "转人工", None, True, None),
        (BLANK, "I want a human", None, True, None),
        (BLANK, "Returns", "entry:returns", True, None),
    ],
)
def test_what_follows_from_a_message(
    state: Proving, text: str, choice: str | None, mail: bool, act: Act
) -> None:
    assert step(state, text, choice, mail=mail)[1] == act


def test_a_number_waits_for_its_contact() -> None:
    state, _ = step(BLANK, "W-2001", None, mail=True)
    assert state.number == "W-2001"
    assert step(state, f"it is {ANNA}", None, mail=True)[1] == CheckOrder("W-2001", email=ANNA)


def test_the_state_survives_being_stored() -> None:
    state = Proving(asked=7, way="number", number="W-1", then={"kind": "request"})
    assert Proving.of(state.kept()) == state
    assert Proving.of({"kind": "request"}) is None
    assert Proving.of(None) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("never mind", "cancel"),
        ("Cancel", "cancel"),
        ("please stop", "cancel"),
        ("算了吧", "cancel"),
        ("取消", "cancel"),
        ("yes", "yes"),
        ("Yes please!", "yes"),
        ("好的，谢谢", "yes"),
        ("确认", "yes"),
        ("是的，没错", "yes"),
        ("no thanks", "no"),
        ("不对", "no"),
        ("先不要", "no"),
        ("I want to cancel my order", None),
        ("取消订单", None),
        ("Yes, and where is my parcel?", None),
        ("", None),
        ("x" * 100, None),
    ],
)
def test_agreeing_disagreeing_and_calling_off(text: str, meant: str | None) -> None:
    assert steered(text) == meant


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("nah changed my mind, forget it", True),
        ("it's too big. never mind", True),
        ("还是不退了", True),
        ("太麻烦了，算了", True),
        ("too small, I changed my mind", False),
        ("never mind the colour, it is too small", False),
        ("质量太差，不要了", False),
    ],
)
def test_last_words_call_off_what_the_first_words_began(text: str, off: bool) -> None:
    assert called_off(text) is off


@pytest.mark.parametrize(
    "text",
    [
        "I don't know the number",
        "i forgot my order number",
        "what order number?",
        "没有订单号",
        "订单号忘了",
        "我不记得单号了",
    ],
)
def test_who_has_no_number_is_asked_for_the_email(text: str) -> None:
    assert step(BLANK, text, None, mail=True)[1] == Ask("email")
    assert step(BLANK, text, None, mail=False)[1] is None


@pytest.mark.parametrize(
    "text",
    [
        *("Log out", "please log me out", "sign out, thanks", "That's not me!", "this is not me"),
        *(
            "it wasn't me",
            "I'm not that person",
            "it's not me",
            "退出",
            "请退出登录",
            "这不是我",
            "我不是这个人",
        ),
    ],
)
def test_whoever_is_not_the_one_says_so(text: str) -> None:
    assert logs_out(text)


@pytest.mark.parametrize(
    "text",
    [
        "how do I log out of my bank?",
        "not me",
        "is that me?",
        "退出群聊",
        "x" * 10_000,
        "please " * 900,
    ],
)
def test_other_words_leave_nothing(text: str) -> None:
    assert not logs_out(text)
