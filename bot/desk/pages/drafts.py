"""The admins' pages of drafted texts: made, looked at beside the facts, mended, signed for,
approved or rejected, given out. What a draft is held to is the studio's; here it is shown."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any, cast

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.desk.pages.files import disposition
from bot.desk.pages.guard import Call, Desk, status_of
from bot.errors import DeskhandError, InputError, NotFoundError
from bot.studio import export, jobs, store
from bot.studio.brief import KINDS, TONES, Brief, Kind, Tone, checked, limits
from bot.studio.gate import Mark, Report
from bot.studio.item import Item
from bot.studio.store import Kept, Wanted
from bot.studio.studio import Studio
from bot.types import Language

_ADDRESS = "/desk/drafts"
_AT_ONCE = 5  # drafts that a page waits for; more are a job
_SHOWN = 50
_MOST_EXPORTED = 100_000
PLATFORMS = tuple(sorted(set(limits()) - set(KINDS)))


async def drafts_page(desk: Desk, call: Call) -> Response:
    return await _list(desk, call)


async def make(desk: Desk, call: Call) -> Response:
    """Draft for one product, a category or all; many become a job."""
    studio = _studio(desk)
    try:
        language: Language = "zh" if call.form.get("language") == "zh" else "en"
        brief = _brief(call.form)
        skus = call.form.get("sku", "").replace(",", " ").split() if _whole(call, "sku") else []
        category = call.form.get("category", "") if _whole(call, "category") else ""
        items = studio.chosen(language, skus, category)
        cap = _number(call.form.get("cap", ""))
        if len(items) > _AT_ONCE:
            job = await studio.start(items, brief, cap=cap, by=call.login.name)
            return RedirectResponse(f"{_ADDRESS}?job={job}#jobs", 303)
        for item in items:
            made = await studio.draft(item, brief, call.language)
            await studio.keep(made, call.login.name)
    except DeskhandError as error:
        return await _list(desk, call, error)
    return RedirectResponse(f"{_ADDRESS}?made={len(items)}", 303)


async def approve_all(desk: Desk, call: Call) -> Response:
    """Approve those in which nothing is marked."""
    wanted, by = Wanted(kind=call.form.get("kind", "")), call.login.name
    count = await desk.db.write(lambda session: store.approve_all(session, wanted, by))
    return RedirectResponse(f"{_ADDRESS}?approved={count}", 303)


async def job(desk: Desk, call: Call) -> Response:
    """Pause a job, go on with it, stop it, or try again what failed."""
    job_id, act, by = _row(call.form.get("job", "")), call.form.get("act", ""), call.login.name
    try:
        await desk.db.write(lambda session: jobs.change(session, job_id, act, by))
    except DeskhandError as error:
        return await _list(desk, call, error)
    return RedirectResponse(f"{_ADDRESS}#jobs", 303)


async def download(desk: Desk, call: Call) -> Response:
    """The approved texts as a file."""
    form, by = call.form.get("form", ""), call.login.name
    wanted = Wanted(state="approved", kind=call.form.get("kind", ""))

    def work(session: Session) -> tuple[str, str, str]:
        rows = store.find(session, wanted, limit=_MOST_EXPORTED)
        kept = [store.get(session, row.id or 0) for row in reversed(rows)]
        found = export.exported(kept, form)
        store.given_out(session, rows, form, by)
        return found

    try:
        name, media, content = await desk.db.write(work)
    except DeskhandError as error:
        return await _list(desk, call, error)
    headers = {"Content-Disposition": disposition(name, inline=False)}
    return Response(content, media_type=media, headers=headers)


async def draft_page(desk: Desk, call: Call) -> Response:
    return await _page(desk, call)


async def edit(desk: Desk, call: Call) -> Response:
    text = call.form.get("text", "")

    def work(session: Session, kept: Kept, studio: Studio, by: str, version: int) -> None:
        report = studio.look(session, kept, text, call.language)
        store.edit(session, kept.row.id or 0, text, version, report, by)

    return await _act(desk, call, work, typed=text)


async def undo(desk: Desk, call: Call) -> Response:
    number = _row(call.form.get("number", ""))

    def work(session: Session, kept: Kept, studio: Studio, by: str, version: int) -> None:
        found = {each.number: each.text for each in store.versions(session, kept.row.id or 0)}
        report = studio.look(session, kept, found.get(number, ""), call.language)
        store.undo(session, kept.row.id or 0, number, version, report, by)

    return await _act(desk, call, work)


async def sign(desk: Desk, call: Call) -> Response:
    wanted, reason = call.form.get("mark", ""), call.form.get("reason", "")

    def work(session: Session, kept: Kept, studio: Studio, by: str, version: int) -> None:
        report = studio.look(session, kept, kept.text, call.language)
        mark = next((each for each in report.marks if each.id == wanted), None)
        if mark is None:
            raise NotFoundError("drafts.not_found")
        store.sign(session, kept.row.id or 0, mark, reason, version, report, by)

    return await _act(desk, call, work)


async def approve(desk: Desk, call: Call) -> Response:
    def work(session: Session, kept: Kept, studio: Studio, by: str, version: int) -> None:
        report = studio.look(session, kept, kept.text, call.language)
        seen = call.form.get("seen") == "1"
        store.approve(session, kept.row.id or 0, version, report, by, seen=seen)

    return await _act(desk, call, work)


async def reject(desk: Desk, call: Call) -> Response:
    reason = call.form.get("reason", "")

    def work(session: Session, kept: Kept, _: Studio, by: str, version: int) -> None:
        store.reject(session, kept.row.id or 0, reason, version, by)

    return await _act(desk, call, work)


async def reopen(desk: Desk, call: Call) -> Response:
    def work(session: Session, kept: Kept, _: Studio, by: str, version: int) -> None:
        store.reopen(session, kept.row.id or 0, version, by)

    return await _act(desk, call, work)


async def _act(desk: Desk, call: Call, work: Any, *, typed: str | None = None) -> Response:
    """Do `work` with the draft in one transaction, and show it again."""
    studio, draft_id, by = _studio(desk), _id(call), call.login.name
    version = _row(call.form.get("version", ""))

    def whole(session: Session) -> None:
        work(session, store.get(session, draft_id), studio, by, version)

    try:
        await desk.db.write(whole)
    except DeskhandError as error:
        return await _page(desk, call, error, typed)
    return RedirectResponse(f"{_ADDRESS}/{draft_id}", 303)


async def _page(
    desk: Desk, call: Call, error: DeskhandError | None = None, typed: str | None = None
) -> Response:
    studio, draft_id = _studio(desk), _id(call)

    def read(session: Session) -> tuple[Kept, Report, list[Any]]:
        kept = store.get(session, draft_id)
        report = studio.look(session, kept, kept.text, call.language)
        return kept, report, store.versions(session, draft_id)

    kept, report, versions = await desk.db.query(read)
    now_there = studio.item(kept.item.language, kept.item.sku) or kept.item
    changes = {
        later.number: store.changes(earlier.text, later.text)
        for later, earlier in pairwise(versions)
    }
    left = {each.id for each in store.unsigned(report, [*kept.signed])}
    return call.page(
        "draft.html",
        status=status_of(error) if error else 200,
        kept=kept,
        facts=_facts(now_there),
        present=now_there.description,
        report=report,
        pieces=_pieces(kept.text, report.marks, [*kept.signed]),
        left=left,
        versions=versions,
        changes=changes,
        typed=kept.text if typed is None else typed,
        error=error.message(call.language) if error else None,
    )


async def _list(desk: Desk, call: Call, error: DeskhandError | None = None) -> Response:
    studio, asked = _studio(desk), call.request.query_params
    state = asked.get("state", "waiting")
    wanted = Wanted(
        state=state if state in store.STATES else "waiting",
        kind=asked.get("kind", "") if asked.get("kind", "") in KINDS else "",
        risk=asked.get("risk", "") if asked.get("risk", "") in store.RISKS else "",
        sku=call.typed,
    )
    before = _row(asked.get("before", ""))

    def read(session: Session) -> tuple[list[Any], dict[str, int], list[Any]]:
        rows = store.find(session, wanted, limit=_SHOWN + 1, before=before)
        texts = [(row, store.text_of(session, row)) for row in rows]
        return texts, store.counts(session, replace(wanted, risk="")), jobs.newest(session, 5)

    rows, counts, started = await desk.db.query(read)
    language: Language = "zh" if call.form.get("language", call.language) == "zh" else "en"
    return call.page(
        "drafts.html",
        status=status_of(error) if error else 200,
        rows=rows[:_SHOWN],
        before=rows[_SHOWN - 1][0].id if len(rows) > _SHOWN else 0,
        counts=counts,
        wanted=wanted,
        jobs=started,
        kinds=KINDS,
        tones=TONES,
        states=store.STATES,
        risks=store.RISKS,
        platforms=PLATFORMS,
        forms=tuple(export.FORMS),
        categories=studio.categories(language),
        default_tone=studio.voice(language).tone,
        each=studio.rates.each,
        typed=call.form,
        made=asked.get("made", ""),
        approved=asked.get("approved", ""),
        error=error.message(call.language) if error else None,
    )


def _brief(form: Mapping[str, str]) -> Brief:
    """The order in a form; `InputError` says what is wrong with it."""
    return checked(
        Brief(
            kind=cast(Kind, form.get("kind", "")),
            tone=cast(Tone, form.get("tone", "plain")),
            platform=form.get("platform", ""),
            goal=form.get("goal", "")[:300],
            audience=form.get("audience", "")[:300],
            occasion=form.get("occasion", "")[:100],
            budget=int(_number(form.get("budget", ""))),
            start=_day(form.get("start", "")),
            end=_day(form.get("end", "")),
            review=form.get("review", "")[:2000],
            stars=int(_number(form.get("stars", ""))),
        )
    )


def _whole(call: Call, which: str) -> bool:
    return call.form.get("which", "category") == which


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given) if given else None
    except ValueError as error:
        raise InputError("drafts.bad_date", text=given[:40]) from error


def _number(given: str) -> float:
    try:
        found = float(given or 0)
    except ValueError as error:
        raise InputError("drafts.no_number") from error
    if not 0 <= found < 1e9:
        raise InputError("drafts.no_number")
    return found


def _row(given: str) -> int:
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def _facts(item: Item) -> list[tuple[str, str]]:
    return [(name, value) for name, value in item.records() if name != "description"]


def _pieces(text: str, marks: tuple[Mark, ...], signed: list[str]) -> list[tuple[str, str]]:
    """The text as pieces: ("", what stands), or ("must" | "note" | "signed", what is marked)."""
    ends: list[tuple[int, int, str]] = []
    for mark in marks:
        at = text.lower().find(mark.text.lower(), mark.start) if mark.text else -1
        start, end = (at, at + len(mark.text)) if 0 <= at < mark.end else (mark.start, mark.end)
        kind = "signed" if mark.id in signed else "must" if mark.blocks else "note"
        ends.append((start, min(end, len(text)), kind))
    found: list[tuple[str, str]] = []
    at = 0
    for start, end, kind in sorted(ends):
        if start >= at and end > start:
            found += [("", text[at:start]), (kind, text[start:end])]
            at = end
    return [each for each in [*found, ("", text[at:])] if each[1]]


def _id(call: Call) -> int:
    return int(call.request.path_params["draft_id"])


def _studio(desk: Desk) -> Studio:
    if desk.studio is None:
        raise NotFoundError("desk.no_room")
    return desk.studio
