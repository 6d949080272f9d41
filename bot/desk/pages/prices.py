"""Price hints as a page, and the owner's limits from a CSV file. Nothing here changes a price."""

from collections.abc import Mapping, Sequence

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.desk.pages.guard import Call, Desk, status_of
from bot.errors import DeskhandError, InputError
from bot.insights.prices import limits as limited
from bot.insights.prices.hints import Hint, counted, hints, sentence
from bot.insights.prices.limits import Limits
from bot.types import now

SHOWN = 200  # products


async def prices_page(desk: Desk, call: Call) -> Response:
    return await _page(desk, call)


async def upload(desk: Desk, call: Call) -> Response:
    """Use the limits of a file from now on; what can't be read is named."""
    try:
        given = _read(call)
    except DeskhandError as error:
        return await _page(desk, call, error)
    await desk.db.write(lambda session: limited.keep(session, given, call.login.name))
    return RedirectResponse("/desk/prices", 303)


def _read(call: Call) -> Mapping[str, Limits]:
    if call.file is None:
        raise InputError("prices.no_file")
    name, content = call.file
    try:
        return limited.read(content.decode("utf-8-sig"), name)
    except UnicodeDecodeError as error:
        raise InputError("prices.not_text", file=name) from error


async def _page(desk: Desk, call: Call, error: DeskhandError | None = None) -> Response:
    def work(session: Session) -> tuple[Sequence[Hint], int]:
        return hints(session, at=now()), len(limited.kept(session))

    found, count = await desk.db.query(work)
    return call.page(
        "prices.html",
        status=status_of(error) if error else 200,
        hints=[(each, sentence(each, call.language)) for each in found[:SHOWN]],
        counted=counted(found),
        limits=count,
        error=error.message(call.language) if error else None,
    )
