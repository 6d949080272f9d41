"""Whether a number is a limit: "at least", "up to", 「满」, 「以内」. Rules on folded text."""

import re
from typing import Literal

Bound = Literal["", "min", "max", "upto", "about"]

_MIN_BEFORE = (
    r"(?:at least|a minimum of|minimum(?: of)?|over|above|more than|no less than|not less than"
    r"|starting (?:at|from)|from|exceeds?|exceeding|upwards of|beyond|older than|longer than"
    r"|later than|after|至少|最少|不少于|不低于|超过|超出|满|高于|大于|多于|起码|超|逾)"
)
_MAX_BEFORE = (
    r"(?:at most|no more than|not more than|a maximum of|maximum(?: of)?|within|under|below"
    r"|less than|fewer than|until|before|by|earlier than|not exceed(?:ing)?|最多|不超过|不多于"
    r"|少于|低于|小于|未满|不满|不足|不到|最长|最迟)"
)
_BOUNDS: tuple[tuple[Bound, str], ...] = (
    ("upto", r"(?:up to|as much as|最高|多达|可达|高达)"),
    ("max", _MAX_BEFORE),
    ("min", _MIN_BEFORE),
    (
        "about",
        r"(?:about|around|approximately|approx\.?|roughly|nearly|almost|some|约|大约|大概|将近|近)",
    ),
)
_BEFORE = [
    (bound, re.compile(rf"(?:^|[^a-z]){words}(?: the| of| a| an| only| just)?\s*$"))
    for bound, words in _BOUNDS
]
_AFTER: tuple[tuple[Bound, re.Pattern[str]], ...] = (
    ("max", re.compile(r"^\s*(?:or less|or fewer|or under|以内|之内|以下|内|(?:之|以)?前)")),
    (
        "min",
        re.compile(
            r"^\s*(?:or more|or over|or above|and up|and above|and over|\+|以上|起|[之以]?后)"
        ),
    ),
    ("about", re.compile(r"^\s*(?:or so|左右|上下)")),
)


def bound_of(before: str, after: str) -> Bound:
    """How the words before and after a number limit it; "" when they don't."""
    for bound, pattern in _AFTER:
        if pattern.match(after):
            return bound
    for bound, pattern in _BEFORE:
        if pattern.search(before):
            return bound
    return ""
