"""Six digits by e-mail: asked for, sent, typed. Who types them is the customer with that address.

An asked-for code is a row, made whether anybody has the address or not; the digits themselves are
made when the letter leaves and are nowhere stored, only a keyed hash of them. So neither answers,
nor their timing, nor the table tell which addresses the shop knows. Letters are few: so many for an
address, for a chat and, by whoever types however many addresses, for the whole shop in an hour.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

import structlog
from sqlmodel import Session, col, delete, select

from bot import guesses, identity, keys
from bot.contacts import email_key
from bot.conversation import saved
from bot.leases import backoff
from bot.tables import CodeRow, ConversationRow, CustomerRow
from bot.types import Language, OneCustomer

log = structlog.get_logger()
LIFE = timedelta(minutes=10)
TRIES = 3
SENDS = 3
SENDS_WITHIN = timedelta(hours=1)
SHOP_SENDS = 200
"""Letters of the whole shop within `SENDS_WITHIN`, unless `Session.info[SHOP_CAP]` has a number."""

SHOP_CAP = "codes.shop_cap"
_SHOP, _TOLD = "sends:shop", "sends:shop:told"
ASKED = "codes.asked"  # the key in `Session.info` that says: a letter waits
_SENDING = timedelta(seconds=60)  # after which a letter whose sender died is tried again
_ATTEMPTS = 4

Verdict = Literal["right", "wrong", "last", "over"]


@dataclass(frozen=True)
class Letter:
    """A code on its way out; it exists in memory alone."""

    conversation_id: int
    to: str
    code: str
    code_hash: str
    language: Language


def ask(session: Session, row: ConversationRow, email: str, *, at: datetime) -> bool:
    """Have a code sent to `email`; False when that address has had too many within the hour.

    The caller holds the conversation's lock.
    """
    query = select(CustomerRow.id).where(CustomerRow.email == email_key(email)).limit(2)
    customers = session.exec(query).all()
    known = customers[0] if len(customers) == 1 else None
    return _ask(session, row, _address(session, email), known, at)


def ask_again(session: Session, row: ConversationRow, *, at: datetime) -> bool:
    """Once more to the address of the last code; False when there was none, or too many."""
    last = session.get(CodeRow, saved(row.id))
    return last is not None and _ask(session, row, last.address, last.customer_id, at)


def _ask(
    session: Session, row: ConversationRow, address: str, customer_id: str | None, at: datetime
) -> bool:
    if not guesses.spend(session, _sends(address), SENDS, SENDS_WITHIN, at=at):
        return False
    code = session.get(CodeRow, saved(row.id))
    if code is None:
        code = CodeRow(conversation_id=saved(row.id), address=address, expires_at=at + LIFE)
        session.add(code)
    code.address, code.customer_id, code.language = address, customer_id, row.language
    code.code_hash, code.tries, code.expires_at = None, 0, at + LIFE
    code.status, code.attempts, code.next_at = "open", 0, at
    session.flush()
    session.info[ASKED] = True
    return True


def paused(session: Session, *, at: datetime) -> bool:
    """Whether the shop has sent as many letters as it may, so that nobody gets one by now."""
    return guesses.spent(session, _SHOP, SENDS_WITHIN, at=at) >= _cap(session)


def first_told(session: Session, *, at: datetime) -> bool:
    """Whether this is the one who is to call a person about the pause: the hour's first."""
    return guesses.spend(session, _TOLD, 1, SENDS_WITHIN, at=at)


def subject(session: Session, conversation_id: int) -> str | None:
    """What `guesses` counts wrong codes under, beside the chat: the address that it went to."""
    code = session.get(CodeRow, conversation_id, populate_existing=True)
    return None if code is None else f"address:{code.address}"


def counted(session: Session, email: str) -> tuple[str, str]:
    """What `guesses` keeps of an address: how many codes went to it, and how many were wrong."""
    address = _address(session, email)
    return _sends(address), f"address:{address}"


def counted_chat(conversation_id: int) -> str:
    """What the letters that a chat asked for are counted under."""
    return _sends(guesses.chat(conversation_id))


def _sends(whose: str) -> str:
    return f"sends:{whose}"


def drop(session: Session, conversation_id: int) -> None:
    """No digits are right any more, not even those on their way."""
    session.exec(delete(CodeRow).where(col(CodeRow.conversation_id) == conversation_id))


def check(session: Session, conversation_id: int, typed: str, *, at: datetime) -> Verdict:
    """Whether these are the digits; if so, the shopper is the customer from now on.

    "last" is wrong for the last time; "over" when no digits can be right any more: too late, or the
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
    if customer is None or _address(session, customer.email or "") != code.address:
        return "over"
    session.delete(code)
    identity.bind(session, conversation_id, OneCustomer(customer.id), "code", at=at)
    return "right"


def waiting(session: Session, *, at: datetime) -> bool:
    """Whether `take` may find something: a cheap look."""
    due = select(CodeRow.conversation_id).where(CodeRow.status == "open", CodeRow.next_at <= at)
    return session.exec(due.limit(1)).first() is not None


def take(session: Session, *, at: datetime) -> list[Letter]:
    """The letters to send now, each with new digits whose hash the caller's commit keeps.

    Those to nobody are done with here.
    """
    query = (
        select(CodeRow)
        .where(CodeRow.status == "open", CodeRow.next_at <= at)
        .order_by(col(CodeRow.next_at))
        .limit(20)
        .with_for_update(skip_locked=True)
    )
    letters = []
    for row in session.exec(query).all():
        customer = session.get(CustomerRow, row.customer_id) if row.customer_id else None
        known = customer is not None and _address(session, customer.email or "") == row.address
        if not known or customer is None or customer.email is None or row.attempts >= _ATTEMPTS:
            row.status = "dead" if known else "sent"
            continue
        if not guesses.spend(session, _SHOP, _cap(session), SENDS_WITHIN, at=at):
            row.status = "dead"
            log.warning("codes.shop_capped", allowed=_cap(session))
            continue
        digits = f"{secrets.randbelow(10**6):06}"
        row.code_hash, row.expires_at = _hash(session, row, digits), at + LIFE
        row.attempts, row.next_at = row.attempts + 1, at + _SENDING
        letters.append(
            Letter(
                row.conversation_id,
                customer.email,
                digits,
                row.code_hash,
                cast(Language, row.language),
            )
        )
    session.flush()
    return letters


def sent(session: Session, letter: Letter, *, ok: bool, at: datetime) -> None:
    """A letter has left, or could not: then another is tried after a growing pause."""
    row = session.get(CodeRow, letter.conversation_id, populate_existing=True)
    if row is None or row.status != "open" or row.code_hash != letter.code_hash:
        return  # asked for once more since
    if ok:
        row.status = "sent"
    else:
        row.next_at = at + backoff(row.attempts)
    session.flush()


def _cap(session: Session) -> int:
    return int(session.info.get(SHOP_CAP, SHOP_SENDS))


def _address(session: Session, email: str) -> str:
    return keys.mac(session, "codes.address", email_key(email))


def _hash(session: Session, row: CodeRow, digits: str) -> str:
    return keys.mac(session, "codes.digits", str(row.conversation_id), row.address, digits)
