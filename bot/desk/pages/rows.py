"""The admins' table editor of product sheets: cells are changed, rows added and removed, and what a
newer file says otherwise is shown beside what was changed here."""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from bot.database import audit
from bot.desk.pages.guard import Call, Desk, status_of
from bot.desk.pages.sheeted import Sheets, Typed
from bot.errors import DeskhandError, NotFoundError

_ROWS = 10  # of a page
_COLUMNS = 100


async def rows_page(desk: Desk, call: Call) -> Response:
    asked = call.request.query_params
    return await _page(desk, call, asked.get("name", ""), _number(asked.get("page", "")))


async def put_rows(desk: Desk, call: Call) -> Response:
    form, by = call.form, call.login.name
    name, page = form.get("name", ""), _number(form.get("at", ""))
    typed = _typed(form)
    try:
        count = await _sheets(desk).save(name, typed, form.get("seen", ""), by)
    except DeskhandError as error:
        return await _page(desk, call, name, page, error, typed)
    if count:
        act = "knowledge.entry_edited"
        await desk.db.write(lambda s: audit.note(s, act, by, name, count=str(count)))
    return _to(name, page)


async def settle_row(desk: Desk, call: Call) -> Response:
    form, by = call.form, call.login.name
    name, key, column, mine = (form.get(each, "") for each in ("name", "key", "column", "mine"))
    try:
        await _sheets(desk).settle(name, key, column, by, mine=bool(mine))
    except DeskhandError as error:
        return await _page(desk, call, name, 1, error)
    kept = "desk" if mine else "file"
    await desk.db.write(lambda s: audit.note(s, "knowledge.entry_settled", by, key, kept=kept))
    return _to(name, 1)


def _typed(form: Mapping[str, str]) -> Typed:
    """Cells by their places: the page says which row and column each place is."""
    columns = [form.get(f"column-{at}", "") for at in range(_COLUMNS) if f"column-{at}" in form]
    keys = [form.get(f"key-{at}", "") for at in range(_ROWS) if f"key-{at}" in form]
    cells = {
        (key, column): form[f"cell-{row}-{at}"]
        for row, key in enumerate(keys)
        for at, column in enumerate(columns)
        if f"cell-{row}-{at}" in form
    }
    dropped = [key for row, key in enumerate(keys) if f"drop-{row}" in form]
    added = {column: form.get(f"new-{at}", "") for at, column in enumerate(columns)}
    return Typed(cells, dropped, added)


async def _page(
    desk: Desk,
    call: Call,
    name: str,
    page: int,
    error: DeskhandError | None = None,
    typed: Typed | None = None,
) -> Response:
    return call.page(
        "feed_rows.html",
        status=status_of(error) if error else 200,
        name=name,
        view=await _sheets(desk).view(name, page, _ROWS),
        typed=typed or Typed({}, (), {}),
        page=page,
        error=error.message(call.language) if error else None,
    )


def _to(name: str, page: int) -> Response:
    return RedirectResponse(f"/desk/knowledge/rows?{urlencode({'name': name, 'page': page})}", 303)


def _number(given: str) -> int:
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 6 else 1


def _sheets(desk: Desk) -> Sheets:
    if desk.sheets is None:
        raise NotFoundError("desk.no_room")
    return desk.sheets
