"""The columns of a sheet, and the keys of a row, under our own names (`lexicons/columns.yaml`).

"Question", 「答案」, "name_zh", "Price (EUR)" and "Weight in kg" are what their words say. It
checks no value.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any, NamedTuple

from rapidfuzz import fuzz

from bot.language.measures import measure_of
from bot.language.quantities import MONEY, parse
from bot.language.wording import has_han, lexicon, plain
from bot.types import Language

_SPACES = re.compile(r"[\s_\-]+")
# "material_zh", "Price (EUR)", "weight in kg", 「长度（厘米）」
_HINT = re.compile(r"(?P<label>.*[^\s(\[]) ?[ (\[](?P<hint>[^()\[\]]{1,20})[)\]]?")
_LABEL = 100  # characters of a header that are read
_ALIKE = 80  # percent of its letters that a misspelled name shares with ours
LOCALIZED = frozenset(
    {"question", "answer", "name", "category", "description", "variants", "attributes"}
)


class Column(NamedTuple):
    """What a header says: our `field`, else "" and a `label`; the language of its cells, the unit
    of its numbers, the currency of its prices."""

    field: str
    label: str
    language: Language | None = None
    unit: str = ""
    currency: str = ""
    left_out: bool = False


@cache
def _index(section: str) -> dict[str, str]:
    return {str(each): name for name, of in lexicon("columns")[section].items() for each in of}


@cache
def _left_out() -> frozenset[str]:
    return frozenset(map(str, lexicon("columns")["left_out"]))


@lru_cache(maxsize=10_000)
def column(header: str) -> Column:
    """What a header says."""
    fields, languages = _index("fields"), _index("languages")
    label = _SPACES.sub(" ", plain(header[:_LABEL])).strip(" *:?.")
    if name := fields.get(label.lower()):
        return Column(name, label)
    if both := in_both(label):
        english, chinese = column(both["en"]), column(both["zh"])
        said = chinese if chinese.field and not english.field else english
        return said._replace(
            label=f"{english.label} / {chinese.label}",
            language=None,
            unit=english.unit or chinese.unit,
            left_out=english.left_out or chinese.left_out,
        )
    if header.lstrip().startswith(("_", "#")) or label.lower() in _left_out():
        return Column("", label, left_out=True)
    found = _HINT.fullmatch(label)
    if found is None:
        return Column("", label)
    base, hint = found["label"].removesuffix(" in"), found["hint"].strip()
    name = fields.get(base.lower(), "")
    left_out = base.lower() in _left_out()
    if language := languages.get(hint.lower()):
        return Column(name, base, "zh" if language == "zh" else "en", left_out=left_out)
    units = parse(f"1 {hint}")
    if len(units) != 1 or not units[0].kind or units[0].end < len(hint):
        return Column("", label, left_out=left_out)
    unit = units[0]
    if unit.kind == MONEY:
        return Column(name, base if name else label, None, "", unit.currency, left_out)
    return Column("", base, None, hint)


@lru_cache(maxsize=10_000)
def in_both(text: str) -> dict[Language, str] | None:
    """What "Colour / 颜色" says in each language; None for a text in one."""
    parts = [part.strip() for part in text.split("/")]
    if len(text) > 2 * _LABEL or len(parts) != 2 or has_han(parts[0]) == has_han(parts[1]):
        return None
    chinese, other = sorted(parts, key=has_han, reverse=True)
    return {"en": other, "zh": chinese} if any(map(str.isalpha, other)) else None


@lru_cache(maxsize=10_000)
def misspelled(label: str) -> bool:
    """Whether a label is nearly one of our names."""
    return any(fuzz.ratio(label.lower(), name) >= _ALIKE for name in lexicon("columns")["fields"])


@lru_cache(maxsize=1000)
def fields_of(headers: tuple[str, ...]) -> frozenset[str]:
    """Which fields of ours there are among the columns."""
    return frozenset(column(each).field for each in headers) - {""}


@lru_cache(maxsize=1000)
def meant(headers: tuple[str, ...], ours: frozenset[str]) -> dict[str, dict[Language | None, str]]:
    """Each of `ours` that stands among the headers, with the header that has it; a text in both
    languages has two. Of others that mean the same, the one that is spelled as ours counts."""
    found: dict[str, dict[Language | None, str]] = {}
    for header in sorted(headers, key=lambda each: each != column(each).field):
        name = column(header).field
        if name == "id" and "sku" in ours and "sku" not in fields_of(headers):
            name = "sku"
        if name not in ours:
            continue
        slots = found.setdefault(name, {})
        language = column(header).language
        if language is None and has_han(header) and not in_both(header):
            language = "zh"
        if not slots:
            slots[language] = header
        elif name in LOCALIZED and len(slots) == 1 and language not in slots:
            [(other, first)] = slots.items()
            both: dict[Language | None, str] = {
                other or _not(language): first,
                language or _not(other): header,
            }
            if len(both) == 2:
                found[name] = both
    for slots in found.values():
        [language, *more] = slots
        if not more and language and column(slots[language]).language != language:
            slots[None] = slots.pop(language)  # a header in Chinese says nothing of its cells
    return found


def _not(language: Language | None) -> Language:
    return "en" if language == "zh" else "zh"


def arranged(
    row: Mapping[str, Any], ours: frozenset[str]
) -> tuple[dict[str, Any], Mapping[str, dict[Language | None, str]]]:
    """A row under our names, and the keys behind each. What is unknown keeps its own name."""
    found = meant(tuple(row), ours)
    taken = {header for slots in found.values() for header in slots.values()}
    known = {name: _value(row, name, slots) for name, slots in found.items()}
    currencies = (column(header).currency for header in found.get("price", {}).values())
    if currency := next(filter(None, currencies), ""):
        known.setdefault("currency", currency)
    return known | {key: value for key, value in row.items() if key not in taken}, found


def _value(row: Mapping[str, Any], name: str, slots: Mapping[Language | None, str]) -> Any:
    if None not in slots:
        return {each: row[key] for each, key in slots.items()}
    return split(slots[None], row[slots[None]]) if name in LOCALIZED else row[slots[None]]


def split(label: str, value: Any) -> Any:
    """A text in both languages under a label in both, as a map; else the value as it is."""
    if isinstance(value, str) and len(value) <= 2 * _LABEL and in_both(label[: 2 * _LABEL]):
        return in_both(value) or value
    return value


@lru_cache(maxsize=1000)
def paired(headers: tuple[str, ...]) -> tuple[dict[Language, str], ...]:
    """Columns of attributes by language; two of one meaning, one in each language, are one."""
    pairs: dict[str, list[dict[Language, str]]] = {}
    for header in headers:
        both = in_both(header)
        chinese = not both and has_han(header)
        language = column(header).language or ("zh" if chinese else "en")
        label = column(both["en"] if both else header).label
        same = pairs.setdefault(measure_of(label), [])
        free = next((each for each in same if language not in each), None)
        if free is None:
            same.append({language: header})
        else:
            free[language] = header
    return tuple(each for same in pairs.values() for each in same)
