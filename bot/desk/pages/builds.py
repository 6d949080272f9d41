"""The admin's page of the knowledge: its builds, the golden questions, what nobody could answer."""

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.conversations import asked
from bot.conversations.asked import Question
from bot.database import audit
from bot.desk.pages.guard import Call, Desk, status_of
from bot.desk.pages.rooms import Room
from bot.errors import DeskhandError, NotFoundError
from bot.types import Reason, now

DAYS = 30
_LOOKED_AT = 2000  # questions
_SHOWN = 25  # of those that were not answered
_MOST_ENTRIES = 5  # that may answer one golden question
_UNSURE = (Reason.LOW_CONFIDENCE, Reason.REPEATED_FAILURE, Reason.OUT_OF_SCOPE)
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
        unanswered=await desk.db.query(_unanswered),
        days=DAYS,
        typed=typed or {"question": "", "entries": []},
        error=error.message(call.language) if error else None,
    )


def _unanswered(session: Session) -> Sequence[Question]:
    """Questions to the knowledge that it had no sure answer to, or a disliked one; newest first,
    each once."""
    since = now() - timedelta(days=DAYS)
    found: dict[str, Question] = {}
    for each in asked.lately(session, _LOOKED_AT, since=since):
        unsure = each.action == "clarify" or each.reason in _UNSURE
        if unsure or each.disliked:
            found.setdefault(each.text.casefold(), each)
    return list(found.values())[:_SHOWN]


async def _noted(desk: Desk, call: Call, act: str, target: str = "golden.jsonl") -> None:
    by = call.login.name
    await desk.db.write(lambda session: audit.note(session, act, by, target))


def _room(desk: Desk) -> Room:
    if desk.room is None:
        raise NotFoundError("desk.no_room")
    return desk.room
