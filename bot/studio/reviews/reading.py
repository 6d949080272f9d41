"""Files of reviews: CSV and JSON lines, with the column names that shops and their apps use.

The names are English or Chinese. A row that cannot be read is named and left out; the others are
taken.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import yaml

from bot.errors import InputError
from bot.language.encoding import line_of
from bot.language.table import Broken, HeaderError, read_table
from bot.language.wording import fold
from bot.texts import t

EXTENSIONS = (".csv", ".jsonl")
LONGEST = 8000  # characters that are kept of a review
_LIMIT = 256 * 1024 * 1024  # bytes of a file
_NAMED = 200  # characters of a product's or customer's name
_SIGNS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_OF_WORDS = {"好评": 5, "中评": 3, "差评": 1, "positive": 5, "neutral": 3, "negative": 1}
_SHAPES = ("%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y", "%Y年%m月%d日", "%m %d, %Y", "%B %d, %Y")
_DAY = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[./]\d{1,2}[./]\d{4}"
    r"|(?:\d{1,2}|[A-Za-z]{3,9}) \d{1,2}, \d{4}"
)
_SECONDS = range(10**8, 10**10)
_NEEDED = ("product", "text")


@dataclass(frozen=True)
class Problem:
    """A row that is left out: "reviews.csv:12", and why."""

    where: str
    key: str
    params: Mapping[str, object] = field(default_factory=dict)

    def message(self, language: str) -> str:
        """The reason and what to do."""
        return t(self.key, language, **self.params)


@dataclass(frozen=True)
class Review:
    """A review as a file has it; what it does not say is None or ""."""

    product: str
    text: str
    stars: int | None
    written_on: date | None
    customer: str


def read(path: Path) -> tuple[list[Review], list[Problem]]:
    """The reviews of a file, and what was left out; `InputError` where there are none at all."""
    if path.suffix.lower() not in EXTENSIONS:
        raise InputError("reviews.unknown_format", file=path.name)
    try:
        if path.stat().st_size > _LIMIT:
            raise InputError("reviews.too_large", file=path.name)
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError("reviews.unreadable", file=path.name, reason=reason) from error
    rows = _csv if path.suffix.lower() == ".csv" else _jsonl
    found: list[Review] = []
    problems: list[Problem] = []
    for where, cells in rows(path.name, data):
        checked = cells if isinstance(cells, Problem) else _review(where, cells)
        if isinstance(checked, Problem):
            problems.append(checked)
        else:
            found.append(checked)
    if not found and not problems:
        raise InputError("reviews.nothing", file=path.name)
    return found, problems


def day(written: str, today: date) -> date | None:
    """A date however written; None for none that can be meant."""
    written = written.strip()
    if written.isdigit() and (seconds := int(written[:10])) in _SECONDS:
        return datetime.fromtimestamp(seconds, UTC).date()
    shown = _DAY.search(written)
    if shown is None:
        return None
    for shape in ("%Y-%m-%d", *_SHAPES):
        try:
            found = datetime.strptime(shown.group(), shape).replace(tzinfo=UTC).date()
        except ValueError:
            continue
        return found if date(1995, 1, 1) <= found <= today else None
    return None


def stars(written: str) -> int | None:
    """1 to 5, from "4.0", "4/5", "★★★★☆", 「5星」 or 「好评」; None for anything else."""
    written = fold(written)
    if filled := written.count("★"):
        return min(filled, 5)
    if written in _OF_WORDS:
        return _OF_WORDS[written]
    number = _NUMBER.search(written)
    if number is None:
        return None
    value = float(number.group().replace(",", "."))
    return round(value) if 0.5 < value < 5.5 else None


def _csv(name: str, data: bytes) -> Iterator[tuple[str, dict[str, str] | Problem]]:
    try:
        table = read_table(data, _known)
    except UnicodeDecodeError as error:
        raise InputError("reviews.undecodable", file=name, line=line_of(error)) from error
    except HeaderError as error:
        raise InputError("reviews.bad_header", file=name, line=error.line) from error
    _check(name, table.header)
    for line, row in table.rows():
        where = f"{name}:{line}"
        if isinstance(row, Broken):
            yield where, Problem(where, "reviews.broken_row")
        else:
            yield where, _named(row)


def _jsonl(name: str, data: bytes) -> Iterator[tuple[str, dict[str, str] | Problem]]:
    for line, raw in enumerate(data.splitlines(), 1):
        if not raw.strip():
            continue
        where = f"{name}:{line}"
        try:
            found = json.loads(raw.decode("utf-8-sig" if line == 1 else "utf-8"))
        except (ValueError, RecursionError):
            yield where, Problem(where, "reviews.not_json")
            continue
        if not isinstance(found, dict):
            yield where, Problem(where, "reviews.not_json")
            continue
        plain = {str(k): str(v) for k, v in found.items() if isinstance(v, str | int | float)}
        yield where, _named(plain)


def _review(where: str, cells: Mapping[str, str]) -> Review | Problem:
    text = cells.get("text", "").strip()
    title = cells.get("title", "").strip()
    if title and title not in text:
        text = f"{title}\n{text}" if text else title
    text = text.replace("\x00", "").encode("utf-8", "ignore").decode()[:LONGEST]
    product = cells.get("product", "").replace("\x00", "").strip()[:_NAMED]
    if not product:
        return Problem(where, "reviews.no_product")
    if not text:
        return Problem(where, "reviews.no_text")
    written = cells.get("date", "")
    written_on = day(written, datetime.now(UTC).date())
    if written.strip() and written_on is None:
        return Problem(where, "reviews.bad_date", {"date": written[:40]})
    given = cells.get("stars", "")
    counted = stars(given)
    if given.strip() and counted is None:
        return Problem(where, "reviews.bad_stars", {"stars": given[:40]})
    return Review(product, text, counted, written_on, cells.get("customer", "").strip()[:_NAMED])


def _check(name: str, header: list[str]) -> None:
    known = {_known(each) for each in header}
    if missing := [each for each in _NEEDED if each not in known]:
        raise InputError("reviews.missing_columns", file=name, columns=", ".join(missing))


def _named(cells: Mapping[str, str]) -> dict[str, str]:
    """The cells by our names; of several columns that may be meant the one that we name first."""
    best: dict[str, tuple[int, str]] = {}
    for column, cell in cells.items():
        if (of := _known(column)) and cell.strip():
            place = _columns()[_key(column)][1]
            if of not in best or place < best[of][0]:
                best[of] = (place, cell)
    return {name: cell for name, (_, cell) in best.items()}


def _known(column: str) -> str:
    """Our name of a column, "" for one that is none of ours."""
    return _columns().get(_key(column), ("", 0))[0]


def _key(column: str) -> str:
    return _SIGNS.sub("", fold(column))


@cache
def _columns() -> Mapping[str, tuple[str, int]]:
    """Our name of each column, and how surely it is meant (0 first)."""
    text = (Path(__file__).parent / "columns.yaml").read_text(encoding="utf-8")
    names = yaml.load(text, Loader=yaml.CSafeLoader)
    return {each: (of, at) for of, every in names.items() for at, each in enumerate(every)}
