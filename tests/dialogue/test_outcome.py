"""The result of a turn, and the record that is kept of it."""

import json

import pytest

from bot.dialogue.compose import LONGEST
from bot.dialogue.decide import Clarify, Decision, Escalate, Reply
from bot.dialogue.outcome import Outcome, Wording
from bot.dialogue.skills.change_words import Prepared
from bot.orders.change_rules import Change
from bot.types import Candidate, Reason, Say

SAY = Say("30 days.", "en")


def candidate(text: str, entry: str) -> Candidate:
    return Candidate(
        entry_id=entry,
        language="en",
        title=f"Title of {entry}",
        text=text,
        source="faq/returns.en.yaml",
        kind="faq",
        dense=0.9,
        dense_mean=0.5,
        lexical=0.4,
        overlap=0.3,
        coverage=0.3,
        score=1.0,
    )


@pytest.mark.parametrize(
    ("decision", "record"),
    [
        (Reply(), {"action": "reply"}),
        (Clarify(), {"action": "clarify"}),
        (Escalate(Reason.GUESSING), {"action": "escalate", "reason": "guessing"}),
        (Prepared(Reason.REQUEST), {"action": "escalate", "reason": "request"}),
    ],
)
def test_the_record_says_what_was_decided_and_why(
    decision: Decision, record: dict[str, str]
) -> None:
    outcome = Outcome(decision, SAY, 0.91234)
    assert json.loads(json.dumps(outcome.audit())) == {**record, "confidence": 0.9123}


def test_the_record_says_which_part_has_spoken() -> None:
    refused = Outcome(Reply(), SAY, proof="proven", request="refused", rule=Change.RETURN)
    assert json.loads(json.dumps(refused.audit())) == {
        "action": "reply",
        "confidence": 1.0,
        "proof": "proven",
        "request": "refused",
        "rule": "return",
    }
    assert Outcome(Reply(), SAY, 0.8, about="orders").audit()["about"] == "orders"
    assert Outcome(Reply(), SAY, canned="command:help").audit()["canned"] == "command:help"


def test_what_the_bot_had_in_hand_is_kept_for_the_agent() -> None:
    found = tuple(candidate("x" * 2 * LONGEST, name) for name in "abcd")
    kept = Outcome(Escalate(Reason.LOW_CONFIDENCE), SAY, 0.2, found=found).audit()["candidates"]
    assert [each["id"] for each in kept] == ["a", "b", "c"]
    assert all(len(each["text"]) <= 400 for each in kept)


def test_the_record_says_why_no_model_has_worded_it() -> None:
    wording = Wording(own_text="no_model", prompt="answer-en-1")
    record = Outcome(Reply(), SAY, wording=wording).audit()
    assert (record["model"], record["own_text"], record["prompt"]) == (
        "none",
        "no_model",
        "answer-en-1",
    )
    assert "rejected" not in record
