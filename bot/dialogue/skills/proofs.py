"""The words around a proof of who asks: asking for it, saying how it went, going on afterwards.

It is no skill of the table: proofs are made before a burst is read, and other skills ask for them.

Outcomes come as choices that `typed_proof.py` made ("proof:wrong_code") or a channel ("proof:link")
and are words only. Whether somebody is proven is the scope's to say, which `identity.py` reads.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.customers import proof_dialogue
from bot.customers.proof_dialogue import Proving
from bot.dialogue.decide import Escalate, Reply
from bot.dialogue.outcome import Outcome
from bot.language.contacts import MASK
from bot.language.heads import Judge, unknown
from bot.language.wording import HAN, fold
from bot.orders import asks, change_rules
from bot.orders.numbers import USUAL, Numbers
from bot.orders.request_dialogue import Wish
from bot.texts import t
from bot.types import (
    Author,
    Button,
    Chat,
    Claim,
    Language,
    Message,
    Nobody,
    Reason,
    Say,
    Scope,
    Turn,
)

_PERSON = "person"
_CLAUSE = re.compile(r"[^,.;!?，。；！？]+(?:[,.;!?，。；！？]+|$)")
_MASKED = re.compile(
    rf"(?:[,;，；]\s*)?(?:\b(?:i'?m|i am|it'?s|my e-?mail(?: is)?|with|from)\s+|我是|邮箱是?)?"
    rf"[^\s,;，；{HAN[1:-1]}]*{re.escape(MASK)}[^\s,;，；{HAN[1:-1]}]*",
    re.IGNORECASE,
)
_WORDS = re.compile(rf"\S \S|{HAN}")
_OUTCOMES: Mapping[str, tuple[str, ...]] = {  # what happened → the buttons that help on
    "stopped": (),
    "need_number": (proof_dialogue.CANCEL, _PERSON),
    "need_contact": (proof_dialogue.CANCEL, _PERSON),
    "need_number_shared": (proof_dialogue.CANCEL, _PERSON),
    "need_email": (proof_dialogue.NUMBER, proof_dialogue.CANCEL, _PERSON),
    "code_sent": (proof_dialogue.AGAIN, proof_dialogue.NUMBER, _PERSON),
    "too_many_codes": (proof_dialogue.NUMBER, _PERSON),
    "mail_paused": (proof_dialogue.CANCEL, _PERSON),
    "mail_told": (proof_dialogue.CANCEL,),
    "wrong_code": (proof_dialogue.AGAIN, _PERSON),
    "code_over": (proof_dialogue.AGAIN, proof_dialogue.NUMBER, _PERSON),
    "wrong_order": (proof_dialogue.CODE, _PERSON),
    "step_up": (proof_dialogue.CODE, _PERSON),
    "blocked": (_PERSON,),
    "locked": (),
    "shared": (),
    "link": (proof_dialogue.CODE, proof_dialogue.NUMBER, _PERSON),
    "contact": (proof_dialogue.CODE, proof_dialogue.NUMBER, _PERSON),
    "taken": (proof_dialogue.LEAVE, _PERSON),
    "left": (),
    "proven": (proof_dialogue.CODE, proof_dialogue.NUMBER, _PERSON),
}
_REPORTED = frozenset({"locked", "mail_told"})  # a person is to hear of it
_LABELS = {
    proof_dialogue.CODE: "code",
    proof_dialogue.NUMBER: "number",
    proof_dialogue.AGAIN: "again",
    proof_dialogue.CANCEL: "cancel",
    proof_dialogue.CONTACT: "contact",
    proof_dialogue.LEAVE: "leave",
    _PERSON: "person",
}


@dataclass(frozen=True)
class Behind:
    """What a proof is being asked for: the words that began it, or a wish that it interrupted."""

    text: str
    wish: Wish | None


def behind(claim: Claim) -> Behind | None:
    """What waits for the proof that is going on; None when none is."""
    state = Proving.of(claim.dialogue)
    if state is None:
        return None
    asked = _asked(claim, state)
    return Behind(asked.text if asked else "", Wish.of(state.then))


@dataclass(frozen=True)
class Resumed:
    """A burst with a proof in it: what is left of it to answer, None when nothing is, and what is
    said before that."""

    claim: Claim | None
    before: Outcome


def resume(
    claim: Claim,
    scope: Scope,
    *,
    mail: bool,
    judge: Judge = unknown,
    numbers: Callable[[str], Numbers] = lambda _: USUAL,
) -> Resumed | None:
    """What a proof in the burst means; None when there is none.

    Once proven, the question that the dialogue began with is asked again for the shopper; without
    such a dialogue the last one, if it was about orders.
    """
    outcomes = [name for name in map(_outcome, claim.messages) if name]
    if not outcomes:
        return None
    state = Proving.of(claim.dialogue) or Proving()
    others = tuple(message for message in claim.messages if not _outcome(message))
    last = outcomes[-1]
    proven = last in ("proven", "link", "contact") and not isinstance(scope, Nobody)
    if not proven:
        left = replace(claim, messages=others) if others else None
        return Resumed(left, _said(last, claim.language, mail))
    asked = _asked(claim, state) or _volunteered(claim, judge, numbers)
    if asked is None and not others:
        asked = _asked_in_general(claim, judge)
    messages = (*((asked,) if asked else ()), *others)
    left = replace(claim, messages=messages, dialogue=state.then) if messages else None
    key = "proof.proven" if left or state.then else "proof.proven_alone"
    leave = (proof_dialogue.LEAVE,) if "leave" in claim.chat.traits else ()
    buttons = _buttons(leave, claim.language)
    say = Say(t(key, claim.language), claim.language, buttons, dialogue=state.then or {})
    return Resumed(left, Outcome(Reply(), say, proof=last))


def joined(before: Outcome, after: Outcome) -> Outcome:
    """The answer to what was left of the burst, with the word on the proof before it."""
    first, say = before.say, after.say
    text = f"{first.text}\n\n{say.text}"
    over = say.dialogue if say.dialogue is not None else first.dialogue
    say = replace(say, text=text, dialogue=over, buttons=(*say.buttons, *first.buttons))
    whole = replace(after, say=say, proof=before.proof)
    if isinstance(before.decision, Escalate):
        return replace(whole, decision=before.decision, confidence=before.confidence)
    return whole


def ask(
    claim: Claim,
    language: Language,
    numbers: Numbers,
    *,
    mail: bool,
    then: Mapping[str, Any] | None = None,
) -> Outcome:
    """Ask for proof in the way that is most natural in this chat; the burst is kept as asked, and a
    number in it, as `numbers` finds it, is not asked for.

    `then` is a guided dialogue that goes on afterwards.
    """
    if claim.chat.shared:
        return Outcome(Reply(), Say(t("proof.shared", language), language), proof="asked")
    key, values = _ways(claim.chat, mail)
    asked = claim.messages[-1]
    found = numbers.found(fold(asked.text)) if key == "ask_number" else ()
    number = next(iter(found), "")
    if number:
        key = "ask_named"
    text = t(f"proof.{key}", language)
    if claim.proven:
        text = f"{t('proof.expired', language)}{text}"
    before = Proving.of(claim.dialogue) or Proving()
    then = then if then is not None else before.then
    state = Proving(asked=asked.turn_id, number=number, then=then)
    say = Say(text, language, _buttons(values, language), dialogue=state.kept())
    return Outcome(Reply(), say, proof="asked", acts=("Prove",))


def _ways(chat: Chat, mail: bool) -> tuple[str, tuple[str, ...]]:
    """The text that asks, and the buttons beside it."""
    if "contact" in chat.traits:
        return "ask_contact", (
            proof_dialogue.CONTACT,
            *((proof_dialogue.CODE,) if mail else ()),
            _PERSON,
        )
    return ("ask_mail" if mail else "ask_number"), (_PERSON,)


def _said(outcome: str, language: Language, mail: bool) -> Outcome:
    failed = {"link": "link_refused", "contact": "contact_unknown", "proven": "over"}
    values = [
        value
        for value in _OUTCOMES.get(outcome, (_PERSON,))
        if mail or value not in (proof_dialogue.CODE, proof_dialogue.AGAIN)
    ]
    key = failed.get(outcome, outcome if outcome in _OUTCOMES else "over")
    if key == "step_up" and not mail:
        key = "step_up_alone"
    say = Say(t(f"proof.{key}", language), language, _buttons(values, language))
    decision = Escalate(Reason.GUESSING) if outcome in _REPORTED else Reply()
    return Outcome(decision, say, proof=outcome)


def _buttons(values: tuple[str, ...] | list[str], language: Language) -> tuple[Button, ...]:
    return tuple(Button(t(f"proof.button_{_LABELS[each]}", language), each) for each in values)


def _outcome(message: Message) -> str | None:
    choice = message.choice or ""
    return (
        choice.removeprefix(proof_dialogue.PROOF)
        if choice.startswith(proof_dialogue.PROOF)
        else None
    )


def _asked(claim: Claim, state: Proving) -> Message | None:
    """The question that the dialogue began with."""
    if state.asked is None:
        return None
    turn = next((turn for turn in claim.history if turn.id == state.asked), None)
    return _again(claim, turn) if turn and turn.author is Author.SHOPPER else None


def _asked_in_general(claim: Claim, judge: Judge) -> Message | None:
    """The last question, where only the shop's rules answered it: "can I still cancel?"."""
    said = (turn for turn in reversed(claim.history) if turn.author is Author.SHOPPER)
    turn = next(said, None)
    asked = asks.read(turn.text, judge=judge) if turn else None
    if turn is None or asked is None or (asked.kind == "order" and asked.sure):
        return None
    return _again(claim, turn)


def _again(claim: Claim, turn: Turn) -> Message:
    """What was said in `turn`, as if it had been asked just now."""
    return replace(claim.messages[-1], turn_id=turn.id, text=turn.text, choice=None)


def _volunteered(claim: Claim, judge: Judge, numbers: Callable[[str], Numbers]) -> Message | None:
    """The proof's own message, where it is more than the proof: "where is W-2001? I'm a•••@…"."""
    message = next(each for each in claim.messages[::-1] if _outcome(each))
    if message.choice != f"{proof_dialogue.PROOF}proven":
        return None
    said = " ".join(_MASKED.sub(" ", message.text).split())
    wished = change_rules.spoken(said, judge).wished or asks.read(said, numbers(said), judge)
    if wished is None or not _WORDS.search(said):
        clauses = [part for part in _CLAUSE.findall(message.text) if MASK not in part]
        said = "".join(clauses).strip()
    return replace(message, text=said, choice=None) if _WORDS.search(said) else None
