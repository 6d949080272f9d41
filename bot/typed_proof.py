"""A proof that is typed: checked, counted and hidden before the message reaches the disk.

It runs inside the transaction that accepts the message, so that neither a code nor an address or a
phone number is ever stored as the shopper typed it, and so that a kill between "accepted" and
"answered" loses no proof. What the shopper hears of it comes later, from the message's choice
(`proof_words.py`); a choice is only words and proves nothing: that, `identity.scope` reads.
"""

import hmac
import re
from dataclasses import dataclass, replace
from datetime import datetime
from string import ascii_uppercase

import structlog
from sqlmodel import Session, col, select

from bot import codes, dialogue, guesses, identity, keys
from bot.contacts import EMAIL, email_key, masked_email, masked_phone
from bot.conversation import chat_of, saved
from bot.dialogue import Ask, CheckCode, CheckOrder, Proving, SendCode, Stop
from bot.order_tables import OrderRow
from bot.orders.record import number_of
from bot.readable import readable
from bot.tables import ConversationRow, CustomerRow
from bot.types import OneOrder, Status
from bot.wording import HAN, plain

log = structlog.get_logger()
MAIL = "typed_proof.mail"  # the key in `Session.info` that says: codes can be sent
PRESSED = frozenset(
    {
        dialogue.CODE,
        dialogue.NUMBER,
        dialogue.AGAIN,
        dialogue.CANCEL,
        dialogue.CONTACT,
        dialogue.LINK,
    }
)
"""What a shopper or a channel may press; other choices of the dialogue are made here alone."""

_HAN = re.compile(HAN)
_NO_WORDS = re.compile(r"[A-Za-z]{0,4}-?\d[\d-]*|[^A-Za-z]+")
HIDDEN_CODE = "[······]"
_ALIKE = 5  # orders whose numbers read the same that are looked at
_PHONE_AND_NUMBER = 13  # digits at least: ten of a phone, three of an order's number
_SAMPLE = 8  # orders that tell which letters the shop's numbers begin with
_SAME = 8  # last digits by which a phone typed without its country code is known


@dataclass(frozen=True)
class Typed:
    """What is stored of a message instead of what came. `proof`: it is no more than one."""

    text: str
    choice: str | None
    proof: bool = False


def receive(
    session: Session, row: ConversationRow, text: str, choice: str | None, *, at: datetime
) -> Typed:
    """Take a message's part in a proof; most messages have none and pass as they are.

    The caller holds the conversation's lock. A choice that only this module makes is dropped.
    """
    if choice is not None and choice.startswith(dialogue.PROOF) and choice not in PRESSED:
        choice = None
    if row.dialogue is not None and row.updated_at + identity.SILENCE <= at:
        row.dialogue = None
    state = Proving.of(row.dialogue)
    read = readable(text)
    if state is None and not _begins(row, read, choice, at):
        return Typed(text, choice)
    if chat_of(row).shared:
        return Typed(hidden(text, code=False), f"{dialogue.PROOF}shared")
    state = state or Proving(then=row.dialogue)
    if row.status == Status.AGENT:
        # The proof waits while a person has the chat; a code is still nobody's business.
        return Typed(hidden(text, code=True) if state.coded else text, choice)
    state, act = dialogue.step(state, read, choice, mail=bool(session.info.get(MAIL)))
    if act is None:
        return Typed(text, choice)
    outcome, kept = _act(session, row, state, act, at)
    row.dialogue = kept.kept() if kept is not None else None
    log.info("proof.typed", conversation=row.id, outcome=outcome)
    shown = text if choice is not None else hidden(text, code=isinstance(act, CheckCode))
    words = _NO_WORDS.sub(" ", EMAIL.sub(" ", text)).split()
    bare = len(words) <= 2 and not _HAN.search(text)
    return Typed(shown, f"{dialogue.PROOF}{outcome}", proof=bare)


def hidden(text: str, *, code: bool) -> str:
    """`text` as it may be stored: addresses and phones masked, so are six digits of a code."""
    text = EMAIL.sub(lambda found: masked_email(found.group()), plain(text))
    if code:
        text = dialogue.DIGITS.sub(HIDDEN_CODE, text)
    phone = dialogue.read(text).phone
    return text.replace(phone, masked_phone(phone)) if phone else text


def _begins(row: ConversationRow, text: str, choice: str | None, at: datetime) -> bool:
    """Whether a message without a dialogue begins one: by a button, or by bringing all at once.

    Whoever has proven to be a customer is not made less by naming one order.
    """
    if choice is not None:
        return choice in (dialogue.CODE, dialogue.NUMBER)
    mailed = "@" in text or "＠" in text
    if not mailed and sum(map(str.isdigit, text)) < _PHONE_AND_NUMBER:
        return False
    if row.proven_until is not None and row.proven_until > at:
        return False
    given = dialogue.read(text)
    return given.number is not None and (given.email if mailed else given.phone) is not None


def _act(
    session: Session, row: ConversationRow, state: Proving, act: dialogue.Act, at: datetime
) -> tuple[str, Proving | None]:
    """Do it; the outcome's name, and how the dialogue goes on."""
    conversation_id = saved(row.id)
    if isinstance(act, Stop):
        codes.drop(session, conversation_id)
        return "stopped", None
    if isinstance(act, SendCode):
        return _send(session, row, state, act, at)
    if isinstance(act, CheckCode):
        return _check_code(session, conversation_id, state, act, at)
    if isinstance(act, CheckOrder):
        return _check_order(session, conversation_id, state, act, at)
    if isinstance(act, Ask):
        if act.what == "number" and not (act.email or act.phone):
            codes.drop(session, conversation_id)  # six digits are a number from now on
        contact = _contact(session, act.email, act.phone)
        return f"need_{act.what}", replace(state, contact=contact or state.contact)
    raise ValueError(act)


def _send(
    session: Session, row: ConversationRow, state: Proving, act: SendCode, at: datetime
) -> tuple[str, Proving]:
    if codes.paused(session, at=at):
        told = "mail_told" if codes.first_told(session, at=at) else "mail_paused"
        contact = _contact(session, act.email, None) or state.contact
        return told, replace(state, way="number", contact=contact, coded=False)
    chat = codes.counted_chat(saved(row.id))
    if not guesses.spend(session, chat, 2 * codes.SENDS, codes.SENDS_WITHIN, at=at):
        log.warning("proof.codes_capped", conversation=row.id)
        return "too_many_codes", state
    if act.email is None:
        asked = codes.ask_again(session, row, at=at)
    else:
        asked = codes.ask(session, row, act.email, at=at)
    return ("code_sent" if asked else "too_many_codes"), replace(state, coded=asked)


def _check_code(
    session: Session, conversation_id: int, state: Proving, act: CheckCode, at: datetime
) -> tuple[str, Proving]:
    subjects = [guesses.chat(conversation_id)]
    if address := codes.subject(session, conversation_id):
        subjects.append(address)
    if guesses.closed_until(session, subjects, at=at):
        return "blocked", state
    verdict = codes.check(session, conversation_id, act.code, at=at)
    if verdict == "right":
        return _proven(session, conversation_id, state)
    if verdict != "over" and guesses.wrong(session, subjects, at=at):
        return "locked", state
    return ("wrong_code" if verdict == "wrong" else "code_over"), state


def _check_order(
    session: Session, conversation_id: int, state: Proving, act: CheckOrder, at: datetime
) -> tuple[str, Proving]:
    number = number_of(act.number)
    subjects = [guesses.chat(conversation_id), guesses.order(session, number)]
    state = replace(state, number="", contact="", coded=False)
    if guesses.closed_until(session, subjects, at=at):
        return "blocked", state
    contact = _contact(session, act.email, act.phone) or act.contact
    order = _match(session, number, contact)
    if order is None:
        report = guesses.wrong(session, subjects, at=at)
        return ("locked" if report else "wrong_order"), state
    identity.bind(session, conversation_id, order, "number", at=at)
    return _proven(session, conversation_id, state)


def _proven(session: Session, conversation_id: int, state: Proving) -> tuple[str, Proving]:
    """The dialogue stays until the question that it began with is answered."""
    guesses.right(session, conversation_id)
    codes.drop(session, conversation_id)
    return "proven", replace(state, number="", contact="", coded=False)


def _match(session: Session, number: str, contact: str) -> OneOrder | None:
    """The order with this number that has this contact on it, its own or its customer's."""
    query = (
        select(OrderRow, CustomerRow)
        .join(CustomerRow, col(CustomerRow.id) == OrderRow.customer_id)
        .where(col(OrderRow.number).in_(_spellings(session, number)))
        .limit(_ALIKE)
    )
    found = None
    for order, customer in session.exec(query):
        for theirs in (order.email, order.phone, customer.email, customer.phone):
            own = _contact(session, theirs if "@" in (theirs or "") else None, theirs)
            if hmac.compare_digest(own, contact) and own:
                found = OneOrder(customer.id, order.id)
    return found


def _spellings(session: Session, number: str) -> list[str]:
    """A number that was typed without the letters that the shop's numbers begin with, with them."""
    if not number.isdigit():
        return [number]
    some = session.exec(select(OrderRow.number).order_by(col(OrderRow.id)).limit(_SAMPLE))
    letters = {each[: len(each) - len(each.lstrip(ascii_uppercase))] for each in some}
    return [number, *(f"{each}{number}" for each in sorted(letters) if each)]


def _contact(session: Session, email: str | None, phone: str | None) -> str:
    """What is compared instead of an address or a number; empty for neither.

    Of a phone number the last digits count, for most people leave the country's code out.
    """
    if email:
        return keys.mac(session, "proof.contact", "email", email_key(email))
    digits = re.sub(r"\D", "", phone or "")
    return keys.mac(session, "proof.contact", "phone", digits[-_SAME:]) if digits else ""
