"""How many numbers of Microsoft's Recognizers-Text are read.

`python -m tests.bench.recognizers FOLDER`, which holds its test cases (MIT): ranges, currency and
dimensions in English and Chinese. What a shop cannot meet is left out and counted as such: units
that nobody sells by, ten millions and more, negative numbers, ordinals, numbers left open ("more
than ten and some"), and what the cases take for cents ("15 dollars and 15"). With `--missed`, each
case that is not read is printed.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.language.quantities import MONEY, Quantity, parse

_MOST = 1e7
_UNMET = re.compile(
    r"tenth|负|credit points|kuai|quarter|\bhalf\b|[{<]kg|2 in 5|[一-九]?十?[几多余]|之|%|third|/"
    r"|dollars? and \d|\$ 100 and|years old|more or less|本銭|美分|角三|平方英尺"
    r"|more than 40 and|\d,\d\d,"
)
_UNITS = {
    "Meter": ("length", 1),
    "Centimeter": ("length", 0.01),
    "Kilometer": ("length", 1000),
    "Millimeter": ("length", 0.001),
    "Decimeter": ("length", 0.1),
    "Inch": ("length", 0.0254),
    "Foot": ("length", 0.3048),
    "Yard": ("length", 0.9144),
    "Mile": ("length", 1609.344),
    "Kilogram": ("mass", 1),
    "Gram": ("mass", 0.001),
    "Milligram": ("mass", 1e-6),
    "Pound": ("mass", 0.453592),
    "Ounce": ("mass", 0.0283495),
    "Ton": ("mass", 1000),
    "Metric ton": ("mass", 1000),
    "Liter": ("volume", 1),
    "Milliliter": ("volume", 0.001),
    "Gallon": ("volume", 3.78541),
    "Pint": ("volume", 0.473176),
    "Quart": ("volume", 0.946353),
    "Fluid ounce": ("volume", 0.0295735),
    "Cubic meter": ("volume", 1000),
    "Square meter": ("area", 1),
    "Square foot": ("area", 0.092903),
    "Square centimeter": ("area", 0.0001),
}
_MONEY = frozenset(
    [
        *("Dollar", "United States dollar", "Euro", "British pound", "Pound", "Chinese yuan"),
        *("Japanese yen", "Hong Kong dollar", "Canadian dollar", "Australian dollar"),
        *("Swiss franc", "South Korean won", "Rupee", "Indian rupee", "Singapore dollar"),
        *("Russian ruble", "New Taiwan dollar"),
    ]
)
_RANGE = re.compile(r"[\[(]([^,]*),([^,]*)[\])]")


def main() -> None:
    folder = Path(sys.argv[1])
    for path in sorted(folder.glob("Specs__Number*__*.json")):
        right = met = left = 0
        for text, wanted in _cases(path):
            expected = None if _UNMET.search(text.casefold()) else _expected(wanted)
            if expected is None:
                left += 1
                continue
            met += 1
            found = any(_is(each, *expected) for each in parse(text))
            right += found
            if not found and "--missed" in sys.argv:
                print("   ", text, wanted)
        name = path.stem.removeprefix("Specs__")
        print(f"{name}: {right} of {met} ({right / met:.1%}), {left} left out")


def _cases(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for case in json.loads(path.read_text(encoding="utf-8-sig")):
        for result in case["Results"] or ():
            yield case["Input"], result["Resolution"]


def _expected(wanted: dict[str, Any]) -> tuple[float | None, float | None, str] | None:
    """Both ends in our base unit and the kind ("" for any); None for what no shop meets."""
    unit, value = wanted.get("unit"), wanted.get("value")
    if value is None:
        return None
    if unit is None:
        match = _RANGE.fullmatch(value)
        if match is None:
            return None
        low, high = (float(each) if each else None for each in match.groups())
        small = all(each is None or 0 <= each < _MOST for each in (low, high))
        return (low, high, "") if small else None
    if float(value) >= _MOST:
        return None
    if unit in _MONEY and "subtype" not in wanted:
        return float(value), float(value), MONEY
    if unit not in _UNITS:
        return None
    kind, factor = _UNITS[unit]
    return float(value) * factor, float(value) * factor, kind


def _is(found: Quantity, low: float | None, high: float | None, kind: str) -> bool:
    same = kind in ("", found.kind) or (kind == MONEY and found.currency != "")
    if low is not None and low == high:  # the cases for units know no ranges
        return same and any(_near(each, low) for each in (found.low, found.high))
    return same and _near(found.low, low) and _near(found.high, high)


def _near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= 1e-3 * max(abs(other), 1e-9)


if __name__ == "__main__":
    main()
