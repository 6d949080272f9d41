"""The admin's page of what the check held back from models' answers; what is kept is
`bot/tickets/rejections.py`'s matter."""

from starlette.responses import Response

from bot.desk.pages.guard import Call, Desk
from bot.tickets import rejections


async def rejections_page(desk: Desk, call: Call) -> Response:
    found = await desk.db.query(rejections.overview)
    return call.page("rejections.html", found=found)
