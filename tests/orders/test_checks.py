"""Every field of an order file is checked, and what is wrong is named."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.orders import checks
from bot.orders.checks import Reading, RecordError
from bot.orders.record import State
from tests.support.order_files import ANN, NOW, order, raw


def test_a_sound_order_becomes_a_record_with_money_in_cents_and_times_in_utc() -> None:
    made = order()
    assert (made.state, made.total, made.currency) == (State.SHIPPED, 7990, "USD")
    assert made.placed_at == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert made.expected_on == date(2026, 11, 26)
    assert [line.price for line in made.lines] == [6400, 795]
    assert [event.kind for event in made.events] == ["paid", "shipped", "in_transit"]
    assert made.number == "W1001"


def test_of_a_card_only_two_digits_are_kept() -> None:
    assert order().payment == "Visa 42"


def test_e_mail_and_phone_get_one_spelling() -> None:
    made = checks.customer(ANN)
    assert (made.email, made.phone) == ("ann@example.com", "442079460018")


def test_a_time_without_a_zone_is_the_shops() -> None:
    reading = Reading(zone=ZoneInfo("Asia/Shanghai"))
    made = checks.order(raw(placed_at="2026-11-20T08:30:00"), reading, "ann")
    assert made.placed_at == datetime(2026, 11, 20, 0, 30, tzinfo=UTC)


def test_days_counted_from_now_are_taken_in_a_demo_only() -> None:
    made = checks.order(
        raw(placed_at="3 days ago 14:05", expected_on="in 2 days"), Reading(now=NOW), "ann"
    )
    assert made.placed_at == datetime(2026, 11, 21, 14, 5, tzinfo=UTC)
    assert made.expected_on == date(2026, 11, 26)
    with pytest.raises(RecordError) as caught:
        order(placed_at="3 days ago 14:05")
    assert caught.value.params["field"] == "placed_at"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": None}, "id"),
        ({"id": "--"}, "id"),
        ({"state": "lost in space"}, "state"),
        ({"currency": "DOLLARS"}, "currency"),
        ({"total": "64.001"}, "total"),
        ({"total": "-1"}, "total"),
        ({"total": True}, "total"),
        ({"total": "NaN"}, "total"),
        ({"total": None}, "total"),
        ({"placed_at": "yesterday"}, "placed_at"),
        ({"expected_on": "26/11/2026"}, "expected_on"),
        ({"email": "not an address"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"colour": "blue"}, "colour"),
        ({"items": "kettle"}, "items"),
        ({"items": [{"name": "Kettle", "price": "x"}]}, "items[0].price"),
        ({"items": [{"price": "1.00"}], "shipments": None}, "items[0].name"),
        ({"items": [{"name": "K", "price": "1", "quantity": 0}]}, "items[0].quantity"),
        ({"shipments": [{"items": [7]}]}, "shipments[0].items"),
        ({"shipments": [{"url": "javascript:alert(1)"}]}, "shipments[0].url"),
        ({"shipments": [{"events": [{"kind": "eaten"}]}]}, "shipments[0].events[0].kind"),
        ({"events": [{"kind": "paid", "at": "soon"}]}, "events[0].at"),
        ({"payment": {"kind": "Visa", "last": "abcd"}}, "payment.last"),
        ({"payment": {"number": "4242424242424242"}}, "payment.number"),
        ({"address": {"planet": "Mars"}}, "address.planet"),
        ({"address": ["Leeds"]}, "address"),
        ({"id": "W\x00-1"}, "id"),
    ],
)
def test_a_field_that_is_wrong_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(RecordError) as caught:
        order(**changes)
    assert caught.value.params["field"] == field
    assert all(caught.value.message(language) for language in ("en", "zh"))


def test_a_customers_language_is_one_of_ours() -> None:
    with pytest.raises(RecordError):
        checks.customer(ANN | {"language": "fr"})


ODD: tuple[object, ...] = (
    *(None, True, 5, -1, 1.5, 10**400, float("nan"), float("inf"), "", "x", "\0", "\ud800"),
    *("1e999999999", "9" * 400, "9999-12-31T23:59:59-14:00", "9999 days ago", "1 day ago 99:99"),
    *([], [1], [[1]], [None], {}, {"a": 1}, {"\0": "x"}, {"": [1]}),
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in `value` where something else could stand."""
    if isinstance(value, dict | list):
        for at in list(value) if isinstance(value, dict) else range(len(value)):
            yield value, at
            yield from places(value[at])


def test_no_odd_value_in_any_place_raises_anything_but_a_record_error() -> None:
    whole = raw(
        customer=dict(ANN),
        expected_on="2026-11-30",
        refunded="1.00",
        payment={"kind": "visa", "last": "42"},
        address={"city": "Leeds"},
        events=[{"kind": "refunded", "at": "2026-11-20T10:00:00Z"}],
        shipments=[
            {
                "carrier": "DHL",
                "items": [0],
                "expected_on": "2026-11-30",
                "events": [{"kind": "shipped", "at": "2026-11-20T10:00:00Z", "place": "Leeds"}],
            }
        ],
    )
    for parent, at in list(places(whole)):
        kept = parent[at]
        for odd in ODD:
            parent[at] = odd
            with suppress(RecordError):
                checks.customer(whole["customer"])
                order = {name: value for name, value in whole.items() if name != "customer"}
                checks.order(order, Reading(now=NOW), "ann")
        parent[at] = kept
