"""Numbers with their units, and ranges of them, in English and Chinese.

"under 30", 「30块以下」, "between 20 and 40 dollars", "900 ml", "70 x 150 cm" become a `Quantity`
in base units (metre, kilogram, litre, second …; money in its currency), so that "0.9 litre" equals
"900 ml". The words are in `lexicons/units.yaml`. It reads each token once and never backtracks
further than one phrase. Times of day, dates and telephone numbers are not its business.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

from bot.language.numerals import is_cents, number_at
from bot.language.phrases import Phrases, Token, tokenise
from bot.language.wording import fold, lexicon

MONEY = "money"
_SIDES = frozenset("x×*")
_ASKING = frozenset({"what", "how"})
_OPENING = frozenset({"between", "about"})
_FOOT, _INCH = 0.3048, 0.0254
_LONGEST_FILLER = 2  # tokens between "under" and its number


@dataclass(frozen=True)
class Quantity:
    """A range of numbers at `text[start:end]` of folded text; both ends equal for a plain number.

    `kind` is what is measured ("length", "mass", "money" …), "" without a unit; `low` and `high`
    are in the kind's base unit, None where it is open. `currency` is the code of money. `about`
    says that the number is rough. `sides` holds the sides of "70 x 150", in centimetres. `of` is
    the measure that it is said of ("rating over 4"), where a reader of measures knows it.
    """

    low: float | None
    high: float | None
    kind: str
    start: int
    end: int
    currency: str = ""
    about: bool = False
    low_open: bool = False
    high_open: bool = False
    sides: tuple[float, ...] = ()
    of: str = ""

    @property
    def exact(self) -> bool:
        """Whether it is one number, not a range."""
        return self.low is not None and self.low == self.high

    @property
    def half(self) -> bool:
        """Whether it is bounded on one side only."""
        return (self.low is None) != (self.high is None)


class _Unit(NamedTuple):
    kind: str
    factor: float
    currency: str = ""


class _Amount(NamedTuple):
    """A number in base units; tokens up to `to` are used."""

    value: float
    unit: _Unit
    to: int
    sides: tuple[float, ...] = ()


_NONE = _Unit("", 1.0)


def quantities(folded: str) -> list[Quantity]:
    """Every quantity in folded text, in order, without overlaps."""
    tokens = tokenise(folded)
    found: list[Quantity] = []
    at = 0
    while at < len(tokens):
        read = _range(tokens, at)
        if read is None:
            at += 1
            continue
        quantity, to = read
        before = tokens[at - 1].text if at else ""
        joined = _joined(found[-1], quantity, folded) if found else None
        if joined is not None:
            found[-1] = joined
        elif before not in {"#", "_", "@"}:
            found.append(quantity)
        at = to
    return found


def parse(text: str) -> list[Quantity]:
    """`quantities` of any text."""
    return quantities(fold(text))


def kind_at(tokens: list[Token], at: int) -> tuple[str, int]:
    """The kind of the unit at `at` ("length"), and the place behind it; "" for none."""
    found = _units().at(tokens, at)
    return (found[0].kind, found[1]) if found else ("", at)


@cache
def _phrases(section: str) -> Phrases[str]:
    """A section of the lexicon that maps a name to its phrases."""
    data = lexicon("units")[section]
    return Phrases({phrase: name for name, phrases in data.items() for phrase in phrases})


@cache
def _units() -> Phrases[_Unit]:
    data = lexicon("units")
    found = _currency_words()
    for factor, phrases in data["cents"].items():
        found.update({phrase: _Unit(MONEY, float(factor)) for phrase in phrases})
    for kind, by_factor in data["units"].items():
        for factor, phrases in by_factor.items():
            found.update({phrase: _Unit(kind, float(factor)) for phrase in phrases})
    return Phrases(found)


@cache
def _currencies() -> Phrases[_Unit]:
    """What may stand before the number."""
    return Phrases(_currency_words())


def _currency_words() -> dict[str, _Unit]:
    data = lexicon("units")["currencies"]
    return {phrase: _Unit(MONEY, 1.0, code) for code, phrases in data.items() for phrase in phrases}


@cache
def _filler() -> Phrases[bool]:
    return Phrases(dict.fromkeys(lexicon("units")["filler"], True))


def _range(tokens: list[Token], at: int) -> tuple[Quantity, int] | None:
    """The quantity that begins at `at`, and the place behind it."""
    comparison = _phrases("ranges").at(tokens, at)
    asking = at > 0 and tokens[at - 1].text in _ASKING  # "what about 11 inches" is not roughly 11
    if comparison is not None and not (asking and tokens[at].text == "about"):
        name, to = comparison
        read = _compared(tokens, at, name, to)
        if read is not None:
            return read
    amount = _amount(tokens, at)
    if amount is None:
        return None
    return _plain(tokens, at, amount)


def _compared(
    tokens: list[Token], at: int, name: str, to: int, *, nested: bool = False
) -> tuple[Quantity, int] | None:
    """ "under 30", "between 20 and 40", 「比30便宜」; `nested` behind another such word."""
    start = tokens[at].start
    inner = _phrases("ranges").at(tokens, to) if not nested and name in _OPENING else None
    amount, to = _after_filler(tokens, to)
    if amount is None:
        if inner is not None:  # "from about 20 …", 「在30以下」
            return _compared(tokens, at, inner[0], inner[1], nested=True)
        return None
    if name == "between":
        quantity, behind = _plain(tokens, to, amount, between=True)
        if quantity.exact:
            return None if tokens[at].text != "从" else (quantity, behind)
        return replace(quantity, start=start), behind
    if name == "against":
        sign = _suffix(tokens, amount.to)
        if sign is None or sign[0] not in ("smaller", "bigger"):
            return None
        name, behind = ("below", sign[1]) if sign[0] == "smaller" else ("above", sign[1])
        return _half(name, amount, start, tokens[behind - 1].end), behind
    if name == "about":
        quantity, behind = _plain(tokens, to, amount)
        return replace(quantity, start=start, about=quantity.exact), behind
    quantity, behind = _plain(tokens, to, amount)
    if not (quantity.exact or quantity.half):
        return replace(quantity, start=start), behind  # 「最低100到200」
    behind = amount.to
    suffix = _suffix(tokens, behind)
    if suffix is not None and suffix[0] in ("about", "at_most", "at_least"):
        behind = suffix[1]  # 「不超过30以内」
    return _half(name, amount, start, tokens[behind - 1].end), behind


def _after_filler(tokens: list[Token], at: int) -> tuple[_Amount | None, int]:
    for _ in range(_LONGEST_FILLER + 1):
        if (amount := _amount(tokens, at)) is not None:
            return amount, at
        skipped = _filler().at(tokens, at)
        if skipped is None:
            return None, at
        at = skipped[1]
    return None, at


def _plain(
    tokens: list[Token], at: int, amount: _Amount, *, between: bool = False
) -> tuple[Quantity, int]:
    """An amount, "20 to 40", or one with 「以下」 or "or more" behind it."""
    start = tokens[at].start
    join = _phrases("joins").at(tokens, amount.to)
    if join is not None and join[0] in ("to", "and"):
        other = _amount(tokens, join[1])
        closing = _phrases("joins").at(tokens, other.to) if other is not None else None
        closed = closing is not None and closing[0] == "between"
        meant = join[0] == "to" or between or closed
        if meant and other is not None and not other.sides and not amount.sides:
            low, unit = amount.value, amount.unit
            if not unit.kind and other.unit.kind:
                low, unit = low * other.unit.factor, other.unit
            high = other.value if other.unit.kind else other.value * unit.factor
            if low < high and other.unit.kind in ("", unit.kind):
                to = closing[1] if closing is not None and closed else other.to
                end = tokens[to - 1].end
                return Quantity(low, high, unit.kind, start, end, unit.currency), to
    suffix = _suffix(tokens, amount.to)
    if suffix is not None and suffix[0] not in ("smaller", "bigger"):
        name, to = suffix
        end = tokens[to - 1].end
        if name == "about":
            return replace(_exact(amount, start, end), about=True), to
        return _half(name, amount, start, end), to
    return _exact(amount, start, tokens[amount.to - 1].end), amount.to


def _suffix(tokens: list[Token], at: int) -> tuple[str, int] | None:
    """What stands behind an amount ("or more"); None where it begins another range."""
    found = _phrases("after").at(tokens, at)
    if found is None or tokens[at].text not in ("and", "or"):
        return found
    another = _phrases("ranges").at(tokens, at + 1)
    if another is not None and _after_filler(tokens, another[1])[0] is not None:
        return None
    return found


def _is_and(tokens: list[Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].text == "and"


def _exact(amount: _Amount, start: int, end: int) -> Quantity:
    unit, value = amount.unit, amount.value
    return Quantity(value, value, unit.kind, start, end, unit.currency, sides=amount.sides)


def _half(name: str, amount: _Amount, start: int, end: int) -> Quantity:
    unit, value = amount.unit, amount.value
    if name in ("below", "at_most"):
        return Quantity(
            None, value, unit.kind, start, end, unit.currency, high_open=name == "below"
        )
    return Quantity(value, None, unit.kind, start, end, unit.currency, low_open=name == "above")


def _joined(before: Quantity, after: Quantity, folded: str) -> Quantity | None:
    """ "over 20 and under 40" as one range; None when they don't belong together."""
    if not (before.half and after.half) or (before.low is None) == (after.low is None):
        return None
    between = tokenise(folded[before.end : after.start])
    joins = _phrases("joins").at(between, 0) if between else ("also", 0)
    if joins is None or joins[0] not in ("also", "and") or joins[1] != len(between):
        return None
    low, high = (before, after) if before.low is not None else (after, before)
    if low.low is None or high.high is None or low.low > high.high:
        return None
    if low.kind and high.kind and low.kind != high.kind:
        return None
    unit = low if low.kind else high
    return replace(
        low,
        high=high.high,
        high_open=high.high_open,
        kind=unit.kind,
        currency=unit.currency,
        start=before.start,
        end=after.end,
    )


def _amount(tokens: list[Token], at: int) -> _Amount | None:
    """A number with its unit, before or behind it, and what is added to it ("5 feet 10 inches")."""
    prefix = _currencies().at(tokens, at)
    read = number_at(tokens, prefix[1] if prefix else at)
    if read is None:
        return None
    value, to = read
    if prefix is not None:
        behind = _units().at(tokens, to)
        if behind is not None and behind[0].currency == prefix[0].currency:
            to = behind[1]  # "$30 usd"
        return _Amount(value, prefix[0], to)
    sides, to = _sides(tokens, value, to)
    unit, to = _unit_at(tokens, to)
    if sides:
        scale = unit.factor * 100 if unit.kind == "length" else 1.0
        return _Amount(value, unit, to, tuple(side * scale for side in sides))
    if not unit.kind and (_glued(tokens, to) or tokens[at].text in ("half", "半")):
        return None  # "3XL" is a size, 「一半」 no number
    if not unit.kind and to == at + 1 and tokens[at].text in ("one", "一"):
        join = _phrases("joins").at(tokens, to)
        if join is None or join[0] != "to" or number_at(tokens, join[1]) is None:
            return None  # "the second one", 「一起」
    value *= unit.factor
    return _compound(tokens, value, unit, to) if unit.kind else _Amount(value, unit, to)


def _glued(tokens: list[Token], at: int) -> bool:
    """Whether letters follow a number without a space."""
    if not 0 < at < len(tokens) or tokens[at].start != tokens[at - 1].end:
        return False
    return tokens[at].text.isascii() and tokens[at].text.isalpha()


def _unit_at(tokens: list[Token], at: int) -> tuple[_Unit, int]:
    """The unit at `at`, also behind a hyphen or in brackets."""
    for opening in (0, 1):
        if opening and not (at < len(tokens) and tokens[at].text in "-[("):
            break
        found = _units().at(tokens, at + opening)
        if found is not None and tokens[found[1] - 1].text.isdecimal():
            apart = tokens[found[1] - 2].end < tokens[found[1] - 1].start
            if apart:  # "12 m 2 dm" holds no square metres
                found = _units().at(tokens[: found[1] - 1], at + opening)
        if found is not None:
            to = found[1]
            if opening and tokens[at].text in "[(" and to < len(tokens):
                to += tokens[to].text in "])"
            return found[0], to
    return _NONE, at


def _sides(tokens: list[Token], first: float, at: int) -> tuple[tuple[float, ...], int]:
    """ "x 150 x 30" behind the first side, each perhaps with the unit; () when there is none."""
    sides = [first]
    while True:
        skipped = _unit_at(tokens, at)[1] if len(sides) > 1 or _unit_then_x(tokens, at) else at
        if not (skipped < len(tokens) and tokens[skipped].text in _SIDES):
            break
        read = number_at(tokens, skipped + 1)
        if read is None:
            break
        sides.append(read[0])
        at = read[1]
    return (tuple(sides), at) if len(sides) > 1 else ((), at)


def _unit_then_x(tokens: list[Token], at: int) -> bool:
    unit, to = _unit_at(tokens, at)
    return unit.kind == "length" and to < len(tokens) and tokens[to].text in _SIDES


def _compound(tokens: list[Token], value: float, unit: _Unit, to: int) -> _Amount:
    """What is added in a smaller unit: "and 45 cents", "10 inches", 「半」, 「1米8」."""
    if to < len(tokens) and tokens[to].text == "半":
        return _Amount(value + unit.factor / 2, unit, to + 1)
    behind = to + 1 if _is_and(tokens, to) else to
    more = number_at(tokens, behind)
    if more is None:
        return _Amount(value, unit, to)
    smaller, end = _unit_at(tokens, more[1])
    if unit.factor == _FOOT and more[1] < len(tokens) and tokens[more[1]].text == "in":
        return _Amount(value + more[0] * _INCH, unit, more[1] + 1)
    if unit.kind == MONEY and behind == to and not smaller.kind and is_cents(tokens[behind].text):
        return _Amount(value + more[0] / 100, unit, more[1])
    same = smaller.kind == unit.kind and smaller.factor < unit.factor
    if same and smaller.currency in ("", unit.currency):
        return _Amount(value + more[0] * smaller.factor, unit, end)
    digit = behind == to and not smaller.kind and more[0] < 10 and more[0] == int(more[0])
    if digit and tokens[to - 1].text in ("米", "块", "斤"):
        return _Amount(value + more[0] * unit.factor / 10, unit, more[1])
    return _Amount(value, unit, to)
