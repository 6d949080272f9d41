"""A row of a FAQ file (JSONL, CSV, YAML) → an entry, or the reasons why not, field by field.

It does not open files; `products` takes the rows that carry a `sku`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError, from_json

from bot.knowledge.entry import Entry, Found, Problem, Replaced, Severity
from bot.knowledge.readers.source import Source, clean_line, clean_text, slug
from bot.language.html import without_html
from bot.language.lines import plain
from bot.texts import LANGUAGES, shorten
from bot.types import Language

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]00:00(?::00)?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})([/.])(\d{1,2})[/.](\d{4})")
_LANGUAGES = {"en": "en", "zh": "zh", "english": "en", "chinese": "zh", "中文": "zh", "英文": "en"}
_COMMAS = re.compile(r"[,;，；、]")
_TOLD = ("columns_as_attributes",)  # nothing is wrong with what these say
_SLUG = 80  # characters
_TITLE = 60  # characters of an answer that has no question, as its name


def _text(value: object) -> object:
    return clean_text(without_html(value)) if isinstance(value, str) else value


def _line(value: object) -> object:
    return clean_line(value) if isinstance(value, str) else value


def _words(value: object) -> object:
    """A line without HTML and without marks, for what is searched and shown on a button."""
    return clean_line(plain(value)) if isinstance(value, str) else value


def _identifier(value: object) -> object:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else _line(value)


def _or_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else _line(value)


def _day(value: object) -> object:
    """A date as people and spreadsheets write it, to ISO; anything else fails as a date."""
    if value is None or isinstance(value, date) or value == "":
        return value or None
    said = value.strip() if isinstance(value, str) else ""
    if match := _DATE.fullmatch(said):
        return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"
    if match := _DAY_FIRST.fullmatch(said):
        day, month = int(match[1]), int(match[3])
        if match[2] == "/" and month > 12:  # as Americans write it
            day, month = month, day
        elif match[2] == "/" and day <= 12 and day != month:
            raise PydanticCustomError("date_parsing", "may be two dates")
        return f"{match[4]}-{month:02}-{day:02}"
    raise PydanticCustomError("date_parsing", "not a date")


def _language(value: object) -> object:
    if not isinstance(value, str):
        return value
    name = value.strip().lower()
    return _LANGUAGES.get(re.split(r"[-_]", name)[0], value) if name else None


def _json_list(text: str) -> object:
    """`text` as JSON; None when it only begins like a list ("[EU] do you ship there?")."""
    try:
        return from_json(text) if text.lstrip().startswith("[") else None
    except ValueError:
        return None


def _list(value: object) -> object:
    """A list as it is; a text as a JSON list or separated by "|"; empty members dropped."""
    if value is None:
        return ()
    if isinstance(value, str):
        value = _json_list(value) or value.split("|")
    if not isinstance(value, list):
        return value
    members = (_identifier(member) for member in value if member is not None)
    return tuple(member for member in members if member != "")


def _tags(value: object) -> object:
    """As `_list`; a text without "|" may be parted by commas or semicolons, as tags have none."""
    if isinstance(value, str) and "|" not in value and _json_list(value) is None:
        value = _COMMAS.split(value)
    return _list(value)


Line = Annotated[str, BeforeValidator(_line)]
Identifier = Annotated[str, BeforeValidator(_identifier), Field(min_length=1, max_length=200)]
Address = Annotated[str, Field(pattern=r"^(https?://|/)\S+$")]
Url = Annotated[Address | None, BeforeValidator(_or_none)]
Lines = Annotated[tuple[str, ...], BeforeValidator(_list)]


class Row(BaseModel):
    """What every row may carry. Unknown fields are kept aside, to be warned of."""

    model_config = ConfigDict(extra="allow")

    lang: Annotated[Language | None, BeforeValidator(_language)] = None
    valid_until: Annotated[date | None, BeforeValidator(_day)] = None
    tags: Annotated[tuple[str, ...], BeforeValidator(_tags)] = ()
    url: Url = None


class FaqRow(Row):
    """One question and its answer. Without a question the answer itself is searched."""

    id: Identifier
    question: Annotated[
        str, BeforeValidator(lambda value: _words(value or "")), Field(max_length=2000)
    ] = ""
    variants: Annotated[Lines, Field(max_length=1000)] = ()
    answer: Annotated[str, BeforeValidator(_text), Field(min_length=1)]
    edit_of: Replaced | None = None  # written by the desk alone


FAQ_FIELDS = frozenset(FaqRow.model_fields) - {"edit_of"}


class Warned:
    """Remembers, for one file, what was already named, and what is named together at its end."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._together: dict[str, dict[str, None]] = {}

    def unknown(self, names: Iterable[str], source: Source, line: int | None) -> Iterator[Problem]:
        """One warning for each field that no format knows, on its first line only."""
        for name in names:
            if name not in self._names:
                self._names.add(name)
                yield source.warning("unknown_field", line, field=name)

    def note(self, key: str, names: Iterable[str] = ()) -> None:
        """Names that stand in one line at the end of the file."""
        self._together.setdefault(key, {}).update(dict.fromkeys(names))

    def together(self, source: Source) -> Iterator[Problem]:
        """What was noted, each kind once."""
        for key, names in self._together.items():
            severity: Severity = "info" if key in _TOLD else "warning"
            yield source.problem(key, None, severity, {"fields": ", ".join(names)})


def faq_entries(
    values: Mapping[str, Any],
    source: Source,
    line: int | None,
    warned: Warned,
    lines: Mapping[str, int] | None = None,
) -> Iterator[Found | Problem]:
    """The entries of one row, or its problems: one entry, or one in each language of its texts.
    `lines` holds each field's own line where known."""
    told = (value for name in ("question", "answer") if isinstance(value := values.get(name), dict))
    languages = dict.fromkeys(each for value in told for each in value if each in LANGUAGES)
    own: list[dict[str, Any]] = [
        {name: _of_language(value, each) for name, value in values.items()} | {"lang": each}
        for each in languages
    ]
    own = [each for each in own if each.get("answer")] or [dict(values)]
    question = clean_line(plain(str(own[0].get("question") or "")))
    for each in own:
        named = each.get("id") not in (None, "")
        if question and not named:
            each["id"] = f"{source.base}#{_identified(question)}"
        for found in _faq_entry(each, source, line, warned, lines):
            yield replace(found, named=named) if isinstance(found, Found) else found


def _of_language(value: object, language: str) -> object:
    return value.get(language) if isinstance(value, dict) else value


def _identified(question: str) -> str:
    """A question as an id; a long one ends in a mark of the whole."""
    name = slug(question)
    if 0 < len(name) <= _SLUG:
        return name
    return f"{name[:_SLUG]}-{sha256(question.encode()).hexdigest()[:8]}".lstrip("-")


def _faq_entry(
    values: Mapping[str, Any],
    source: Source,
    line: int | None,
    warned: Warned,
    lines: Mapping[str, int] | None,
) -> Iterator[Found | Problem]:
    try:
        row = FaqRow.model_validate(values)
    except ValidationError as error:
        yield from row_problems(error, source, line, lines)
        return
    if row.model_extra:
        yield from warned.unknown(row.model_extra, source, line)
    entry = Entry(
        id=row.id,
        lang=row.lang or source.language(row.question or row.answer),
        question=row.question,
        variants=row.variants,
        answer=row.answer,
        source=source.name,
        title=row.question or shorten(plain(row.answer[: 10 * _TITLE]), _TITLE),
        kind="faq",
        url=row.url,
        tags=row.tags,
        valid_until=row.valid_until,
    )
    yield Found(entry, line, edit_of=row.edit_of)


def row_problems(
    error: ValidationError,
    source: Source,
    line: int | None,
    lines: Mapping[str, int] | None = None,
) -> Iterator[Problem]:
    """The fields that pydantic refused, each in the admin's words."""
    for detail in error.errors(include_url=False, include_input=False):
        field, *inner = map(str, detail["loc"] or "?")
        key = _reason(detail, field)
        place = (lines or {}).get(field, line)
        if field == "variants" and inner:  # the second one's stock: "variants[2].stock"
            field = ".".join([f"variants[{int(inner[0]) + 1}]", *inner[1:2]])
        yield source.problem(key, place, params={"field": field, "detail": detail["msg"]})


def _reason(detail: ErrorDetails, field: str) -> str:
    kind = detail["type"]
    if kind == "missing":
        return "field_missing"
    if kind == "price":
        return "field_price"
    if kind in ("string_too_short", "too_short"):
        return "field_empty"
    if kind == "literal_error" and field == "lang":
        return "field_language"
    if kind.startswith("date_"):
        return "field_date"
    if kind == "string_pattern_mismatch":
        return "field_image" if field == "image" else "field_url"
    if kind == "string_type":
        return "field_text"
    if kind == "variants_apart":
        return "field_variants_apart"
    if kind == "variant_options":
        return "field_variant"
    if field == "variants" and kind in ("variant_text", "tuple_type", "model_type"):
        return "field_variants"
    if kind in ("tuple_type", "list_type"):
        return "field_list"
    if kind.startswith(("int_", "decimal_", "greater_than")):
        return "field_number"
    return "field_invalid"
