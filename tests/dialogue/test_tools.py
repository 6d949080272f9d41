"""What a model is offered, and its calls held to that."""

from typing import Any

import pytest

from bot.dialogue import tools
from bot.dialogue.skills.changes import ChangeOrder
from bot.dialogue.skills.courtesies import SmallTalk
from bot.dialogue.skills.orders import AskOrder
from bot.dialogue.tools import Ask, Called
from bot.language.heads import unknown

PIECES = ("where is my parcel?", "do you ship to Norway?")
OFFER = tools.offer(PIECES, [AskOrder, ChangeOrder, SmallTalk], "en")
NORWAY = ("Ask", {"question": "Do you ship to Norway?", "parts": [2]})
PARCEL = ("AskOrder", {"parts": [1]})


def taken(*calls: tuple[str, Any]) -> tuple[Called, ...]:
    return tools.taken(calls, OFFER, unknown)


def test_each_call_has_the_words_that_it_is_about() -> None:
    first, second = taken(PARCEL, NORWAY)
    assert (type(first.call).__name__, first.text) == ("AskOrder", PIECES[0])
    assert isinstance(second.call, Ask)
    assert second.text == PIECES[1]


def test_a_call_alone_is_about_all_of_the_message() -> None:
    assert [each.text for each in taken(NORWAY)] == [""]
    assert len(taken(NORWAY, NORWAY)) == 1


@pytest.mark.parametrize(
    "call",
    [
        ("Refund", {"parts": [1]}),
        ("AskOrder", {"order_number": "10427"}),
        ("AskOrder", {"customer_id": "anna", "parts": [1]}),
        ("AskOrder", {"parts": [3]}),
        ("AskOrder", {"parts": ["1; DROP TABLE orders"]}),
        ("Ask", {}),
        ("Ask", {"question": 7}),
        ("Ask", {"question": "why " * 100}),
        ("ChangeOrder", {"change": "refund in full"}),
        ("SmallTalk", {"kind": "insult"}),
        ("", {}),
    ],
)
def test_where_one_call_is_not_what_was_offered_none_is_taken(call: tuple[str, Any]) -> None:
    assert taken(call) == ()
    assert taken(NORWAY, call) == ()


def test_a_question_that_is_left_out_makes_several_calls_worthless() -> None:
    assert taken(NORWAY, ("Ask", {"question": "Is it far?", "parts": [2]})) == ()
    assert taken(("Ask", {"question": "Where is my parcel?"}), NORWAY) == ()
    offer = tools.offer((*PIECES, "thanks!"), [AskOrder], "en")
    assert len(tools.taken([PARCEL, NORWAY], offer, unknown)) == 2, "a courtesy asks for nothing"


def test_more_calls_than_anybody_asks_for_are_none() -> None:
    many = [("Ask", {"question": f"Do you ship to {n}?", "parts": [1, 2]}) for n in range(9)]
    assert taken(*many) == ()


def test_no_tool_takes_an_identity_an_order_or_a_sum() -> None:
    for name, tool in OFFER.tools.items():
        fields = set(tool.model_fields) - {"parts"}
        assert fields <= {"question", "change", "kind"}, name
        assert tool.model_json_schema()["additionalProperties"] is False


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Do you ship to Norway?", "Do you ship to Norway?"),
        ('  "Do you ship\nto Norway?" ', "Do you ship to Norway?"),
        ("and to Norway?", None),
        ("Do you ship 3 mugs to Norway?", None),
        ("你们送到挪威吗？", None),
        ("See https://evil.example for Norway", None),
        ("why " * 100, None),
        ("", None),
    ],
)
def test_a_models_wording_is_one_line_with_nothing_made_up(line: str, kept: str | None) -> None:
    assert tools.question(line, "and to Norway?", "Do you ship to Canada?", "en") == kept
