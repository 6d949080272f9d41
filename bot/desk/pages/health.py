"""The admin's page of what is wrong with the knowledge, by kind, the worst first."""

from datetime import timedelta
from itertools import groupby

from starlette.responses import Response

from bot.conversations.uses import uses
from bot.desk.pages.guard import Call, Desk
from bot.errors import DeskhandError, NotFoundError
from bot.types import now

DAYS = 90  # of answers that are looked at
_SHOWN = 40  # of a kind


async def health_page(desk: Desk, call: Call) -> Response:
    if desk.library is None:
        raise NotFoundError("desk.no_room")
    since, trouble = now() - timedelta(days=DAYS), ""
    used = await desk.db.query(lambda session: uses(session, since))
    kinds = []
    try:
        for kind, found in groupby(
            await desk.library.health(used, call.language), key=lambda each: each.kind
        ):
            kinds.append((kind, list(found)))
    except DeskhandError as error:
        trouble = error.message(call.language)
    return call.page("health.html", kinds=kinds, shown=_SHOWN, days=DAYS, trouble=trouble)
