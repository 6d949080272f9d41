"""The admin's pages of what the knowledge does not answer: groups of questions, and the entry that
is drafted for one, mended and put into the knowledge folder."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.conversations.uses import Use, uses
from bot.database import audit
from bot.database.tables import GapRow
from bot.desk.pages.entries import as_file, complete
from bot.desk.pages.guard import Call, Desk, status_of
from bot.desk.pages.library import Library
from bot.desk.pages.replay import masking
from bot.errors import BusyError, DeskhandError, NotFoundError
from bot.insights import gaps
from bot.insights.gaps import Gap
from bot.language.regression import Floats
from bot.types import Language, now

_ADDRESS = "/desk/gaps"
_SHOWN = 50  # groups
_REMEMBERED = timedelta(days=90)  # since an entry was written


async def gaps_page(desk: Desk, call: Call) -> Response:
    at, error, found = now(), None, list[Gap]()
    try:
        found = await _found(desk, at)
    except BusyError as busy:
        error = busy
    filled = await desk.db.query(lambda session: _filled(session, at))
    library = _library(desk)
    live = {row.id: row.language in await library.languages(row.entry_id) for row, _ in filled}
    return call.page(
        "gaps.html",
        gaps=found[:_SHOWN],
        more=max(0, len(found) - _SHOWN),
        asked=sum(len(each.questions) for each in found),
        filled=filled,
        live=live,
        days=gaps.DAYS,
        reading=error.message(call.language) if error else None,
    )


async def gap_page(desk: Desk, call: Call) -> Response:
    """A group, with the entry that is drafted for it."""
    gap = await _gap(desk, call)
    draft = await desk.db.query(lambda session: gaps.drafted(session, gap, masking))
    return call.page("gap.html", gap=gap, entry=asdict(draft))


async def approve(desk: Desk, call: Call) -> Response:
    """The entry as it was mended goes into the knowledge folder, to be read by the next build."""
    gap = await _gap(desk, call)
    entry = {name: call.form.get(name, "").strip() for name in gaps.Draft.__annotations__}
    language: Language = "zh" if entry["lang"] == "zh" else "en"
    at, by = now(), call.login.name

    def settle(session: Session) -> None:
        gaps.settle(session, gap, by, at, entry_id=entry["id"])
        audit.note(session, "knowledge.gap_filled", by, entry["id"])

    try:
        complete(entry)
        await _library(desk).put(entry["id"], language, as_file(entry))
        await desk.db.write(settle)
    except DeskhandError as error:
        shown = {"gap": gap, "entry": entry, "error": error.message(call.language)}
        return call.page("gap.html", status=status_of(error), **shown)
    return RedirectResponse(f"{_ADDRESS}#filled", 303)


async def leave(desk: Desk, call: Call) -> Response:
    """The group wants no entry, as far as it was asked."""
    gap = await _gap(desk, call)
    at, by = now(), call.login.name

    def settle(session: Session) -> None:
        gaps.settle(session, gap, by, at)
        audit.note(session, "knowledge.gap_left", by, gap.key)

    await desk.db.write(settle)
    return RedirectResponse(_ADDRESS, 303)


async def _found(desk: Desk, at: datetime) -> list[Gap]:
    since = at - timedelta(days=gaps.DAYS)
    questions = await desk.db.query(lambda session: gaps.unanswered(session, since))
    library, vectors = _library(desk), dict[str, Floats]()
    for language in dict.fromkeys(each.language for each in questions):
        texts = gaps.wordings(questions, language)
        vectors[language] = await library.meanings(texts, language)
    known = partial(_of_language, vectors)
    return await asyncio.to_thread(gaps.group, questions, known, at)


def _of_language(vectors: Mapping[str, Floats], _: Sequence[str], language: Language) -> Floats:
    return vectors[language]


async def _gap(desk: Desk, call: Call) -> Gap:
    """The group whose oldest question the address names."""
    key = int(call.request.path_params["turn"])
    for gap in await _found(desk, now()):
        if any(each.turn_id == key for each in gap.questions):
            return gap
    raise NotFoundError("gaps.not_found")


def _filled(session: Session, at: datetime) -> list[tuple[GapRow, Use]]:
    """The entries that were written, each with what it has answered since."""
    rows = [row for row in gaps.kept(session, at - _REMEMBERED) if row.entry_id]
    used: Mapping[str, Use] = uses(session, rows[-1].at) if rows else {}
    return [(row, used.get(row.entry_id, Use())) for row in rows]


def _library(desk: Desk) -> Library:
    if desk.library is None:
        raise NotFoundError("desk.no_room")
    return desk.library
