"""From a wish to a complete request, as tables of what is said and what follows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.orders.change_rules import Change, Rules
from bot.orders.record import Event, Line, Order, State
from bot.orders.request_dialogue import (
    ALL,
    CANCEL,
    YES,
    Done,
    Move,
    NoOrder,
    Prompt,
    Refused,
    Shop,
    Stopped,
    Wish,
    advance,
    begin,
)

SHOP = Shop(Rules(), date(2026, 11, 10), UTC)
ARRIVED = Event("delivered", datetime(2026, 11, 5, tzinfo=UTC))
KETTLE = Line("Blue kettle", 4900, names={"zh": "蓝色水壶"})
ROBE = Line("Harbor waffle bathrobe", 7200)


def order(id: str, state: State, *lines: Line) -> Order:
    events = (ARRIVED,) if state is State.DELIVERED else ()
    return Order(id, "anna", state, "USD", 4900, lines=lines or (KETTLE,), events=events)


HERE = order("#W2001", State.DELIVERED, KETTLE, ROBE)
OTHER = order("#W2002", State.DELIVERED)
PAID = order("#W2003", State.PAID)
SENT = order("#W2004", State.SHIPPED)


def talk(change: Change, orders: Sequence[Order], *said: str | tuple[str, str]) -> Move | None:
    """The dialogue's last move; a pair is a pressed button (label, value)."""
    move: Move | None = begin(change, orders, SHOP)
    for each in said:
        assert isinstance(move, Prompt), move
        text, choice = each if isinstance(each, tuple) else (each, None)
        move = advance(move.wish, text, choice, orders, SHOP)
    return move


@pytest.mark.parametrize(
    ("change", "orders", "said", "wish"),
    [
        (Change.CANCEL, [PAID], ["yes"], Wish(Change.CANCEL, "confirm", "#W2003")),
        (Change.CANCEL, [PAID, SENT], ["好的"], Wish(Change.CANCEL, "confirm", "#W2003")),
        (
            Change.RETURN,
            [HERE],
            ["harbor waffle bathrobe", "too big", ("Yes", YES)],
            Wish(Change.RETURN, "confirm", "#W2001", (1,), "too big"),
        ),
        (
            Change.RETURN,
            [HERE],
            ["1 and 2", "不喜欢", "确认"],
            Wish(Change.RETURN, "confirm", "#W2001", (0, 1), "不喜欢"),
        ),
        (
            Change.RETURN,
            [HERE, OTHER],
            [("#W2002", "request:order:#W2002"), "broken", "ok"],
            Wish(Change.RETURN, "confirm", "#W2002", (0,), "broken"),
        ),
        (
            Change.RETURN,
            [HERE, OTHER],
            ["w2001", "全部", "坏了", "是的"],
            Wish(Change.RETURN, "confirm", "#W2001", (0, 1), "坏了"),
        ),
        (
            Change.RETURN,
            [HERE],
            [("All", ALL), ("It is damaged", "request:reason:damaged"), "yes"],
            Wish(Change.RETURN, "confirm", "#W2001", (0, 1), "It is damaged"),
        ),
        (
            Change.EXCHANGE,
            [HERE],
            ["蓝色水壶", "the red one", "yes"],
            Wish(Change.EXCHANGE, "confirm", "#W2001", (0,), "the red one"),
        ),
        (
            Change.ADDRESS,
            [PAID],
            ["上海市静安区南京西路1号", "对"],
            Wish(Change.ADDRESS, "confirm", "#W2003", (), "上海市静安区南京西路1号"),
        ),
    ],
)
def test_a_dialogue_ends_in_a_complete_request(
    change: Change, orders: list[Order], said: list[str | tuple[str, str]], wish: Wish
) -> None:
    move = talk(change, orders, *said)
    assert isinstance(move, Done)
    assert replace(move.wish, seen="") == wish


@pytest.mark.parametrize(
    ("change", "orders", "why"),
    [
        (Change.CANCEL, [SENT], "has_left"),
        (Change.RETURN, [SENT], "not_here_yet"),
        (Change.ADDRESS, [HERE], "delivered"),
    ],
)
def test_what_the_shop_does_not_allow_is_not_asked_about(
    change: Change, orders: list[Order], why: str
) -> None:
    move = begin(change, orders, SHOP)
    assert isinstance(move, Refused)
    assert move.why == why


def test_without_an_order_there_is_nothing_to_change() -> None:
    assert begin(Change.RETURN, [], SHOP) == NoOrder(Change.RETURN)


@pytest.mark.parametrize("stop", ["never mind", "算了", ("Never mind", CANCEL)])
@pytest.mark.parametrize("before", [[], ["all"], ["all", "too big"]])
def test_it_can_be_called_off_at_any_point(stop: str | tuple[str, str], before: list[str]) -> None:
    assert talk(Change.RETURN, [HERE], *before, stop) == Stopped(Change.RETURN)


@pytest.mark.parametrize("no", ["no", "不对", "no thanks"])
def test_a_no_to_the_summary_files_nothing(no: str) -> None:
    assert talk(Change.RETURN, [HERE], "all", "too big", no) == Stopped(Change.RETURN)


@pytest.mark.parametrize(
    ("before", "text"),
    [
        ([], "how long does a refund take?"),
        (["all"], "is there a form for that?"),
        (["all", "too big"], "what does it cost me to send it back?"),
        (
            ["all", "too big"],
            "转人工，我有别的问题想要问一下，关于我之前的那个投诉，已经很久没有人理我了呢，实在等不了",
        ),
    ],
)
def test_a_question_in_between_is_left_to_the_bot(before: list[str], text: str) -> None:
    assert talk(Change.RETURN, [HERE], *before, text) is None


@pytest.mark.parametrize(
    "choice",
    ["request:order:#W9999", "request:order:", "request:x", "request:yes", "request:item:0"],
)
def test_a_forged_or_stale_button_chooses_nothing(choice: str) -> None:
    move = talk(Change.RETURN, [HERE, OTHER], ("x", choice))
    assert isinstance(move, Prompt)
    assert move.again
    assert move.wish == Wish(Change.RETURN)


@pytest.mark.parametrize("choice", ["request:item:7", "request:item:-1", "request:item:x"])
def test_an_item_that_is_not_in_the_order_is_not_chosen(choice: str) -> None:
    move = talk(Change.RETURN, [HERE], ("x", choice))
    assert isinstance(move, Prompt)
    assert move.wish.items == ()


def test_an_order_that_changed_before_the_yes_is_shown_again() -> None:
    asked = begin(Change.CANCEL, [PAID], SHOP)
    assert isinstance(asked, Prompt)
    changed = replace(PAID, total=1)
    again = advance(asked.wish, "yes", None, [changed], SHOP)
    assert isinstance(again, Prompt)
    assert again.changed
    assert isinstance(advance(again.wish, "yes", None, [changed], SHOP), Done)
    gone = advance(asked.wish, "yes", None, [replace(PAID, state=State.SHIPPED)], SHOP)
    assert isinstance(gone, Refused)
    assert advance(asked.wish, "yes", None, [HERE], SHOP) == NoOrder(Change.CANCEL)


@pytest.mark.parametrize("text", ["x", "", " ", "x" * 501])
def test_an_address_that_is_none_is_asked_for_again(text: str) -> None:
    move = talk(Change.ADDRESS, [PAID], text)
    assert isinstance(move, Prompt)
    assert move.again


def test_the_state_survives_being_stored() -> None:
    wish = Wish(Change.RETURN, "confirm", "#W2001", (0, 1), "too big", "abc")
    assert Wish.of(wish.kept()) == wish
    assert Wish.of({"kind": "proof"}) is None
    assert Wish.of(None) is None


@pytest.mark.parametrize("why", ["坏了", "it's broken"])
def test_what_is_wrong_with_it_is_a_reason_and_calls_nothing_off(why: str) -> None:
    def judge(head: str, _: str) -> dict[str, float]:
        return {"reply": {"never_mind": 0.98}, "order": {"broken": 0.92}}.get(head, {})

    prompt = talk(Change.RETURN, [HERE], "all")
    assert isinstance(prompt, Prompt)
    move = advance(prompt.wish, why, None, [HERE], SHOP, judge)
    assert isinstance(move, Prompt)
    assert move.wish.text == why
