"""The admin's pages of answers whose entry says something else by now, and of their correction."""

from collections.abc import Callable
from datetime import timedelta

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.conversations import corrections
from bot.conversations.corrections import Recall
from bot.database import audit
from bot.desk.pages.guard import Call, Desk, status_of
from bot.desk.pages.library import Library
from bot.errors import ConflictError, DeskhandError, NotFoundError
from bot.texts import t
from bot.tickets.assignment import checked_text
from bot.types import Language, now

_ADDRESS = "/desk/recalls"
_SHOWN = 50
_LANGUAGES: tuple[Language, ...] = ("en", "zh")


async def recalls_page(desk: Desk, call: Call) -> Response:
    found = await desk.db.query(_reader(_library(desk)))
    sent = call.request.query_params.get("sent", "")
    return call.page("recalls.html", recalls=found[:_SHOWN], days=corrections.DAYS, sent=sent)


async def recall_page(desk: Desk, call: Call) -> Response:
    """One entry: who was told what, and the correction that is proposed."""
    recall = await _recall(desk, call.request.query_params.get("entry", ""))
    library = _library(desk)
    languages = sorted(set(recall.reached.values()))
    return _page(
        call, library, recall, {each: _drafted(library, recall, each) for each in languages}
    )


async def send(desk: Desk, call: Call) -> Response:
    """The approved correction goes to everybody whom it reaches."""
    library, recall = _library(desk), await _recall(desk, call.form.get("entry", ""))
    given = {each: call.form[f"text-{each}"] for each in _LANGUAGES if f"text-{each}" in call.form}
    by, at = call.login.name, now()
    try:
        texts = {language: checked_text(text) for language, text in given.items()}
        if call.form.get("version", "") != _version(library, recall.entry_id):
            raise ConflictError("recalls.changed")

        def work(session: Session) -> list[int]:
            source = library.source(recall.entry_id)
            written = corrections.send(session, recall, texts, source, by, at)
            audit.note(session, "knowledge.recalled", by, recall.entry_id, shoppers=len(written))
            return written

        written = await desk.db.write(work)
    except DeskhandError as error:
        message = error.message(call.language)
        return _page(call, library, recall, given, status_of(error), message)
    for conversation_id in written:
        desk.on_reply(conversation_id)
    return RedirectResponse(f"{_ADDRESS}?sent={len(written)}", 303)


async def leave(desk: Desk, call: Call) -> Response:
    """What was told needs no correction."""
    recall = await _recall(desk, call.form.get("entry", ""))
    by, at = call.login.name, now()

    def work(session: Session) -> None:
        corrections.leave(session, recall, by, at)
        audit.note(session, "knowledge.recall_left", by, recall.entry_id)

    await desk.db.write(work)
    return RedirectResponse(_ADDRESS, 303)


def _page(
    call: Call,
    library: Library,
    recall: Recall,
    texts: dict[Language, str],
    status: int = 200,
    error: str | None = None,
) -> Response:
    return call.page(
        "recall.html",
        status=status,
        recall=recall,
        texts=texts,
        version=_version(library, recall.entry_id),
        says={each: library.says(recall.entry_id, each) for each in texts},
        shown=_SHOWN,
        error=error,
    )


def _drafted(library: Library, recall: Recall, language: Language) -> str:
    answer = library.says(recall.entry_id, language)
    return t("recalls.text", language, title=recall.title, answer=answer) if answer else ""


def _version(library: Library, entry_id: str) -> str:
    return " ".join(sorted(library.versions(entry_id)))


async def _recall(desk: Desk, entry_id: str) -> Recall:
    for each in await desk.db.query(_reader(_library(desk))):
        if each.entry_id == entry_id:
            return each
    raise NotFoundError("recalls.not_found")


def _reader(library: Library) -> Callable[[Session], list[Recall]]:
    since = now() - timedelta(days=corrections.DAYS)
    return lambda session: corrections.recalls(session, library.versions, since)


def _library(desk: Desk) -> Library:
    if desk.library is None:
        raise NotFoundError("desk.no_room")
    return desk.library
