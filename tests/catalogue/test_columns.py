"""Numbers of a catalogue as columns."""

import pytest

from bot.catalogue.columns import Columns, measured
from tests.catalogue.test_gist import stays


def test_numbers_of_values_are_in_base_units() -> None:
    assert [(each.kind, each.high) for each in measured("2 × 200 ml, 640 g")][1] == ("mass", 0.64)


def test_a_bare_number_counts_only_under_a_label() -> None:
    columns = Columns()
    columns.add(0, [("", "7"), ("rating", "4.7"), ("rim", "2 tones")])
    made, _ = columns.made()
    assert made[""].measures.tolist() == ["rating"]


@pytest.mark.parametrize(("text", "fits"), [("1小时 - 2小时", True), ("3小时 - 4小时", False)])
def test_a_value_that_is_a_range_has_both_ends(text: str, fits: bool) -> None:
    (asked,) = measured(text)
    column = stays().numbers["time"]
    row = column.places.tolist().index(stays().places["P-1"])
    assert (asked.low == column.lows[row] and asked.high == column.highs[row]) == fits
