"""The admin's page of the knowledge: its builds and the golden questions."""

from starlette.responses import RedirectResponse, Response

from bot.database import audit
from bot.desk.pages.guard import Call, Desk, status_of
from bot.desk.pages.rooms import Room
from bot.errors import DeskhandError, NotFoundError

_MOST_ENTRIES = 5  # that may answer one golden question
_ADDRESS = "/desk/builds"


async def builds_page(desk: Desk, call: Call) -> Response:
    return await _page(desk, call)


async def serve(desk: Desk, call: Call) -> Response:
    """Put an earlier build live, or one that was held back."""
    build = call.form.get("build", "")
    try:
        await _room(desk).serve(build)
    except DeskhandError as error:
        return await _page(desk, call, error)
    await _noted(desk, call, "knowledge.served", build)
    return RedirectResponse(_ADDRESS, 303)


async def keep(desk: Desk, call: Call) -> Response:
    """A golden question from the form, or from an answer that was rated."""
    question = call.form.get("question", "")
    entries = call.form.get("entries", "").replace(",", " ").split()[:_MOST_ENTRIES]
    try:
        await _room(desk).keep(question, entries)
    except DeskhandError as error:
        return await _page(desk, call, error, typed={"question": question, "entries": entries})
    await _noted(desk, call, "knowledge.golden_kept")
    return RedirectResponse(f"{_ADDRESS}#golden", 303)


async def forget(desk: Desk, call: Call) -> Response:
    try:
        await _room(desk).forget(call.form.get("question", ""))
    except DeskhandError as error:
        return await _page(desk, call, error)
    await _noted(desk, call, "knowledge.golden_removed")
    return RedirectResponse(f"{_ADDRESS}#golden", 303)


async def _page(
    desk: Desk,
    call: Call,
    error: DeskhandError | None = None,
    typed: dict[str, object] | None = None,
) -> Response:
    room = _room(desk)
    every = await room.builds()
    golden, broken = await room.golden()
    error = error or broken
    return call.page(
        "builds.html",
        status=status_of(error) if error else 200,
        builds=every,
        golden=golden,
        typed=typed or {"question": "", "entries": []},
        error=error.message(call.language) if error else None,
    )


async def _noted(desk: Desk, call: Call, act: str, target: str = "golden.jsonl") -> None:
    by = call.login.name
    await desk.db.write(lambda session: audit.note(session, act, by, target))


def _room(desk: Desk) -> Room:
    if desk.room is None:
        raise NotFoundError("desk.no_room")
    return desk.room
