"""A proof of who asks, as a burst sees it: asked for, and gone on from once it is made.

It is no skill of the table: proofs are made before a burst is read, and other skills ask for them.
The words are in `proof_words.py`.

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
from bot.dialogue.skills import proof_words
from bot.language.contacts import MASK
from bot.language.heads import Judge, unknown
from bot.language.wording import HAN, fold
from bot.orders import asks, change_rules
from bot.orders.numbers import USUAL, Numbers
from bot.orders.request_dialogue import Wish
from bot.texts import t
from bot.types import Author, Claim, Language, Message, Nobody, Say, Scope, Turn

_CLAUSE = re.compile(r"[^,.;!?，。；！？]+(?:[,.;!?，。；！？]+|$)")
_MASKED = re.compile(
    rf"(?:[,;，；]\s*)?(?:\b(?:i'?m|i am|it'?s|my e-?mail(?: is)?|with|from)\s+|我是|邮箱是?)?"
    rf"[^\s,;，；{HAN[1:-1]}]*{re.escape(MASK)}[^\s,;，；{HAN[1:-1]}]*",
    re.IGNORECASE,
)
_WORDS = re.compile(rf"\S \S|{HAN}")


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
        return Resumed(left, proof_words.said(last, claim.language, mail))
    asked = _asked(claim, state) or _volunteered(claim, judge, numbers)
    if asked is None and not others:
        asked = _asked_in_general(claim, judge)
    messages = (*((asked,) if asked else ()), *others)
    left = replace(claim, messages=messages, dialogue=state.then) if messages else None
    key = "proof.proven" if left or state.then else "proof.proven_alone"
    leave = (proof_dialogue.LEAVE,) if "leave" in claim.chat.traits else ()
    buttons = proof_words.buttons(leave, claim.language)
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
    key, values = proof_words.ways(claim.chat, mail)
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
    say = Say(text, language, proof_words.buttons(values, language), dialogue=state.kept())
    return Outcome(Reply(), say, proof="asked", acts=("Prove",))


def _outcome(message: Message) -> str | None:
    start, proof, outcome = (message.choice or "").partition(proof_dialogue.PROOF)
    return outcome if proof and not start else None


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
