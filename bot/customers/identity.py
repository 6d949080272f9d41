"""Who a conversation's shopper has proven to be, and the proofs that need no dialogue.

A proof is a row that this module writes; `scope` reads it, and every look-up of orders takes the
scope from there, so neither a text nor a model can name an identity. A proof counts for half an
hour after the shopper's last message, for twelve hours at most, and only as long as the customer's
e-mail stays the same. With each proof, and with its end, the chat's web session is another one.
Proofs that are typed (an order's number and e-mail, a code) are in `typed_proof.py`.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

import structlog
from sqlmodel import Session, col, delete, select

from bot.conversations import conversation
from bot.conversations.conversation import chat_of, saved
from bot.database import keys
from bot.database.tables import ConversationRow, CustomerRow, LinkTokenRow, ProofRow
from bot.errors import ConflictError, NotFoundError
from bot.language.contacts import email_key, phone_digits
from bot.types import Nobody, OneCustomer, OneOrder, Scope

log = structlog.get_logger()
SILENCE = timedelta(minutes=30)
"""After so long without a word from the shopper, a proof counts no more."""

LONGEST = timedelta(hours=12)
"""After so long a proof counts no more, however busy the chat is."""

LINK_LIFE = timedelta(hours=1)
_NONCE, _SIGNATURE, _EXPIRY = 16, 16, 4  # bytes; 48 characters in all: Telegram carries 64


def scope(session: Session, conversation_id: int, *, at: datetime) -> Scope:
    """What the conversation's shopper may see at this moment."""
    query = (
        select(ProofRow, ConversationRow, CustomerRow.email)
        .join(ConversationRow, col(ConversationRow.id) == ProofRow.conversation_id)
        .join(CustomerRow, col(CustomerRow.id) == ProofRow.customer_id)
        .where(ProofRow.conversation_id == conversation_id)
        .execution_options(populate_existing=True)
    )
    found = session.exec(query).one_or_none()
    if found is None:
        return Nobody()
    proof, row, email = found
    if row.proven_until is None or row.proven_until <= at or chat_of(row).shared:
        return Nobody()
    if not hmac.compare_digest(proof.email_hash, _hash(email)):
        return Nobody()
    if proof.order_id is not None:
        return OneOrder(proof.customer_id, proof.order_id)
    return OneCustomer(proof.customer_id)


def used(session: Session, row: ConversationRow, *, at: datetime) -> None:
    """The shopper said something: a proof that still counts goes on counting, for its time."""
    if row.proven_until is None or row.proven_until <= at:
        return
    if proof := session.get(ProofRow, saved(row.id)):
        row.proven_until = min(at + SILENCE, proof.proven_at + LONGEST)


def bind(
    session: Session,
    conversation_id: int,
    proven: OneOrder | OneCustomer,
    way: str,
    *,
    at: datetime,
) -> Scope:
    """Write down that the shopper has proven this; it replaces what they had proven before.

    For whoever has checked the proof; `way` names it. The conversation gets locked. In a chat that
    several people read, nothing is proven.
    """
    customer = session.get(CustomerRow, proven.customer_id)
    if customer is None:
        raise NotFoundError("identity.no_customer", customer=proven.customer_id)
    row = conversation.lock(session, conversation_id)
    if chat_of(row).shared:
        log.info("identity.shared_chat", conversation=conversation_id, way=way)
        return Nobody()
    proof = session.get(ProofRow, conversation_id)
    if proof is None:
        proof = ProofRow(conversation_id=conversation_id, customer_id="", way="")
        session.add(proof)
    if proof.customer_id not in ("", proven.customer_id):
        row.focus = None  # "it" was another customer's
    proof.customer_id = proven.customer_id
    proof.order_id = proven.order_id if isinstance(proven, OneOrder) else None
    proof.way, proof.proven_at, proof.email_hash = way, at, _hash(customer.email)
    row.proven_until = at + SILENCE
    row.session += 1
    session.flush()
    log.info("identity.proven", conversation=conversation_id, way=way)
    return proven


def forget(session: Session, conversation_id: int) -> None:
    """The shopper is nobody again, as when they say so or somebody else takes the chat."""
    row = conversation.lock(session, conversation_id)
    session.exec(delete(ProofRow).where(col(ProofRow.conversation_id) == conversation_id))
    row.proven_until = None
    row.focus = None
    row.session += 1
    session.flush()


def make_link(
    session: Session, customer_id: str, *, at: datetime, life: timedelta = LINK_LIFE
) -> str:
    """A token (48 characters of A-Z a-z 0-9 - _) that proves once to be `customer_id`.

    Whoever has it is taken for the customer, so it goes to the customer alone: into a page that
    they are logged in to, into a message to them. `NotFoundError` for an unknown customer.
    """
    if session.get(CustomerRow, customer_id) is None:
        raise NotFoundError("identity.no_customer", customer=customer_id)
    sweep(session, at=at)
    expires = int((at + life).timestamp())
    body = expires.to_bytes(_EXPIRY) + secrets.token_bytes(_NONCE)
    token = base64.urlsafe_b64encode(body + _sign(session, body)).decode()
    session.add(
        LinkTokenRow(
            token_hash=_digest(token),
            customer_id=customer_id,
            expires_at=datetime.fromtimestamp(expires, UTC),
        )
    )
    session.flush()
    return token


def sweep(session: Session, *, at: datetime) -> None:
    """Delete the links that have expired."""
    session.exec(delete(LinkTokenRow).where(col(LinkTokenRow.expires_at) <= at))


def prove_by_link(session: Session, conversation_id: int, token: str, *, at: datetime) -> Scope:
    """Use a link's token up; `Nobody` when it is forged, used in another chat, or too old.

    The same token in the same conversation proves again until it expires: what could not be
    acknowledged to the channel comes twice. `ConflictError` in a chat that is another customer's.
    """
    if not _is_ours(session, token):
        log.warning("identity.link_refused", conversation=conversation_id, cause="forged")
        return Nobody()
    query = select(LinkTokenRow).where(LinkTokenRow.token_hash == _digest(token))
    link = session.exec(query.with_for_update()).one_or_none()
    if link is None or link.expires_at <= at:
        log.info("identity.link_refused", conversation=conversation_id, cause="expired")
        return Nobody()
    if link.conversation_id not in (None, conversation_id):
        log.warning("identity.link_refused", conversation=conversation_id, cause="used")
        return Nobody()
    _refuse_anothers(session, conversation_id, link.customer_id)
    scope = bind(session, conversation_id, OneCustomer(link.customer_id), "link", at=at)
    if scope != Nobody():
        link.conversation_id = conversation_id
    return scope


def used_here(session: Session, conversation_id: int, token: str) -> bool:
    """Whether this conversation has used the link up: whoever shows it again is who showed it."""
    link = session.get(LinkTokenRow, _digest(token))
    return link is not None and link.conversation_id == conversation_id


def prove_by_contact(session: Session, conversation_id: int, phone: str, *, at: datetime) -> Scope:
    """The one customer with this phone number; `Nobody` when there is none, or more than one.

    `phone` comes with its country code, with or without the "+". The channel vouches for it being
    the sender's own: a number that somebody typed proves nothing. `ConflictError` in a chat that is
    another customer's.
    """
    digits = phone_digits(f"+{phone.strip().removeprefix('+')}")
    if digits is None:
        return Nobody()
    query = select(CustomerRow.id).where(CustomerRow.phone == digits).limit(2)
    customers = session.exec(query).all()
    if len(customers) != 1:
        log.info("identity.contact_unknown", conversation=conversation_id, matches=len(customers))
        return Nobody()
    _refuse_anothers(session, conversation_id, customers[0])
    return bind(session, conversation_id, OneCustomer(customers[0]), "contact", at=at)


def _refuse_anothers(session: Session, conversation_id: int, customer_id: str) -> None:
    """`ConflictError` where somebody else has proven who they are and has not left: whoever comes
    next must neither see what was said nor be taken for them."""
    row = conversation.lock(session, conversation_id)
    if conversation.last_proven(session, row) not in (None, customer_id):
        log.warning("identity.taken", conversation=conversation_id)
        raise ConflictError("identity.taken")


def _hash(email: str | None) -> str:
    return _digest(email_key(email or ""))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _sign(session: Session, body: bytes) -> bytes:
    return hmac.digest(keys.key(session, "link"), body, "sha256")[:_SIGNATURE]


def _is_ours(session: Session, token: str) -> bool:
    """Whether the token carries our signature: what does not is never looked up."""
    if len(token) > 64:
        return False
    try:
        raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except ValueError:  # not base64, or not ASCII
        return False
    body, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    return hmac.compare_digest(_sign(session, body), signature)
