"""Digits by e-mail: asked for, sent, typed. Who types them is the customer with that address.

An asked-for code is a row, made whether anybody has the address or not; the digits themselves are
made when the letter leaves and are nowhere stored, only a keyed hash of them. So neither answers,
nor their timing, nor the table tell which addresses the shop knows.

Letters are few: so many for an address, for a chat and, by whoever types however many addresses,
for the whole shop in an hour. What strangers use up is not all: one letter more goes to a chat that
was there before them and had none, and three to one that has proven this customer before. A code is
right in its own chat alone, three times tried; where somebody guesses at its address it has eight
digits.
"""

import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

import structlog
from sqlmodel import Session, col, delete, select

from bot.conversations.conversation import saved
from bot.customers import guesses, identity, letters
from bot.database import keys
from bot.database.tables import CodeRow, ConversationRow, CustomerRow
from bot.language.contacts import email_key
from bot.types import Language, OneCustomer

log = structlog.get_logger()
LIFE = timedelta(minutes=10)
TRIES = 3
_SHORT, _LONG = 6, 8  # digits
SENDS = 3
SENDS_WITHIN = timedelta(hours=1)
SHOP_SENDS = 200
"""Letters of the whole shop within `SENDS_WITHIN`, where its settings say nothing else."""

_STRANGERS = 0.75  # of the shop's letters that chats unknown to it may use
_SHOP, _TOLD = "sends:shop", "sends:shop:told"

Verdict = Literal["right", "shared", "wrong", "last", "over"]


@dataclass(frozen=True)
class Letter:
    """A code on its way out; it exists in memory alone."""

    conversation_id: int
    to: str
    code: str
    code_hash: str
    language: Language


def ask(
    session: Session, row: ConversationRow, email: str, *, known: bool = False, at: datetime
) -> bool:
    """Have a code sent to `email`; False when that address has had too many within the hour.

    `known`: the chat has proven this customer before. The caller holds the conversation's lock.
    """
    customers = _with_email(session, email)
    address = guesses.email_mac(session, email)
    return _ask(session, row, address, customers[0] if customers else None, known, at)


def ask_again(session: Session, row: ConversationRow, *, known: bool = False, at: datetime) -> bool:
    """Once more to the address of the last code; False when there was none, or too many."""
    last = session.get(CodeRow, saved(row.id))
    return last is not None and _ask(session, row, last.address, last.customer_id, known, at)


def _with_email(session: Session, email: str) -> list[str]:
    """The customers with that address; more than one where a family shares it."""
    query = select(CustomerRow.id).where(CustomerRow.email == email_key(email))
    return list(session.exec(query.order_by(col(CustomerRow.id)).limit(2)))


def _ask(
    session: Session,
    row: ConversationRow,
    address: str,
    customer_id: str | None,
    known: bool,
    at: datetime,
) -> bool:
    everybodys, *own = _sends(address)
    sent_before = guesses.spent(session, everybodys, SENDS_WITHIN, at=at)
    code = session.get(CodeRow, saved(row.id))
    served = (
        code is not None and code.address == address and code.expires_at > at + LIFE - SENDS_WITHIN
    )
    was_there = bool(sent_before) and row.created_at < sent_before[0] and not served
    reserves = [name for name, ours in zip(own, (was_there, known), strict=True) if ours]
    if not any(
        guesses.spend(session, name, SENDS, SENDS_WITHIN, at=at) for name in (everybodys, *reserves)
    ):
        return False
    if code is None:
        code = CodeRow(conversation_id=saved(row.id), address=address, expires_at=at + LIFE)
        session.add(code)
    code.address, code.customer_id, code.language = address, customer_id, row.language
    code.code_hash, code.tries, code.expires_at = None, 0, at + LIFE
    code.status, code.attempts, code.next_at = "open", 0, at
    letters.asked(session, saved(row.id))
    return True


def paused(session: Session, cap: int = SHOP_SENDS, *, known: bool = False, at: datetime) -> bool:
    """Whether the shop has sent as many letters as it may, of `cap` in all: to `known` chats, or to
    all others."""
    most = cap if known else max(1, int(_STRANGERS * cap))
    return len(guesses.spent(session, _SHOP, SENDS_WITHIN, at=at)) >= most


def first_told(session: Session, *, at: datetime) -> bool:
    """Whether this is the one who is to call a person about the pause: the hour's first."""
    return guesses.spend(session, _TOLD, 1, SENDS_WITHIN, at=at)


def address(session: Session, conversation_id: int) -> str:
    """The keyed hash of where the chat's last code went; "" when there is none."""
    code = session.get(CodeRow, conversation_id, populate_existing=True)
    return "" if code is None else code.address


def counted(session: Session, email: str) -> tuple[str, ...]:
    """What the letters to an address are counted under."""
    return _sends(guesses.email_mac(session, email))


def counted_chat(conversation_id: int) -> str:
    """What the letters that a chat asked for are counted under."""
    return f"sends:{guesses.chat(conversation_id)}"


def _sends(address: str) -> tuple[str, str, str]:
    """Everybody's letters; those of chats that were there before; those of the customer's chats."""
    return f"sends:{address}", f"sends:{address}:before", f"sends:{address}:known"


def drop(session: Session, conversation_id: int) -> None:
    """No digits are right any more, not even those on their way."""
    session.exec(delete(CodeRow).where(col(CodeRow.conversation_id) == conversation_id))


def check(session: Session, conversation_id: int, typed: str, *, at: datetime) -> Verdict:
    """Whether these are the digits; if so, the shopper is the customer from now on.

    "shared" is right, but several customers have the address: the shopper is one of them. "last"
    is wrong for the last time; "over" when no digits can be right any more: too late, or the
    customer's e-mail is another one by now. Unknown addresses fare the same. The conversation is
    locked.
    """
    code = session.get(CodeRow, conversation_id, populate_existing=True)
    if code is None or code.expires_at <= at or code.tries >= TRIES:
        return "over"
    code.tries += 1
    session.flush()
    wanted = code.code_hash or secrets.token_hex(32)
    if not hmac.compare_digest(wanted, _hash(session, code, typed)):
        return "wrong" if code.tries < TRIES else "last"
    customer = session.get(CustomerRow, code.customer_id, populate_existing=True)
    if customer is None or guesses.email_mac(session, customer.email or "") != code.address:
        return "over"
    session.delete(code)
    if len(_with_email(session, customer.email or "")) > 1:
        return "shared"
    identity.bind(session, conversation_id, OneCustomer(customer.id), "code", at=at)
    return "right"


def take(
    session: Session,
    cap: int = SHOP_SENDS,
    *,
    at: datetime,
    limit: int = 20,
    busy: Collection[int] = (),
) -> list[Letter]:
    """Up to `limit` letters to send now, each with new digits whose hash the caller's commit keeps.

    `busy` are conversations to which one is on its way: new digits would make it void. Those to
    nobody are done with here, and so are those that would be more than `cap`.
    """
    taken = []
    id = CodeRow.conversation_id
    for row in letters.due(session, CodeRow, id, at=at, limit=limit, busy=busy):
        customer = session.get(CustomerRow, row.customer_id) if row.customer_id else None
        email = customer.email if customer and customer.email else ""
        known = bool(email) and guesses.email_mac(session, email) == row.address
        if not known or row.attempts >= letters.ATTEMPTS:
            row.status = "dead" if known else "sent"
            continue
        if not guesses.spend(session, _SHOP, cap, SENDS_WITHIN, at=at):
            row.status = "dead"
            log.warning("codes.shop_capped", allowed=cap)
            continue
        guessed_at = guesses.guarded(session, guesses.contact(row.address), at=at)
        length = _LONG if guessed_at else _SHORT
        digits = f"{secrets.randbelow(10**length):0{length}}"
        row.code_hash, row.expires_at = _hash(session, row, digits), at + LIFE
        letters.begun(row, at=at)
        language = cast(Language, row.language)
        taken.append(Letter(row.conversation_id, email, digits, row.code_hash, language))
    session.flush()
    return taken


def sent(session: Session, letter: Letter, *, ok: bool, at: datetime) -> None:
    """A letter has left, or could not: then another is tried after a growing pause."""
    row = session.get(CodeRow, letter.conversation_id, populate_existing=True)
    if row is None or row.status != "open" or row.code_hash != letter.code_hash:
        return  # asked for once more since
    letters.ended(session, row, ok=ok, at=at)


def _hash(session: Session, row: CodeRow, digits: str) -> str:
    return keys.mac(session, "codes.digits", str(row.conversation_id), row.address, digits)
