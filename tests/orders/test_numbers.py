"""The shop's own forms of order numbers, learned from its orders and found in messages."""

from collections.abc import Sequence

import pytest

from bot.database.db import Database
from bot.language.wording import fold
from bot.orders import store
from bot.orders.numbers import USUAL, Numbers, said_to_be, shape_of
from bot.orders.record import State
from tests.support.talk import bought, shop_with


def of(*ids: str) -> Numbers:
    return Numbers(USUAL.learned(ids))


@pytest.mark.parametrize(
    ("ids", "text", "found"),
    [
        (["123"], "where is order 123?", ["123"]),
        (["123"], "order 123 hasn't arrived", ["123"]),
        (["123"], "my number is 123", ["123"]),
        (["123"], "cancel 123 and 456 please", ["123", "456"]),
        (["123"], "订单123到哪了", ["123"]),
        (["123"], "123号订单呢", ["123"]),
        (["999"], "order 1000?", ["1000"]),
        (["B7K9QX"], "where is b7k9qx", ["B7K9QX"]),
        (["B7K9QX"], "any news of C3D8EF?", ["C3D8EF"]),
        (["INVOICE55501"], "invoice55502到哪了", ["INVOICE55502"]),
        (["INVOICE55501"], "where is order 55502?", ["55502"]),
        (["2024-W-55"], "what about 2024-W-56", ["2024W56"]),
        (["2024-W-55"], "what about 2024 w 56", ["2024W56"]),
        (["W1001/2"], "where are w1001/2 and W1001/3?", ["W10012", "W10013"]),
        (["订单20261101"], "订单20261102到哪了", ["订单20261102"]),
        (["订单20261101"], "where is order 20261102", ["20261102"]),
        (["202611010001"], "202611010002 please", ["202611010002"]),
        (["303-1234567-7654321"], "303-7654321-1234567?", ["30376543211234567"]),
    ],
)
def test_a_number_in_the_shops_own_form_is_found(
    ids: Sequence[str], text: str, found: Sequence[str]
) -> None:
    assert list(of(*ids).found(fold(text))) == found


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        (["123"], "within 365 days"),
        (["12"], "I want to order 30 towels"),
        (["12"], "I'd like to order 30"),
        (["12"], "my order 30 days ago"),
        (["12"], "2 towels, 30 of them, and 12 more"),
        (["12"], "订单30天还没到"),
        (["12"], "我要订30个"),
        (["123"], "call me at 555 123 4567"),
        (["123"], "it cost 123.50"),
        (["B7K9QX"], "please cancel towels"),
        (["7KQXB"], "does the 500ml one fit"),
        (["7KQXB"], "the 1500w kettle"),
        (["W1001/2"], "w1001.example.com/2"),
    ],
)
def test_what_no_words_call_an_order_is_none(ids: Sequence[str], text: str) -> None:
    assert of(*ids).found(fold(text), usual=False) == ()


def test_the_answer_to_the_question_for_a_number_needs_no_words() -> None:
    assert of("123").found("123", asked=True) == ("123",)
    assert of("123").is_one("#123")
    assert not of("123").is_one("12")


def test_without_a_shape_the_usual_forms_are_found() -> None:
    assert USUAL.found("where are w-1001 and #2002?") == ("W1001", "2002")
    assert USUAL.found("where is b7k9qx") == ()


@pytest.mark.parametrize("order_id", ["QWERTY", "a+b*c5", "W--5", "1" * 41, "", "5@shop"])
def test_what_nobody_could_say_in_a_sentence_has_no_shape(order_id: str) -> None:
    assert shape_of(order_id) == ""
    assert USUAL.learned([order_id]) == frozenset()


def test_codes_of_any_letters_make_few_shapes() -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    ids = [f"{one}{other}1{at % 10}" for at, one in enumerate(letters) for other in letters]
    shapes = USUAL.learned(ids)
    assert len(shapes) < 20
    assert all(Numbers(shapes).is_one(each) for each in ids)


def test_numbers_are_hidden_where_they_stand() -> None:
    assert of("123").hidden("my order 123, not 123 towels") == "my order [number], not 123 towels"
    assert said_to_be("123").sub("•", "her order 123, not 1234") == "her •, not 1234"


def test_shapes_are_learned_when_orders_are_stored(database: Database) -> None:
    shop_with(database, bought("B7K9QX", State.PAID), bought("2024-W-55", State.PAID))
    shop_with(database, bought("2024-W-56", State.PAID), bought("123", State.PAID))
    with database.read() as session:
        shapes = store.numbers(session).shapes
    assert shapes == {"XXXXXX", "9999-w-99", "999"}
    assert store.numbers_for(database, "where is my order?") is USUAL
    assert store.numbers_for(database, "where is 123?").found("where is 123?") == ("123",)
