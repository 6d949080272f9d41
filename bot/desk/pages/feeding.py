"""The admins' pages of the knowledge's files: looked at before they are saved, edited, taken back,
and built from. What a file says is the matter of `Desk.feed`."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from starlette.responses import RedirectResponse, Response

from bot.database import audit
from bot.desk.pages.feeds import EntryView, Feed, Fields
from bot.desk.pages.files import disposition
from bot.desk.pages.guard import Call, Desk, status_of
from bot.errors import DeskhandError, InputError, NotFoundError
from bot.types import Language

_FILES = "/desk/knowledge/files"
_SHOWN = 60  # entries on the page of a file, and changes on that of all
_ROWS = 12  # of the table
_NAMES = ("id", "lang", "question", "answer", "variants", "url", "tags", "valid_until")
_IN_TABLE = ("question", "variants", "answer")


async def files_page(desk: Desk, call: Call) -> Response:
    return await _files(desk, call)


async def preview(desk: Desk, call: Call) -> Response:
    """What an uploaded file, or a text that was pasted or edited, would become."""
    form = call.form
    try:
        name, data = _given(call)
        seen = form["seen"] if "seen" in form else await _feed(desk).mark(name)
        token, reading = await _feed(desk).stage(name, data)
    except DeskhandError as error:
        return await _files(desk, call, error, {"name": form.get("name", ""), **_typed(form)})
    return call.page(
        "feed_preview.html",
        reading=reading,
        shown=reading.entries[:_SHOWN],
        token=token,
        seen=seen,
    )


async def save(desk: Desk, call: Call) -> Response:
    form = call.form
    name = await _feed(desk).save(form.get("token", ""), form.get("seen", ""), call.login.name)
    await _noted(desk, call, "knowledge.file_saved", name)
    return _to_file(name)


async def remove(desk: Desk, call: Call) -> Response:
    name = call.form.get("name", "")
    await _feed(desk).remove(name, call.form.get("seen", ""), call.login.name)
    await _noted(desk, call, "knowledge.file_removed", name)
    return RedirectResponse(_FILES, 303)


async def undo(desk: Desk, call: Call) -> Response:
    try:
        name = await _feed(desk).undo(call.number("change"), call.login.name)
    except DeskhandError as error:
        return await _files(desk, call, error)
    await _noted(desk, call, "knowledge.file_undone", name)
    return RedirectResponse(f"{_FILES}#changes", 303)


async def file_page(desk: Desk, call: Call) -> Response:
    """One file: what it becomes, and its text where it is one."""
    name, feed = call.request.query_params.get("name", ""), _feed(desk)
    reading = await feed.reading(name)
    wanted = call.typed.casefold()
    found = [each for each in reading.entries if _holds(each, wanted)]
    return call.page(
        "feed_file.html",
        reading=reading,
        shown=found[:_SHOWN],
        count=len(found),
        wanted=call.typed,
        text=await feed.text(name),
        seen=await feed.mark(name),
        table=any(each.editable for each in reading.entries),
        sheet=desk.sheets is not None and await desk.sheets.is_sheet(name),
    )


async def download(desk: Desk, call: Call) -> Response:
    name = call.request.query_params.get("name", "")
    return Response(
        await _feed(desk).content(name),
        media_type="application/octet-stream",
        headers={"Content-Disposition": disposition(name.rpartition("/")[2], inline=False)},
    )


async def entry_page(desk: Desk, call: Call) -> Response:
    """The form of one entry: of a file, or a new one."""
    asked = call.request.query_params
    name = asked.get("name", "")
    if name:
        entry = await _feed(desk).entry(name, asked.get("id", ""), _lang(asked.get("lang", "")))
        return _entry(call, name, entry.fields, entry)
    blank = {**dict.fromkeys(_NAMES, ""), "lang": call.language}
    return _entry(call, "", {**blank, "question": call.typed})


async def put_entry(desk: Desk, call: Call) -> Response:
    name = call.form.get("name", "")
    fields = {each: call.form.get(each, "") for each in _NAMES}
    try:
        if not name and not (fields["id"].strip() or fields["question"].strip()):
            raise InputError("feed.no_question")
        new = {"new": "1"} if not name else {}
        await _feed(desk).edit(name or "edited.jsonl", [{**fields, **new}], call.login.name)
    except DeskhandError as error:
        return _entry(call, name, fields, error=error)
    target = fields["id"] or fields["question"]
    await _noted(desk, call, "knowledge.entry_edited", target)
    return _to_file(name or "edited.jsonl")


async def settle(desk: Desk, call: Call) -> Response:
    """Somebody has looked at what the file says and what was edited, and chosen."""
    form = call.form
    name, entry_id, mine = form.get("name", ""), form.get("id", ""), "mine" in form
    lang, by = _lang(form.get("lang", "")), call.login.name
    await _feed(desk).settle(name, entry_id, lang, by, mine=mine)
    await _noted(desk, call, "knowledge.entry_settled", entry_id, kept="desk" if mine else "file")
    return _to_file(name)


async def table_page(desk: Desk, call: Call) -> Response:
    asked = call.request.query_params
    return await _table(desk, call, asked.get("name", ""), _number(asked.get("page", "")) or 1)


async def put_table(desk: Desk, call: Call) -> Response:
    """Keep each row that is not as it was."""
    form, rows = call.form, list[Fields]()
    name = form.get("name", "")
    reading = await _feed(desk).reading(name)
    known = {(each.fields["id"], each.fields["lang"]): each.fields for each in reading.entries}
    typed = dict[tuple[str, str], Fields]()
    for place in range(_ROWS):
        lang, _, entry_id = form.get(f"key-{place}", "").partition(" ")
        before = known.get((entry_id, lang))
        if before is None:
            continue
        after = {**before, **{each: form.get(f"{each}-{place}", "") for each in _IN_TABLE}}
        typed[entry_id, lang] = after
        if any(before[each].strip() != after[each].strip() for each in _IN_TABLE):
            rows.append(after)
    page = _number(form.get("page", "")) or 1
    try:
        count = await _feed(desk).edit(name, rows, call.login.name) if rows else 0
    except DeskhandError as error:
        return await _table(desk, call, name, page, error, typed)
    if count:
        await _noted(desk, call, "knowledge.entry_edited", name, count=str(count))
    return RedirectResponse(f"/desk/knowledge/table?{urlencode({'name': name, 'page': page})}", 303)


async def put_pages(desk: Desk, call: Call) -> Response:
    """Say which pages of the shop's own help centre are fetched."""
    text, seen = call.form.get("pages", ""), call.form.get("seen", "")
    try:
        await _feed(desk).list_pages(text, seen, call.login.name)
    except DeskhandError as error:
        return await _files(desk, call, error, {"pages": text})
    await _noted(desk, call, "knowledge.file_saved", "urls.txt")
    return RedirectResponse(f"{_FILES}#pages", 303)


async def build(desk: Desk, call: Call) -> Response:
    if _feed(desk).build(call.language):
        await _noted(desk, call, "knowledge.build", "index")
    return RedirectResponse(f"{_FILES}#build", 303)


async def building(desk: Desk, call: Call) -> Response:
    """How the build goes, for the page that waits for it."""
    return call.page("feed_building.html", building=_feed(desk).building())


async def _files(
    desk: Desk,
    call: Call,
    error: DeskhandError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    feed = _feed(desk)
    files, changes = await feed.files(), await feed.changes()
    pages, pages_seen = await feed.pages()
    return call.page(
        "feed.html",
        status=status_of(error) if error else 200,
        files=files,
        folders=sorted({each.name.rpartition("/")[0] for each in files} - {""}),
        changes=changes[:20],
        building=feed.building(),
        unbuilt=sum(each.state in ("new", "changed", "gone") for each in files),
        pages_seen=pages_seen,
        typed={"name": "", "text": "", "pages": pages} | (typed or {}),
        error=error.message(call.language) if error else None,
    )


async def _table(
    desk: Desk,
    call: Call,
    name: str,
    page: int,
    error: DeskhandError | None = None,
    typed: dict[tuple[str, str], Fields] | None = None,
) -> Response:
    reading = await _feed(desk).reading(name)
    every = [each.fields for each in reading.entries if each.editable]
    rows = every[(page - 1) * _ROWS : page * _ROWS]
    return call.page(
        "feed_table.html",
        status=status_of(error) if error else 200,
        name=name,
        rows=[(typed or {}).get((each["id"], each["lang"]), each) for each in rows],
        page=page,
        pages=max(1, -(-len(every) // _ROWS)),
        error=error.message(call.language) if error else None,
    )


def _entry(
    call: Call,
    name: str,
    fields: Fields,
    entry: EntryView | None = None,
    error: DeskhandError | None = None,
) -> Response:
    return call.page(
        "feed_entry.html",
        status=status_of(error) if error else 200,
        name=name,
        fields=fields,
        entry=entry,
        error=error.message(call.language) if error else None,
    )


def _given(call: Call) -> tuple[str, bytes]:
    """The name and the content of what came: a file, or a text."""
    name = call.form.get("name", "").strip()
    if call.file is not None:
        own = call.file[0].replace("\\", "/").rpartition("/")[2]
        folder = call.form.get("folder", "").strip().strip("/")
        return name or (f"{folder}/{own}" if folder else own), call.file[1]
    text = call.form.get("text", "")
    if not text.strip():
        raise InputError("feed.nothing_given")
    return name, text.encode()


def _typed(form: Fields) -> dict[str, str]:
    return {"text": form["text"]} if "text" in form else {}


def _holds(entry: EntryView, wanted: str) -> bool:
    fields = entry.fields
    texts: Sequence[str] = (fields["id"], entry.title, fields["variants"], fields["answer"])
    return any(wanted in text.casefold() for text in texts)


def _to_file(name: str) -> Response:
    return RedirectResponse(f"/desk/knowledge/file?name={quote(name, safe='/')}", 303)


def _number(given: str) -> int:
    """What is typed as a number; 0 for anything else."""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _lang(given: str) -> Language:
    return "zh" if given == "zh" else "en"


async def _noted(desk: Desk, call: Call, act: str, target: str, **detail: str) -> None:
    by, said = call.login.name, dict[str, Any](detail)
    await desk.db.write(lambda session: audit.note(session, act, by, target, **said))


def _feed(desk: Desk) -> Feed:
    if desk.feed is None:
        raise NotFoundError("desk.no_room")
    return desk.feed
