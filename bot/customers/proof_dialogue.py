"""The dialogue that proves who asks, as a pure state machine: words in, what to do out.

A shopper may give an order's number and the e-mail or phone on it in any order and in any number of
messages, an e-mail address to get a code, or the code. What is no proof is a question like any
other, and the dialogue waits. Checking, counting and storing are `typed_proof.py`'s.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from bot.language.contacts import EMAIL
from bot.language.steering import steered
from bot.language.wording import fold, has_han, plain, rule, words_only
from bot.orders.numbers import USUAL, Numbers

Way = Literal["", "code", "number"]

PROOF = "proof:"  # choices of this dialogue
CODE, NUMBER, AGAIN, CANCEL = "proof:code", "proof:number", "proof:again", "proof:cancel"
CONTACT, LINK, TAKEN = "proof:contact", "proof:link", "proof:taken"
LEAVE = "proof:leave"
"""`CONTACT` on a button asks for the shopper's own contact, where a channel can; as a message's
choice, it and `LINK` say that the channel has just tried to prove the shopper in that way, and
`TAKEN` that the chat is another customer's. `LEAVE` ends a proof."""
PRESSED = frozenset({CODE, NUMBER, AGAIN, CANCEL, CONTACT, LINK, TAKEN, LEAVE})
"""What a shopper or a channel may press; other choices of the dialogue `typed_proof` makes."""
RENEWING = (f"{PROOF}proven", f"{PROOF}left")
"""Outcomes with which a chat's web session becomes another one."""

DIGITS = re.compile(
    r"(?<![A-Za-z0-9@.+-])(?:\d(?:[ -]?\d){5}|(?<!\d[ -])\d(?:[ -]?\d){7})(?![A-Za-z0-9@-])"
)
"""A code: six digits, eight where somebody guesses."""

PHONE = re.compile(
    r"(?<![A-Za-z0-9@.#+-])(?:\+|00)?\(?\d(?:[ ()./-]{0,2}\d){6,14}(?![A-Za-z0-9@-])"
)
_NUMBER = re.compile(r"(?<![A-Za-z0-9@.])#?[A-Za-z]{0,4}-?\d[\d-]{2,18}\d(?![A-Za-z0-9@])")
_YEAR = re.compile(r"(?:19|20)\d\d")
_PREFIXED = re.compile(r"#|[A-Za-z]")
_HARDLY = 4  # words beside an address that is meant as one's own; of Chinese, as many signs twice


@dataclass(frozen=True)
class Given:
    """What a message holds of a proof."""

    code: str | None = None
    email: str | None = None
    phone: str | None = None
    number: str | None = None


@dataclass(frozen=True)
class Proving:
    """How far the dialogue is. `asked` is the turn that is answered once the shopper is proven.

    `contact` is a keyed hash of the e-mail or phone given before the number, `coded` whether a code
    is on its way, `mailed` whether one has proven that the shopper reads the mail to `contact`,
    which several customers have. `then` is a guided dialogue that the proof interrupted.
    """

    asked: int | None = None
    way: Way = ""
    number: str = ""
    contact: str = ""
    coded: bool = False
    mailed: bool = False
    then: Mapping[str, Any] | None = None

    def kept(self) -> dict[str, Any]:
        """As it is stored with the conversation."""
        return {"kind": "proof", **asdict(self)}

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> "Proving | None":
        """From what `kept` made; None when another dialogue, or none, is going on."""
        if not stored or stored.get("kind") != "proof":
            return None
        return cls(**{name: stored[name] for name in cls.__dataclass_fields__ if name in stored})


@dataclass(frozen=True)
class CheckCode:
    """Compare the code."""

    code: str


@dataclass(frozen=True)
class CheckOrder:
    """Compare the order with the contact: `email` or `phone` as typed, else the hash `contact`."""

    number: str
    email: str | None = None
    phone: str | None = None
    contact: str = ""


@dataclass(frozen=True)
class SendCode:
    """Send a code to `email`; None: to where the last one went."""

    email: str | None


@dataclass(frozen=True)
class Ask:
    """Nothing to check yet: ask for what is missing; keep a hash of the contact that was given."""

    what: Literal["number", "contact", "email"]
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class Stop:
    """The shopper does not want to go on."""


Act = CheckCode | CheckOrder | SendCode | Ask | Stop | None


def read(text: str, shop: Numbers = USUAL) -> Given:
    """What `text` holds of a proof. Six digits alone may be a code or a number: it is both. `shop`
    finds the numbers of the shop's own forms."""
    text = plain(text)
    email = EMAIL.search(text)
    rest = EMAIL.sub(" ", text)
    code = DIGITS.search(rest)
    phones = [found.group() for found in PHONE.finditer(rest)]
    long = [found for found in phones if _is_long(found)]
    phone = next((found for found in long if not shop.is_one(found)), None)
    if phone is None and len(long) > 1 and not email:
        phone = long[-1]  # both are written like the shop's numbers
    others = rest.replace(phone, " ", 1) if phone else rest
    numbers = [found.group() for found in _NUMBER.finditer(others)]
    if len(words_only(text)) > len("2024"):
        numbers = [each for each in numbers if not _YEAR.fullmatch(each)]
    # "W-2001" or "#2001" before bare digits, which may be a year or a part of a phone number.
    number = next((each for each in numbers if _PREFIXED.search(each)), next(iter(numbers), None))
    alone = _beside(others) <= _HARDLY + 1  # a plain number counts as one of the words
    if own := shop.found(others, asked=alone, usual=False):
        number, others = own[0], shop.hidden(others, " ", asked=alone)
    elif number is not None:
        others = others.replace(number, " ", 1)
    if phone is None and number is not None:
        left = PHONE.search(others)
        phone = left.group() if left else None
    return Given(
        code=re.sub(r"\D", "", code.group()) if code else None,
        email=email.group() if email else None,
        phone=phone,
        number=number,
    )


def address_alone(text: str) -> str | None:
    """The e-mail address that `text` is with hardly a word beside it ("hi, jack here, …"), so that
    it is the shopper's own; None for any other text."""
    given = read(text)
    beside = EMAIL.sub(" ", plain(text))
    mine = given.number is None and _beside(beside) <= _HARDLY and "?" not in beside
    return given.email if mine else None


def _beside(text: str) -> float:
    """How many words a text has; two Chinese characters are one more."""
    return len(text.split()) + sum(map(has_han, text)) / 2


def _is_long(number: str) -> bool:
    """Whether digits are written like a phone's: with a "+" or "00", or ten and more of them."""
    return number.startswith(("+", "00")) or len(re.sub(r"\D", "", number)) >= 10


def step(
    state: Proving, text: str, choice: str | None, *, mail: bool, shop: Numbers = USUAL
) -> tuple[Proving, Act]:
    """The next state and what to do; None: the message is about something else.

    `mail` says whether codes can be sent; `shop` is as for `read`.
    """
    if choice == CANCEL or (choice is None and steered(text) in ("cancel", "no")):
        return state, Stop()
    if choice == NUMBER:
        state = replace(state, way="number", number="", contact="", coded=False, mailed=False)
        return state, Ask("number")
    if choice == CODE and mail:
        return replace(state, way="code", coded=False), Ask("email")
    if choice == AGAIN and mail:
        return replace(state, way="code"), SendCode(None)
    if choice is not None:
        return state, None
    given = read(text, shop)
    if state.coded and given.code and not given.email:
        return state, CheckCode(given.code)
    alone = given.number if not (given.email or given.phone) else None
    if state.number and alone and alone.isdecimal() and _is_long(alone):
        given = replace(given, phone=alone, number=None)  # a phone that looks like a number
    number = given.number or state.number
    if given.phone and not given.number and (state.contact or (given.email and not state.number)):
        number, given = given.phone, replace(given, phone=None)  # a number that looks like a phone
        if state.contact and not given.email:
            return state, CheckOrder(number, contact=state.contact)
    if number and (given.email or given.phone):
        return state, CheckOrder(number, given.email, given.phone)
    if given.number and state.contact:
        return state, CheckOrder(given.number, contact=state.contact)
    if given.email and mail and state.way != "number":
        return replace(state, way="code", coded=True), SendCode(given.email)
    if given.email or given.phone:
        return state, Ask("number", given.email, given.phone)
    if given.number and state.way != "code":
        return replace(state, number=given.number), Ask("contact")
    if mail and state.way != "code" and rule("dialogue", "no_number").search(fold(text)):
        return replace(state, way="code"), Ask("email")
    return state, None
