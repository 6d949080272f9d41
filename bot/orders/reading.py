"""The program that reads order files, in a process that may die of them (`bot/confined.py`).

CSV and XLSX have a row per item, JSON and JSON lines an object per order (docs/orders.md). It says
which fields belong to which order and where each stood; it checks no field.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from bot.confined import serve
from bot.errors import InputError
from bot.language.encoding import line_of
from bot.language.table import Broken, HeaderError, Table, read_table
from bot.orders.checks import Raw
from bot.orders.files import Contents, Problem, Row
from bot.orders.table import COLUMNS, NEEDED, join

_QUOTED = 300  # characters of what a problem quotes from a file


def answer(request: Mapping[str, Any]) -> Iterator[bytes]:
    """The orders in the file at `path`, called `name`, or why it is refused."""
    path, found = Path(request["path"]), Contents()
    try:
        _READERS[path.suffix.lower()](path, request["name"], found)
    except InputError as error:
        yield to_json({"kind": "refused", "key": error.key, "params": _plain(error.params)})
        return
    except UnicodeDecodeError as error:
        params = {"file": request["name"], "line": str(line_of(error))}
        yield to_json({"kind": "refused", "key": "orders.undecodable", "params": params})
        return
    except OSError as error:
        params = {"file": request["name"], "detail": error.strerror or str(error)}
        yield to_json({"kind": "refused", "key": "orders.unreadable", "params": params})
        return
    if found.demo:
        yield to_json({"kind": "demo"})
    for row in found.rows:
        yield _row(row)
    for problem in found.problems:
        yield _problem(problem)


def _row(row: Row) -> bytes:
    try:
        return to_json(
            {"kind": "row", "where": row.where, "customer": row.customer, "order": row.order}
        )
    except ValueError:  # half a character, or nested without end
        return _problem(Problem(row.where, "orders.unsound"))


def _problem(problem: Problem) -> bytes:
    params = _plain(problem.params)
    where = _plain({"where": problem.where})["where"]
    return to_json({"kind": "problem", "where": where, "key": problem.key, "params": params})


def _plain(params: Mapping[str, object]) -> dict[str, str]:
    """What is quoted from a file, in bounds and free of halves of characters."""
    return {
        name: str(value)[:_QUOTED].encode("utf-8", "backslashreplace").decode()
        for name, value in params.items()
    }


def _json(path: Path, name: str, into: Contents) -> None:
    text = path.read_text(encoding="utf-8-sig")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError("orders.not_json", file=name, detail=error) from error
    except RecursionError as error:
        raise InputError("orders.too_deep", file=name) from error
    whole: Any = {"orders": found} if isinstance(found, list) else found
    if not isinstance(whole, dict) or not isinstance(whole.get("orders"), list):
        raise InputError("orders.no_list", file=name)
    into.demo = into.demo or whole.get("demo") is True
    customers = {}
    listed = whole.get("customers") or []
    for at, each in enumerate(listed if isinstance(listed, list) else [listed], 1):
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            customers[each["id"]] = each
        else:
            into.problems.append(Problem(f"{name}, customer {at}", "orders.no_customer_id"))
    for at, each in enumerate(whole["orders"], 1):
        number = each.get("id") if isinstance(each, dict) else None
        label = f" ({str(number)[:40]})" if isinstance(number, str | int) else ""
        _add(each, customers, f"{name}, order {at}{label}", into)


def _jsonl(path: Path, name: str, into: Contents) -> None:
    with path.open("rb") as lines:
        for at, line in enumerate(lines, 1):
            where = f"{name}:{at}"
            try:
                text = line.decode("utf-8-sig" if at == 1 else "utf-8")
                if text.strip():
                    _add(json.loads(text), {}, where, into)
            except ValueError as error:  # of the encoding, too
                detail = {"file": name, "detail": error}
                into.problems.append(Problem(where, "orders.not_json", detail))
            except RecursionError:
                into.problems.append(Problem(where, "orders.too_deep", {"file": name}))


def _add(raw: Any, customers: Mapping[str, Raw], where: str, into: Contents) -> None:
    """One order object; its customer is an object in it, or an id that stands in `customers`."""
    whose = raw.get("customer") if isinstance(raw, dict) else None
    if isinstance(whose, str) and whose:
        whose = customers.get(whose, {"id": whose})
    if not isinstance(whose, dict):
        into.problems.append(Problem(where, "orders.no_customer"))
        return
    into.rows.append(Row(where, whose, {k: v for k, v in raw.items() if k != "customer"}))


def _csv(path: Path, name: str, into: Contents) -> None:
    """A row is an item; rows with one `order_id` are one order, whose fields its first row has."""
    try:
        table = read_table(path.read_bytes(), _known)
    except HeaderError as error:
        raise InputError("orders.bad_header", file=name, detail=error) from error
    _table(table, name, into)


def _xlsx(path: Path, name: str, into: Contents) -> None:
    """The visible sheets that have a column of ours, each as a CSV file."""
    from bot.language.workbook import WorkbookError, read_workbook, tables  # loads openpyxl

    try:
        sheets = read_workbook(path, _known, units=False)
    except WorkbookError as error:
        raise InputError(f"orders.{error.reason}", file=name, **error.params) from error
    read = tables(sheets)
    if not read:
        raise InputError("orders.missing_columns", file=name, columns=", ".join(NEEDED))
    for sheet in sheets:
        place = f"{name} ({sheet.name})" if len(sheets) > 1 else name
        into.problems += (Problem(place, f"orders.{n.reason}", n.params) for n in sheet.notes)
        if sheet in read:
            _table(sheet.table, place, into)
        elif sheet.table.header:
            found = ", ".join(filter(None, sheet.table.header))
            into.problems.append(Problem(place, "orders.sheet_left_out", {"found": found}))


def _known(header: str) -> bool:
    return header.lower() in COLUMNS


def _table(table: Table, name: str, into: Contents) -> None:
    header = [each.lower() for each in table.header]
    missing = [each for each in NEEDED if each not in header]
    unknown = [each for each in header if each and each not in COLUMNS]
    if missing or unknown:
        key = "orders.missing_columns" if missing else "orders.unknown_columns"
        raise InputError(key, file=name, columns=", ".join(missing or unknown))
    join(_table_rows(table, name, into), into)


def _table_rows(table: Table, name: str, into: Contents) -> Iterator[tuple[str, dict[str, str]]]:
    for line, row in table.rows():
        where = f"{name}:{line}"
        if isinstance(row, Broken):
            into.problems.append(Problem(where, f"orders.{row.reason}", row.params))
        else:
            yield where, {column.lower(): cell.strip() for column, cell in row.items()}


_READERS: dict[str, Callable[[Path, str, Contents], None]] = {
    ".json": _json,
    ".jsonl": _jsonl,
    ".csv": _csv,
    ".xlsx": _xlsx,
}

if __name__ == "__main__":
    serve(answer)
