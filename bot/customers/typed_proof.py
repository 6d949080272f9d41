"""A proof that is typed: checked, counted and hidden before the message reaches the disk.

It runs inside the transaction that accepts the message, so that neither a code nor an address or a
phone number is ever stored as the shopper typed it, and so that a kill between "accepted" and
"answered" loses no proof. What the shopper hears of it comes later, from the message's choice
(`dialogue/skills/proofs.py`). A choice is only words and proves nothing; `identity.scope` reads
what is proven.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlmodel import Session

from bot import metrics
from bot.conversations import conversation
from bot.conversations.conversation import chat_of, saved
from bot.conversations.inbox import Kept, Watch
from bot.customers import codes, guesses, identity, matching, notices, proof_dialogue
from bot.customers.guesses import Tried
from bot.customers.proof_dialogue import Ask, CheckCode, CheckOrder, Proving, SendCode, Stop
from bot.database.tables import ConversationRow, CustomerRow
from bot.language import steering
from bot.language.contacts import EMAIL, masked_email, masked_phone
from bot.language.readable import readable
from bot.language.wording import has_han, plain
from bot.orders import store
from bot.orders.record import number_of
from bot.types import Incoming, OneCustomer, Status

log = structlog.get_logger()
_NO_WORDS = re.compile(r"[A-Za-z]{0,4}-?\d[\d-]*|[^A-Za-z]+")
HIDDEN_CODE = "[······]"
_PHONE_AND_NUMBER = 11  # digits at least: ten of a phone, one of an order's number


@dataclass(frozen=True)
class Proofs(Watch):
    """Takes the proofs in what is accepted; one that counts already goes on counting.

    `mail` says that codes can be sent, `letters` how many the shop sends in an hour at most, and
    `country`, as "DE", of which country a phone number without a code is.
    """

    mail: bool = False
    letters: int = codes.SHOP_SENDS
    country: str | None = None

    def keep(
        self, session: Session, row: ConversationRow, incoming: Incoming, *, at: datetime
    ) -> Kept:
        kept = self._receive(session, row, incoming, at)
        identity.used(session, row, at=at)
        return kept

    def forms(self, text: str) -> tuple[str, ...]:
        return (text, *(hidden(text, code=code) for code in (False, True)))

    def _receive(
        self, session: Session, row: ConversationRow, incoming: Incoming, at: datetime
    ) -> Kept:
        """Take a message's part in a proof; most messages have none and pass as they are.

        The caller holds the conversation's lock. A choice that only this module makes is dropped.
        """
        text, choice = incoming.text, incoming.choice
        if (
            choice is not None
            and choice.startswith(proof_dialogue.PROOF)
            and choice not in proof_dialogue.PRESSED
        ):
            choice = None
        known = row.proven_until is not None
        if choice == proof_dialogue.LEAVE or (choice is None and known and steering.logs_out(text)):
            return _leave(session, row, text)
        if row.dialogue is not None and row.updated_at + identity.SILENCE <= at:
            row.dialogue = None
        state = Proving.of(row.dialogue)
        read = readable(text)
        begun = None if state else _begins(session, row, read, choice, at)
        if state is None and begun is None:
            return Kept(text, choice)
        if chat_of(row).shared:
            return Kept(hidden(text, code=False), f"{proof_dialogue.PROOF}shared")
        state = state or begun or Proving()
        if row.status == Status.AGENT:
            # The proof waits while a person has the chat; a code is still nobody's business.
            return Kept(hidden(text, code=True) if state.coded else text, choice)
        shop = store.numbers(session)
        state, act = proof_dialogue.step(state, read, choice, mail=self.mail, shop=shop)
        if act is None:
            return Kept(text, choice)
        outcome, kept = _Step(self, session, row, state, incoming.address, at).act(act)
        row.dialogue = kept.kept() if kept is not None else None
        log.info("proof.typed", conversation=row.id, outcome=outcome)
        shown = text if choice is not None else hidden(text, code=isinstance(act, CheckCode))
        words = _NO_WORDS.sub(" ", EMAIL.sub(" ", text)).split()
        bare = len(words) <= 2 and not has_han(text)
        return Kept(shown, f"{proof_dialogue.PROOF}{outcome}", proof=bare)


@dataclass(frozen=True)
class _Step:
    """A message's step in a proof whose dialogue is at `state`, taken in the transaction that
    accepts it; `address` is the network address that the message came from."""

    proofs: Proofs
    session: Session
    row: ConversationRow
    state: Proving
    address: str
    at: datetime

    def act(self, act: proof_dialogue.Act) -> tuple[str, Proving | None]:
        """Do it; the outcome's name, and how the dialogue goes on."""
        session, state, country = self.session, self.state, self.proofs.country
        conversation_id = saved(self.row.id)
        if isinstance(act, Stop):
            codes.drop(session, conversation_id)
            return "stopped", None
        if isinstance(act, SendCode):
            return self._send(act)
        if isinstance(act, CheckCode):
            return self._check_code(act)
        if isinstance(act, CheckOrder):
            return self._check_order(act)
        if isinstance(act, Ask):
            if act.what == "number" and not (act.email or act.phone):
                codes.drop(session, conversation_id)  # six digits are a number from now on
            contact = matching.typed(session, act.email, act.phone, country)
            if contact:
                state = replace(state, contact=contact, mailed=False)
                if customer := matching.owner(session, act.email, act.phone, country):
                    guesses.belongs(session, guesses.contact(contact), customer)
            return f"need_{act.what}", state
        raise ValueError(act)

    def _send(self, act: SendCode) -> tuple[str, Proving]:
        session, row, at = self.session, self.row, self.at
        conversation_id = saved(row.id)
        typed = matching.typed(session, act.email, None)
        known = _knows(session, row, typed or codes.address(session, conversation_id), "")
        state = replace(self.state, mailed=False)
        if codes.paused(session, self.proofs.letters, known=known, at=at):
            told = "mail_told" if codes.first_told(session, at=at) else "mail_paused"
            contact = typed or state.contact
            return told, replace(state, way="number", contact=contact, coded=False)
        chat = codes.counted_chat(conversation_id)
        if not guesses.spend(session, chat, 2 * codes.SENDS, codes.SENDS_WITHIN, at=at):
            log.warning("proof.codes_capped", conversation=row.id)
            return "too_many_codes", state
        if act.email is None:
            asked = codes.ask_again(session, row, known=known, at=at)
        else:
            asked = codes.ask(session, row, act.email, known=known, at=at)
        return ("code_sent" if asked else "too_many_codes"), replace(state, coded=asked)

    def _check_code(self, act: CheckCode) -> tuple[str, Proving]:
        """Compare the code. Guesses at it are bounded by its letters, so that no other chat's can
        close this one: each code has its own chat and three tries."""
        session, row, state, at = self.session, self.row, self.state, self.at
        conversation_id = saved(row.id)
        contact = codes.address(session, conversation_id)
        tried = Tried(
            conversation_id,
            row.created_at,
            contact=guesses.contact(contact),
            address=guesses.address(session, self.address),
            known=True,
        )
        if guesses.assess(session, tried, at=at) == "paused":
            return "blocked", state
        verdict = codes.check(session, conversation_id, act.code, at=at)
        if verdict == "right":
            return _proven(session, conversation_id, state)
        if verdict == "shared":
            mailed = replace(state, way="number", contact=contact, coded=False, mailed=True)
            return "need_number_shared", mailed
        if verdict != "over" and self._wrong(tried, ""):
            return "locked", state
        return ("wrong_code" if verdict == "wrong" else "code_over"), state

    def _check_order(self, act: CheckOrder) -> tuple[str, Proving]:
        """Compare number and contact, where this chat may have them compared at all.

        Whether they are right is not looked at in a chat that may not: its answer tells nothing.
        """
        session, row, state, at = self.session, self.row, self.state, self.at
        country = self.proofs.country
        number = number_of(act.number)
        contact = matching.typed(session, act.email, act.phone, country) or act.contact
        mailed = state.mailed and contact == state.contact
        tried = Tried(
            saved(row.id),
            row.created_at,
            contact=guesses.contact(contact),
            order=guesses.order(session, number),
            address=guesses.address(session, self.address),
            known=mailed or _knows(session, row, contact, number),
        )
        left = contact if mailed else ""
        kept = replace(state, number="", contact=left, coded=False, mailed=mailed)
        verdict = guesses.assess(session, tried, at=at)
        if verdict != "allowed":
            metrics.proof_tried(verdict)
            return ("blocked" if verdict == "paused" else "step_up"), kept
        order = matching.order_of(session, number, contact)
        if order is None:
            named = act.email or act.phone
            if named and (customer := matching.owner(session, act.email, act.phone, country)):
                guesses.belongs(session, tried.contact, customer)
            reported = self._wrong(tried, number)
            # What is typed next mends the one or the other: both stay.
            again = replace(kept, number=act.number, contact=contact)
            return ("locked" if reported else "wrong_order"), again
        whole = OneCustomer(order.customer_id)
        identity.bind(session, saved(row.id), whole if mailed else order, "number", at=at)
        return _proven(session, saved(row.id), kept)

    def _wrong(self, tried: Tried, number: str) -> bool:
        """Count a wrong try, and raise the alarm where it becomes an attack; True when this chat is
        where a person is called to."""
        session, row, at = self.session, self.row, self.at
        metrics.proof_tried("wrong")
        reached = guesses.wrong(session, tried, at=at)
        attacked = reached - {"chat"}
        for kind in sorted(attacked):
            log.warning("proof.attack", subject=kind, conversation=row.id)
            metrics.proof_attacked(kind)
        if self.proofs.mail:
            owner = guesses.owner(session, tried.contact) if "contact" in attacked else None
            told = {owner, matching.buyer(session, number) if "order" in attacked else None}
            for customer in told - {None}:
                notices.put(session, str(customer), row.language, at=at)
        return "chat" in reached or (bool(attacked) and guesses.first_alarm(session, at=at))


def _leave(session: Session, row: ConversationRow, text: str) -> Kept:
    """The shopper logs out, or is somebody else: nobody is proven any more."""
    identity.forget(session, saved(row.id))
    codes.drop(session, saved(row.id))
    row.dialogue = None
    log.info("proof.left", conversation=row.id)
    return Kept(text, f"{proof_dialogue.PROOF}left", proof=True)


def hidden(text: str, *, code: bool) -> str:
    """`text` as it may be stored: addresses and phones masked, so are six digits of a code."""
    text = EMAIL.sub(lambda found: masked_email(found.group()), plain(text))
    if code:
        text = proof_dialogue.DIGITS.sub(HIDDEN_CODE, text)
    phone = proof_dialogue.read(text).phone
    return text.replace(phone, masked_phone(phone)) if phone else text


def _begins(
    session: Session, row: ConversationRow, text: str, choice: str | None, at: datetime
) -> Proving | None:
    """The dialogue that a message without one begins: by a button, by bringing all at once, or by
    an e-mail address and hardly a word ("hi, jack here, …"), to which the number is asked for.

    Whoever has proven to be a customer is not made less by naming one order.
    """
    whole = Proving(then=row.dialogue)
    if choice is not None:
        return whole if choice in (proof_dialogue.CODE, proof_dialogue.NUMBER) else None
    mailed = "@" in text or "＠" in text
    if not mailed and sum(map(str.isdigit, text)) < _PHONE_AND_NUMBER:
        return None
    if row.proven_until is not None and row.proven_until > at:
        return None
    given = proof_dialogue.read(text, store.numbers(session))
    if given.number is not None:
        return whole if (given.email if mailed else given.phone) is not None else None
    # While a person is waited for, an address alone is for them: it stays in the conversation.
    alone = row.dialogue is None and row.status == Status.BOT and proof_dialogue.address_alone(text)
    return Proving(way="number") if alone else None


def _proven(session: Session, conversation_id: int, state: Proving) -> tuple[str, Proving]:
    """The dialogue stays until the question that it began with is answered."""
    metrics.proof_tried("right")
    codes.drop(session, conversation_id)
    return "proven", replace(state, number="", contact="", coded=False, mailed=False)


def _knows(session: Session, row: ConversationRow, contact: str, number: str) -> bool:
    """Whether this chat has proven before to be the customer with this contact or order."""
    customer_id = conversation.last_proven(session, row)
    customer = session.get(CustomerRow, customer_id) if customer_id else None
    if customer is None:
        return False
    theirs = matching.stored(session, customer.email, customer.phone)
    return contact in theirs or (bool(number) and matching.buyer(session, number) == customer.id)
