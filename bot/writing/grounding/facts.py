"""The facts in a text: money, percentages, durations, dates, times, measures, numbers, codes.

Two texts state the same fact when kind, values and unit are equal, however they are written:
"thirty days", "30-day" and 「三十天」 are one. Whether they speak of the same thing is for `check`.
Pure rules on folded text, English and Chinese alike.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from bot.language.wording import fold
from bot.writing.grounding.bounds import Bound, bound_of
from bot.writing.grounding.numbers import as_digits

Kind = Literal[
    "money", "free", "percent", "duration", "date", "time", "measure", "number", "code", "contact"
]

# A number begins where its digits begin, and has a few groups of thousands: so that a long row of
# digits or groups is read once, not once from each place in it.
_N = r"(?<!\d)(?:\d{1,3}(?:,\d{3}){1,5}(?:\.\d+)?|\d+(?:\.\d+)?)"
_TO = r"\s*(?:-|–|—|~|～|至|到|to|or|或)\s*"
_BETWEEN = r"(?<=between )"


def _range(after: str = "") -> str:
    """A number or a range of two; `after` may follow the first one ("30 days to 45 days")."""
    return (
        rf"(?:{_BETWEEN}(?P<from>{_N}){after} and (?P<till>{_N})"
        rf"|(?P<low>{_N})(?:{after}{_TO}(?:us)?[$€£¥]?(?P<high>{_N}))?)"
    )


_SIGNS = {"$": "usd", "us$": "usd", "€": "eur", "£": "gbp", "¥": "cny", "c$": "cad", "a$": "aud"}
_SIGNS |= {"hk$": "hkd", "nt$": "twd", "s$": "sgd"}
_CURRENCIES = {
    "usd": r"us dollars?|dollars?|usd|美元|美金|刀(?!具|叉)",
    "eur": r"euros?|eur|欧元",
    "gbp": r"pounds?(?! of)(?: sterling)?|gbp|英镑",
    "cny": r"yuan|rmb|cny|人民币|块钱|块(?!状)|元",
    "jpy": r"yen|jpy|日元",
    "hkd": r"hkd|港币|港元",
    "cent": r"cents?|美分",
}
_CURRENCY = "|".join(f"(?P<{name}>{words})" for name, words in _CURRENCIES.items())
_LETTERS_END = r"(?![a-z])"
_TIME_UNITS = {
    "business day": r"(?:business|working|work)[- ]?days?|个?工作日",
    "day": r"(?:calendar |full |whole |single |consecutive )?days?|天|个?自然日"
    r"|日(?![期常元本用子])",
    "night": r"nights?|夜|晚(?!上|间|于)",
    "week": r"weeks?|周(?!年|边|末|[一二三四五六日])|个?(?:星期|礼拜)(?![一二三四五六日天])",
    "month": r"months?|个月",
    "quarter": r"quarters?|个?季度",
    "year": r"years?|yrs?|年(?!底|初|末|前|度|\d)",
    "hour": r"hours?|hrs?|h|个?(?:小时|钟头)",
    "minute": r"minutes?|mins?|分钟",
    "second": r"seconds?|secs?|秒",
}
_TIME_UNIT = "|".join(f"(?P<{n.replace(' ', '_')}>{words})" for n, words in _TIME_UNITS.items())
_MEASURES = {
    "ml": r"ml|millilit(?:er|re)s?|毫升",
    "cl": r"cl",
    "l": r"l|lit(?:er|re)s?|升",
    "mm": r"mm|millimet(?:er|re)s?|毫米",
    "cm": r"cm|centimet(?:er|re)s?|厘米|公分",
    "km": r"km|kilomet(?:er|re)s?|公里",
    "m": r"m|met(?:er|re)s?|米(?!色)",
    "inch": r"inch(?:es)?|英寸|″",
    "ft": r"ft|feet|foot|英尺",
    "kg": r"kgs?|kilos?|kilograms?|公斤|千克",
    "mg": r"mg|毫克",
    "g": r"g|grams?|克",
    "lb": r"lbs?|磅",
    "oz": r"oz|ounces?|盎司",
    "kw": r"kw|千瓦",
    "w": r"w|watts?|瓦",
    "v": r"v|volts?|伏",
    "c": r"°\s*c|degrees? celsius|摄氏度|℃|度(?!假)",
    "f": r"°\s*f|degrees? fahrenheit|华氏度",
    "gsm": r"gsm|g/m2|克/平方米",
    "mb": r"mb|megabytes?",
    "gb": r"gb|gigabytes?",
    "lumen": r"lm|lumens?|流明",
    "times": r"times|倍",
}
_MEASURE = "|".join(f"(?P<m_{name}>{words})" for name, words in _MEASURES.items())
_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_MONTH = "|".join(
    f"{name}|{name[:3]}" + ("|sept" if name.startswith("sep") else "") for name in _MONTHS
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HAN_WEEKDAYS = {day: at for at, day in enumerate("一二三四五六日")} | {"天": 6}
_RELATIVE = {
    "today": r"\btoday\b|今天|今日|当天|当日|同一天|\bsame[- ]day\b",
    "tomorrow": r"\btomorrow\b|\bnext[- ]day\b|\bthe (?:next|following) day\b|\bthe day after\b"
    r"|明天|明日|次日|隔天|第二天",
    "yesterday": r"\byesterday\b|昨天",
    "at once": r"\bat once\b|\bimmediately\b|\binstantly\b|\b(?:right|straight) away\b"
    r"|立即|立刻|马上|即刻",
    "tonight": r"\btonight\b|今晚",
    "24/7": r"\b24/7\b|\baround the clock\b|全天候|全年无休|24小时在线",
}
_NEVER_FREE = r"(?<!feel )(?<!lead-)(?<!bpa-)(?<!hands-)(?<!sugar-)(?<!acid-)(?<!toll-)(?<!stress-)"


@dataclass(frozen=True)
class Fact:
    """One stated fact; equal facts are the same statement. `text` is how it was written.

    `values` are numbers, or a date as (year or 0, month or 0, day or 0), or a code's characters.
    """

    kind: Kind
    values: tuple[float | str, ...]
    unit: str = ""
    bound: Bound = ""
    text: str = ""

    @property
    def key(self) -> tuple[object, ...]:
        """What must agree exactly."""
        return self.kind, self.values, self.unit

    def agrees(self, source: "Fact") -> bool:
        """Whether a source's fact supports this one: the same, and not bounded the other way.

        "About" and "up to" may not be dropped: both make less of a promise than the bare number.
        """
        if self.key != source.key:
            return False
        if self.bound == source.bound:
            return True
        if source.bound in ("about", "upto"):
            return source.bound == "upto" and self.bound == "max"
        if self.bound in ("", "about") or not source.bound:
            # "Within 30 days" and "30 days" say the same of a period; of a price they don't.
            return self.bound != "about" and self.kind not in ("money", "percent", "number")
        return {self.bound, source.bound} == {"max", "upto"} and self.bound == "max"


_UNBOUNDED = ("free", "code", "contact")
_Make = Callable[[re.Match[str]], Fact | None]


def facts(text: str) -> tuple[Fact, ...]:
    """Every fact in `text`, in the order in which the kinds are looked for."""
    return _read(text)[0]


def without_facts(text: str) -> str:
    """Folded `text` with its facts cut out: the words that say what they are facts about."""
    return _read(text)[1]


@lru_cache(maxsize=8192)
def _read(text: str) -> tuple[tuple[Fact, ...], str]:
    rest = as_digits(fold(text))
    found: list[Fact] = []
    for pattern, make in _RULES:
        if make not in _WORDED and not _DIGIT.search(rest):
            continue
        if taken := list(_taken(pattern, make, rest)):
            found.extend(taken)
            rest = pattern.sub(lambda each, make=make: _blank(each, make), rest)  # type: ignore[misc]
    return tuple(found), rest


def _taken(pattern: re.Pattern[str], make: _Make, text: str) -> Iterator[Fact]:
    for each in pattern.finditer(text):
        fact = make(each)
        if fact is not None:
            before, after = text[max(0, each.start() - 24) : each.start()], text[each.end() :][:6]
            bound: Bound = "" if fact.kind in _UNBOUNDED else bound_of(before, after)
            yield Fact(fact.kind, fact.values, fact.unit, bound, each[0].strip())


def _blank(found: re.Match[str], make: _Make) -> str:
    """A fact is replaced by space, so that its digits are not taken a second time."""
    return found[0] if make(found) is None else " "


def _value(text: str) -> float:
    return float(text.replace(",", ""))


def _values(found: re.Match[str]) -> tuple[float, ...]:
    names = ("from", "till", "low", "high")
    groups = found.groupdict()
    return tuple(_value(groups[name]) for name in names if groups.get(name))


def _named(found: re.Match[str], prefix: str = "") -> str:
    """The name of the alternative that matched, without `prefix`."""
    skip = ("from", "till", "low", "high", "sign")
    for name, value in found.groupdict().items():
        if value is not None and name not in skip and name.startswith(prefix):
            return name.removeprefix(prefix).replace("_", " ")
    return ""


def _contact(found: re.Match[str]) -> Fact | None:
    written = found[0].strip()
    if "@" in written:
        return Fact("contact", (written.rstrip("."),))
    digits = re.sub(r"\D", "", written)
    return Fact("contact", (digits,)) if len(digits) >= 8 else None


def _money(found: re.Match[str]) -> Fact:
    sign = found.groupdict().get("sign")
    unit = _SIGNS.get(sign or "") or _named(found)
    values = _values(found)
    if unit == "cent":
        return Fact("money", tuple(value / 100 for value in values), "usd")
    return Fact("money", values, unit)


def _percent(found: re.Match[str]) -> Fact:
    return Fact("percent", _values(found) or (100.0,))


def _discount(found: re.Match[str]) -> Fact:
    """「九折」 is 10 % off, 「八五折」 15 %."""
    digits = found["folds"]
    share = float(digits) * (10 if float(digits) < 10 else 1)
    return Fact("percent", (round(100 - share, 2),))


def _duration(found: re.Match[str]) -> Fact:
    return Fact("duration", _values(found), _named(found))


def _measure(found: re.Match[str]) -> Fact:
    return Fact("measure", _values(found), _named(found, "m_"))


def _date(found: re.Match[str]) -> Fact | None:
    part = {name: value for name, value in found.groupdict().items() if value}
    month = next((value for name, value in part.items() if name.startswith("month")), "")
    day = next((value for name, value in part.items() if name.startswith("day")), "")
    year = next((value for name, value in part.items() if name.startswith("year")), "")
    number = int(month) if month.isdigit() else _month_number(month)
    if not 0 <= number <= 12 or not 0 <= int(day or 0) <= 31:
        return None
    return Fact("date", (int(year or 0), number, int(day or 0)))


def _iso(found: re.Match[str]) -> Fact:
    year, month, day = map(int, found[0].split("-"))
    return Fact("date", (year, month, day))


def _month_number(name: str) -> int:
    return next((at for at, each in enumerate(_MONTHS, 1) if name and each[:3] == name[:3]), 0)


def _weekday(found: re.Match[str]) -> Fact:
    han = found.groupdict().get("han")
    if han:
        return Fact("date", (_WEEKDAYS[_HAN_WEEKDAYS[han]],))
    return Fact("date", (found[0].strip().removesuffix("s"),))


def _relative(found: re.Match[str]) -> Fact:
    at = next(int(name[2:]) for name, value in found.groupdict().items() if value)
    return Fact("date", (tuple(_RELATIVE)[at],))


def _time(found: re.Match[str]) -> Fact | None:
    part = found.groupdict()
    hour, minute = int(part["hour"]), int(part.get("minutes") or 0)
    half = (part.get("half") or "").replace(".", "").replace(" ", "")
    if hour > 24 or minute > 59:
        return None
    late = half == "pm" or half in ("下午", "晚上", "傍晚")
    if late and hour < 12:
        hour += 12
    if half == "am" and hour == 12:
        hour = 0
    if part.get("thirty"):
        minute = 30
    return Fact("time", (float(60 * hour + minute),))


def _code(found: re.Match[str]) -> Fact:
    return Fact("code", (found[0].rstrip("-"),))


def _free(_: re.Match[str]) -> Fact:
    return Fact("free", ())


def _number(found: re.Match[str]) -> Fact:
    return Fact("number", _values(found))


_compile = re.compile
_YEAR = r"(?:19|20)\d{2}"
_ORDINAL = r"(?:st|nd|rd|th)?"
_RULES: tuple[tuple[re.Pattern[str], _Make], ...] = (
    (_compile(r"(?<![a-z0-9_.+-])[a-z0-9_.+-]+@[\w-]+(?:\.[\w-]+)+"), _contact),
    (_compile(rf"(?<![\w$€£¥]){_YEAR}-\d{{1,2}}-\d{{1,2}}(?!\d)"), _iso),
    (_compile(r"(?<![\w$€£¥.,])\+?\(?\d[\d()]*+(?:[ -]\(?\d{2,}+[\d()]*+)*(?![\d%])"), _contact),
    (_compile(r"(?<![a-z0-9])[a-z]++(?:-[a-z]++)*+-?\d[a-z0-9_-]*"), _code),
    (_compile(rf"(?P<sign>(?:us|hk|nt|c|a|s)?\$|€|£|¥)\s*{_range()}"), _money),
    (_compile(rf"{_range()}\s*-?(?:{_CURRENCY}){_LETTERS_END}"), _money),
    (
        _compile(rf"(?:百分之{_range()})|(?:百分百)"),
        lambda m: Fact("percent", _values(m) or (100.0,)),
    ),
    (_compile(rf"{_range(r'%?')}\s*(?:%|percent|per cent|个百分点)"), _percent),
    (_compile(r"(?P<folds>\d(?:\.\d)?|\d\d)折"), _discount),
    (_compile("|".join(f"(?P<r_{at}>{w})" for at, w in enumerate(_RELATIVE.values()))), _relative),
    (
        _compile(
            rf"(?:(?P<year1>{_YEAR})年)?(?P<month1>\d{{1,2}})月(?:(?P<day1>\d{{1,2}})[日号])?"
            rf"|(?P<year2>{_YEAR})年"
        ),
        _date,
    ),
    (
        _compile(
            rf"\b(?P<month1>{_MONTH})\.? (?P<day1>\d{{1,2}}){_ORDINAL}(?:,? (?P<year1>{_YEAR}))?\b"
            rf"|\b(?P<day2>\d{{1,2}}){_ORDINAL} (?:of )?(?P<month2>{_MONTH})\.?"
            rf"(?:,? (?P<year2>{_YEAR}))?\b"
            rf"|(?<!\w)(?P<month3>january|february|april|june|july|august|september|october|november"
            rf"|december)(?: (?P<year3>{_YEAR}))?\b"
            rf"|(?<=in )(?P<month4>may|march)\b|(?<=until )(?P<month5>may|march)\b"
        ),
        _date,
    ),
    (
        _compile(rf"\b(?:{'|'.join(_WEEKDAYS)})s?\b|(?:周|星期|礼拜)(?P<han>[一二三四五六日天])"),
        _weekday,
    ),
    (
        _compile(
            r"(?<![\d.])(?P<hour>\d{1,2})(?::(?P<minutes>\d{2}))?\s*(?P<half>a\.?m\.?|p\.?m\.?)(?![a-z])"
        ),
        _time,
    ),
    (
        _compile(
            r"(?<!\d)(?:(?P<half>上午|下午|晚上|早上|中午|傍晚|凌晨)\s*)?(?P<hour>\d{1,2})"
            r"(?:[:：](?P<minutes>\d{2})(?!\d)|点(?:钟|整)?(?P<thirty>半)?)"
        ),
        _time,
    ),
    (_compile(rf"{_range()}[\s-]*(?:{_TIME_UNIT}){_LETTERS_END}"), _duration),
    (_compile(rf"{_range()}[\s-]?(?:{_MEASURE}){_LETTERS_END}"), _measure),
    (
        _compile(
            rf"{_NEVER_FREE}\bfree\b(?![- ](?:to|of (?!charge)|from|time))"
            r"|\b(?:at )?no (?:extra |additional )?(?:cost|charge|fee)s?\b"
            r"|\bcomplimentary\b|\bfor nothing\b"
            r"|免费|包(?=邮)|免(?=邮|运费)|不收费|不要钱|不收取?(?:任何)?费用|零元|无需付费"
        ),
        _free,
    ),
    (_compile(rf"{_range()}{_ORDINAL}"), _number),
)
_DIGIT = re.compile(r"\d")
_WORDED = (_contact, _percent, _relative, _date, _weekday, _free)  # these need no digit
