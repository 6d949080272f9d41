"""The policy as a table: each rule, the order of the rules, and the queue's manners."""

from dataclasses import replace
from typing import Any

import pytest

from bot.dialogue.decide import (
    CLARIFICATIONS,
    NOTHING_ALIKE,
    SOUR_TREND,
    TREND_MESSAGES,
    Clarify,
    Escalate,
    Evidence,
    Policy,
    Reply,
    decide,
)
from bot.types import Candidate, Reason, Status

POLICY = Policy(reply_at=0.8, clarify_at=0.3, assume_at=0.6)
SURE, LIKELY, UNSURE, LOST = 0.8, 0.61, 0.3, 0.29


def found(
    entry_id: str = "return-window", score: float = 1.0, dense: float = 0.6, lexical: float = 0.4
) -> Candidate:
    return Candidate(
        entry_id=entry_id,
        language="en",
        title="How long do I have to return something?",
        text="30 days.",
        source="faq/returns.en.yaml",
        kind="faq",
        dense=dense,
        dense_mean=0.5,
        lexical=lexical,
        overlap=0.3,
        coverage=0.3,
        score=score,
    )


FIRST, SECOND, THIRD, FOURTH = (found(entry_id) for entry_id in "abcd")
ALL = (FIRST, SECOND, THIRD, FOURTH)
OTHER = replace(FIRST, contradicts="e6")
PRODUCT = replace(found("p"), kind="product")
FOREIGN = found(dense=NOTHING_ALIKE - 0.01)
SOUR = {"trend": SOUR_TREND, "moods_read": TREND_MESSAGES}
ASKED_TWICE = {"clarified": CLARIFICATIONS}
ASKED_FOR, ANGRY = Escalate(Reason.ASKED_FOR_PERSON), Escalate(Reason.NEGATIVE_MOOD)


@pytest.mark.parametrize(
    ("evidence", "decision"),
    [
        # A sure answer, a choice, small talk.
        ({"candidates": ALL, "confidence": SURE}, Reply(FIRST)),
        # What the question contradicts is at most asked about, however sure; a button still counts.
        ({"candidates": (OTHER, SECOND), "confidence": SURE}, Clarify((OTHER, SECOND))),
        ({"candidates": (OTHER, SECOND), "confidence": LIKELY}, Clarify((OTHER, SECOND))),
        ({"candidates": (OTHER,), "confidence": LOST}, Escalate(Reason.LOW_CONFIDENCE)),
        ({"candidates": (OTHER,), "confidence": SURE, "chosen": OTHER}, Reply(OTHER)),
        ({"candidates": (PRODUCT, OTHER), "confidence": LIKELY}, Clarify((PRODUCT, OTHER))),
        ({"chosen": SECOND}, Reply(SECOND)),
        ({"spoken": True}, Reply(spoken=True)),
        ({"chosen": SECOND, "candidates": ALL, "confidence": SURE}, Reply(SECOND)),
        # Not sure: ask, at most three things; lost: a person.
        ({"candidates": ALL, "confidence": 0.799}, Reply(FIRST, assumed=True)),
        ({"candidates": ALL, "confidence": LIKELY}, Reply(FIRST, assumed=True)),
        ({"candidates": ALL, "confidence": 0.59}, Clarify((FIRST, SECOND, THIRD))),
        ({"candidates": ALL, "confidence": LIKELY, "bare": True}, Clarify((FIRST, SECOND, THIRD))),
        ({"candidates": (FIRST,), "confidence": LIKELY, "bare": True}, Reply(FIRST, assumed=True)),
        # A product answers no question that the catalogue has not taken.
        ({"candidates": (PRODUCT, SECOND), "confidence": LIKELY}, Reply(SECOND, assumed=True)),
        ({"candidates": (PRODUCT,), "confidence": LIKELY}, Clarify((PRODUCT,))),
        ({"candidates": ALL, "confidence": UNSURE}, Clarify((FIRST, SECOND, THIRD))),
        ({"candidates": (FIRST,), "confidence": UNSURE}, Clarify((FIRST,))),
        ({"candidates": ALL, "confidence": LOST}, Escalate(Reason.LOW_CONFIDENCE)),
        # Another subject altogether; common words alone do not make it ours.
        ({"candidates": (FOREIGN,), "confidence": LOST}, Escalate(Reason.OUT_OF_SCOPE)),
        ({}, Escalate(Reason.OUT_OF_SCOPE)),
        ({"candidates": (found(dense=0.1),), "confidence": LOST}, Escalate(Reason.OUT_OF_SCOPE)),
        ({"candidates": (found(lexical=0.0),), "confidence": 0}, Escalate(Reason.LOW_CONFIDENCE)),
        ({"candidates": (FOREIGN,), "confidence": UNSURE}, Clarify((FOREIGN,))),
        # Whoever asks for a person gets one, whatever else is known.
        ({"wants_person": True}, ASKED_FOR),
        ({"wants_person": True, "candidates": ALL, "confidence": 1.0}, ASKED_FOR),
        ({"wants_person": True, "chosen": FIRST}, ASKED_FOR),
        ({"wants_person": True, "spoken": True}, ASKED_FOR),
        ({"wants_person": True, "angry": True} | SOUR, ASKED_FOR),
        # Anger and a sour trend come before a sure answer, a bad mood only after it.
        ({"angry": True, "candidates": ALL, "confidence": SURE}, ANGRY),
        ({"angry": True, "chosen": FIRST}, ANGRY),
        (SOUR | {"candidates": ALL, "confidence": SURE}, ANGRY),
        (SOUR | {"trend": SOUR_TREND + 0.01, "candidates": ALL, "confidence": SURE}, Reply(FIRST)),
        (SOUR | {"moods_read": 2, "candidates": ALL, "confidence": SURE}, Reply(FIRST)),
        ({"negative": True, "candidates": ALL, "confidence": SURE}, Reply(FIRST)),
        ({"negative": True, "candidates": ALL, "confidence": UNSURE}, ANGRY),
        ({"negative": True, "spoken": True}, Reply(spoken=True)),
        # The bot does not ask back for ever.
        (ASKED_TWICE | {"candidates": ALL, "confidence": SURE}, Reply(FIRST)),
        (
            ASKED_TWICE | {"candidates": ALL, "confidence": UNSURE},
            Escalate(Reason.REPEATED_FAILURE),
        ),
        (ASKED_TWICE | {"candidates": ALL, "confidence": LOST}, Escalate(Reason.REPEATED_FAILURE)),
        ({"clarified": 1, "candidates": (FIRST,), "confidence": UNSURE}, Clarify((FIRST,))),
        # "No" means something only to somebody who is waiting.
        ({"declines_person": True, "candidates": ALL, "confidence": SURE}, Reply(FIRST)),
    ],
)
def test_the_first_rule_that_fits_decides(evidence: dict[str, Any], decision: object) -> None:
    assert decide(Evidence(**evidence), POLICY) == decision


def again(reason: Reason) -> Escalate:
    return Escalate(reason, again=True)


HELPFUL = [Reason.LOW_CONFIDENCE, Reason.OUT_OF_SCOPE, Reason.REPEATED_FAILURE]
INSISTED = [Reason.ASKED_FOR_PERSON, Reason.NEGATIVE_MOOD, Reason.BOT_FAILED]


@pytest.mark.parametrize("reason", HELPFUL)
def test_a_sure_answer_is_not_withheld_while_a_person_is_on_the_way(reason: Reason) -> None:
    waiting = Evidence(Status.WAITING, reason, candidates=ALL, confidence=SURE)
    assert decide(waiting, POLICY) == Reply(FIRST)
    probable = replace(waiting, confidence=0.79)
    assert decide(probable, POLICY) == Reply(FIRST, assumed=True)
    assert decide(replace(waiting, confidence=0.59), POLICY) == again(reason)
    assert decide(replace(waiting, chosen=SECOND), POLICY) == Reply(SECOND)
    thanks = replace(waiting, candidates=(), confidence=1.0, spoken=True)
    assert decide(thanks, POLICY) == Reply(spoken=True)


@pytest.mark.parametrize("reason", INSISTED)
def test_who_insisted_on_a_person_is_not_argued_with(reason: Reason) -> None:
    waiting = Evidence(Status.WAITING, reason, candidates=ALL, confidence=1.0)
    assert decide(waiting, POLICY) == again(reason)
    assert decide(replace(waiting, chosen=FIRST), POLICY) == again(reason)
    assert decide(replace(waiting, spoken=True), POLICY) == again(reason)


@pytest.mark.parametrize("reason", Reason)
def test_nobody_is_asked_back_while_waiting(reason: Reason) -> None:
    waiting = Evidence(Status.WAITING, reason, candidates=ALL, confidence=UNSURE)
    assert decide(waiting, POLICY) == again(reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_waiting_shopper_may_call_it_off_or_grow_angrier(reason: Reason) -> None:
    waiting = Evidence(Status.WAITING, reason, candidates=ALL, confidence=SURE)
    declined = replace(waiting, declines_person=True)
    assert decide(declined, POLICY) == Reply(FIRST, withdrawn=True)
    assert decide(replace(declined, confidence=LOST), POLICY) == Reply(withdrawn=True)
    assert decide(replace(declined, angry=True), POLICY) == Reply(FIRST, withdrawn=True)
    assert decide(replace(waiting, wants_person=True), POLICY) == again(Reason.ASKED_FOR_PERSON)
    assert decide(replace(waiting, angry=True), POLICY) == again(Reason.NEGATIVE_MOOD)


def test_a_button_that_is_hardly_likely_is_not_offered() -> None:
    weak = tuple(found(entry, score) for entry, score in (("a", 1.0), ("b", 0.35), ("c", 0.34)))
    asked = decide(Evidence(candidates=weak, confidence=UNSURE), POLICY)
    assert asked == Clarify(weak[:2])


def test_nobody_is_asked_back_in_a_language_that_they_do_not_write() -> None:
    chinese = replace(SECOND, language="zh")
    asked = Evidence(candidates=(FIRST, chinese, THIRD), confidence=0.4, language="en")
    assert decide(asked, POLICY) == Clarify((FIRST, THIRD))
    likeliest = Evidence(candidates=(chinese, FIRST), confidence=0.4, language="en")
    assert decide(likeliest, POLICY) == Clarify((chinese, FIRST))
