"""Days that a shopper speaks of: "in March", "last week", 「三月五号」. Rules, no model.

What is said of orders lies in the past: "in March" is the last March that has begun. It knows no
holidays and no seasons.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS: tuple[str, ...] = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
)
_MONTHS += ("september", "october", "november", "december")
_SHORT = {name[:3]: at for at, name in enumerate(_MONTHS, 1)} | {"sept": 9}
_MONTH = r"(?:{})".format("|".join([*_MONTHS, *_SHORT]))
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = {word: at for at, word in enumerate(_WORDS, 1)}
_NUMBERS |= {"a": 1, "an": 1, "a couple of": 2, "couple of": 2, "a few": 3, "few": 3}
_HAN_NUMBERS = {word: at for at, word in enumerate("一二三四五六七八九十", 1)} | {"两": 2, "几": 3}
_COUNT = rf"(\d{{1,3}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_HAN_COUNT = r"(\d{1,3}|十[一二]?|[一二两三四五六七八九几])"


@dataclass(frozen=True)
class Days:
    """The days from `first` to `last`, both included. `exact`: what was said is a day or a month,
    not "recently". `other` is the day that is meant where the month is written first."""

    first: date
    last: date
    exact: bool = True
    other: date | None = None

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last or day == self.other


def read(folded: str, today: date) -> Days | None:
    """The days that a folded text speaks of; None when it speaks of none."""
    for pattern, days in _RULES:
        if found := pattern.search(folded):
            try:
                if (spoken := days(found, today)) is not None:
                    return spoken
            except ValueError:  # the 31st of February
                continue
    return None


def _day(day: date) -> Days:
    return Days(day, day)


def _month(year: int, month: int) -> Days:
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return Days(first, following - timedelta(days=1))


def _written(first: int, second: int, year: int) -> Days | None:
    """ "18/10/2026" and "10/18/2026"; "3/4/2026" is either of two days."""
    year = year if year > 99 else 2000 + year
    days = []
    for month, day in ((second, first), (first, second)):
        try:
            days.append(date(year, month, day))
        except ValueError:
            continue
    return Days(days[0], days[0], other=days[-1]) if days else None


def _past_month(month: int, today: date) -> Days:
    return _month(today.year if month <= today.month else today.year - 1, month)


def _past_day(month: int, day: int, today: date) -> Days:
    this_year = date(today.year, month, day)
    return _day(this_year if this_year <= today else date(today.year - 1, month, day))


def _months_ago(count: int, today: date) -> Days:
    months = today.year * 12 + today.month - 1 - count
    return _month(months // 12, months % 12 + 1)


def _week(weeks_ago: int, today: date) -> Days:
    monday = today - timedelta(days=today.weekday() + 7 * weeks_ago)
    return Days(monday, monday + timedelta(days=6))


def _weekday(at: int, today: date) -> Days:
    """The last such weekday before today."""
    return _day(today - timedelta(days=(today.weekday() - at - 1) % 7 + 1))


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    if text in _NUMBERS:
        return _NUMBERS[text]
    if text.startswith("十") and len(text) == 2:
        return 10 + _HAN_NUMBERS[text[1]]
    return _HAN_NUMBERS[text]


def _ago(count: str, unit: str, today: date) -> Days:
    """Around so many days, weeks or months ago: half a unit more or less where it is longer."""
    number = _number(count)
    if unit in ("day", "天"):
        return _day(today - timedelta(days=number))
    if unit in ("week", "周", "星期", "个星期", "礼拜", "个礼拜"):
        middle = today - timedelta(weeks=number)
        return Days(middle - timedelta(days=4), middle + timedelta(days=4))
    if unit in ("year", "年"):
        return Days(date(today.year - number, 1, 1), date(today.year - number, 12, 31))
    return _months_ago(number, today)


def _last(count: str, unit: str, today: date) -> Days:
    """From so many days, weeks or months ago until today."""
    days = {"day": 1, "天": 1, "week": 7, "周": 7, "星期": 7, "year": 365, "年": 365}.get(unit, 31)
    return Days(today - timedelta(days=days * _number(count)), today)


def _english_month(text: str) -> int:
    return _SHORT.get(text[:4] if text.startswith("sept") else text[:3], 0)


def _han_month(text: str) -> int:
    return int(text) if text.isdecimal() else _number(text)


def _year(text: str | None, today: date) -> int | None:
    if not text:
        return None
    relative = {"去年": today.year - 1, "今年": today.year, "last": today.year - 1}
    return relative.get(text) or int(text.removesuffix("年"))


def _spoken_month(month: int, year: int | None, today: date) -> Days | None:
    if not 1 <= month <= 12:
        return None
    return _month(year, month) if year else _past_month(month, today)


def _spoken_day(month: int, day: int, year: int | None, today: date) -> Days:
    return _day(date(year, month, day)) if year else _past_day(month, day, today)


_Reader = Callable[[re.Match[str], date], Days | None]
_RULES: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(pattern), days)
    for pattern, days in (
        # Written dates.
        (
            r"\b(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})",
            lambda f, _: _day(date(int(f[1]), int(f[2]), int(f[3]))),
        ),
        (
            r"\b(\d{1,2})([/.-])(\d{1,2})\2(20\d\d|\d\d)\b",
            lambda f, _: _written(int(f[1]), int(f[3]), int(f[4])),
        ),
        (
            rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (20\d\d))?",
            lambda f, today: _spoken_day(
                _english_month(f[1]), int(f[2]), _year(f[3], today), today
            ),
        ),
        (
            rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b(?:,? (20\d\d))?",
            lambda f, today: _spoken_day(
                _english_month(f[2]), int(f[1]), _year(f[3], today), today
            ),
        ),
        (
            r"(20\d\d年|去年|今年)?的?(1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月(?:份)?的?"
            r"(\d{1,2}|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])[日号]",
            lambda f, today: _spoken_day(
                _han_month(f[2]), _han_day(f[3]), _year(f[1], today), today
            ),
        ),
        # Months.
        (
            rf"\b(?:in|during|from|since|of|this|last) ({_MONTH})\b(?:,? (?:of )?(20\d\d|last))?",
            lambda f, today: _spoken_month(_english_month(f[1]), _year(f[2], today), today),
        ),
        (
            rf"\b({_MONTH}) (20\d\d)\b",
            lambda f, today: _spoken_month(_english_month(f[1]), int(f[2]), today),
        ),
        (
            rf"\b(?:my|our|the|that) ({'|'.join(_MONTHS)}) (?:order|purchase|delivery)",
            lambda f, today: _spoken_month(_english_month(f[1]), None, today),
        ),
        (
            r"(20\d\d年|去年|今年)?的?(?<!\d)(1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月(?:份)?(?!内|前|后)",
            lambda f, today: _spoken_month(_han_month(f[2]), _year(f[1], today), today),
        ),
        # Relative days.
        (r"\bday before yesterday\b|(?<!大)前天", lambda _, today: _day(today - timedelta(days=2))),
        (r"大前天", lambda _, today: _day(today - timedelta(days=3))),
        (
            r"\byesterday\b|\blast night\b|昨天|昨晚|昨日",
            lambda _, today: _day(today - timedelta(days=1)),
        ),
        (
            r"\btoday\b|\bthis (?:morning|afternoon|evening)\b|今天|今早|今日|刚刚|刚才",
            lambda _, today: _day(today),
        ),
        (rf"\b{_COUNT} (day|week|month|year)s? ago\b", lambda f, today: _ago(f[1], f[2], today)),
        (
            rf"{_HAN_COUNT}(天|周|个?星期|个?礼拜|个月|年)(?:之|以)?前",
            lambda f, today: _ago(f[1], f[2], today),
        ),
        (
            r"半个月(?:之|以)?前",
            lambda _, today: Days(today - timedelta(20), today - timedelta(10)),
        ),
        (
            rf"\b(?:in|over|during|within) the (?:last|past) {_COUNT} (day|week|month|year)s?\b",
            lambda f, today: _last(f[1], f[2], today),
        ),
        (
            rf"(?:最近|过去|近){_HAN_COUNT}(天|周|个?星期|个月|年)",
            lambda f, today: _last(f[1], f[2], today),
        ),
        # Weeks, months, years.
        (r"上上(?:个)?(?:周|星期|礼拜)|\bthe week before last\b", lambda _, today: _week(2, today)),
        (
            r"上(?:个)?(?:周|星期|礼拜)([一二三四五六日天])",
            lambda f, today: _day(_week(1, today).first + timedelta(_han_weekday(f[1]))),
        ),
        (
            r"\b(?:last|past|previous) week\b|上(?:个)?(?:周|星期|礼拜)",
            lambda _, today: _week(1, today),
        ),
        (
            r"(?:这|本)(?:个)?(?:周|星期|礼拜)([一二三四五六日天])",
            lambda f, today: _day(_week(0, today).first + timedelta(_han_weekday(f[1]))),
        ),
        (r"\bthis week\b|(?:这|本)(?:个)?(?:周|星期|礼拜)", lambda _, today: _week(0, today)),
        (r"上上个?月|\bthe month before last\b", lambda _, today: _months_ago(2, today)),
        (r"\b(?:last|past|previous) month\b|上个?月", lambda _, today: _months_ago(1, today)),
        (r"\bthis month\b|(?:这个|本|这)月", lambda _, today: _months_ago(0, today)),
        (r"\blast year\b|去年", lambda _, today: _ago("1", "year", today)),
        (r"\bthis year\b|今年", lambda _, today: Days(date(today.year, 1, 1), today)),
        (
            rf"\b(?:on|last) ({'|'.join(_DAYS)})\b",
            lambda f, today: _weekday(_DAYS.index(f[1]), today),
        ),
        (
            r"(?:周|星期|礼拜)([一二三四五六日天])",
            lambda f, today: _weekday(_han_weekday(f[1]), today),
        ),
        (
            r"\brecently\b|\bthe other day\b|\blately\b|最近|近期|前几天|前阵子",
            lambda _, today: Days(today - timedelta(days=45), today, exact=False),
        ),
    )
)


def _han_weekday(text: str) -> int:
    return 6 if text in "日天" else "一二三四五六".index(text)


def _han_day(text: str) -> int:
    """「五」, 「十五」, 「二十」, 「三十一」, "15"."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return _HAN_NUMBERS[text]
    return 10 * (_HAN_NUMBERS[tens] if tens else 1) + (_HAN_NUMBERS[ones] if ones else 0)
