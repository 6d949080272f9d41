"""The admins' page "Set up": how the shop is called and speaks, when people are there, what its
channels do; and the first steps of a new shop. Secrets stay in the environment, and are not shown.
"""

from starlette.responses import RedirectResponse, Response

from bot.database import audit
from bot.desk.pages import schedule
from bot.desk.pages.guard import Call, Desk, status_of
from bot.desk.pages.llms import Tried
from bot.desk.pages.setups import COLOUR, FORM, Setup
from bot.errors import DeskhandError, NotFoundError


async def setup_page(desk: Desk, call: Call) -> Response:
    return await page(desk, call)


async def save(desk: Desk, call: Call) -> Response:
    values = {name: call.form[name] for name in FORM if name in call.form}
    by = call.login.name
    try:
        await _setup(desk).save(values, call.form.get("seen", ""), by)
    except DeskhandError as error:
        return await page(desk, call, error, values)
    await desk.db.write(lambda session: audit.note(session, "knowledge.setup", by, "shop.yaml"))
    return RedirectResponse("/desk/setup?saved=1", 303)


async def page(
    desk: Desk,
    call: Call,
    error: DeskhandError | None = None,
    typed: dict[str, str] | None = None,
    *,
    tried: Tried | None = None,
) -> Response:
    """The whole page, with what went wrong or what a model answered."""
    view = await _setup(desk).view()
    return call.page(
        "setup.html",
        status=status_of(error) if error else 200,
        view=view,
        values={**view.values, **(typed or {})},
        colour=COLOUR,
        counts=await schedule.counting(desk, view),
        model=await desk.model.view() if desk.model else None,
        tried=tried,
        saved="saved" in call.request.query_params,
        error=error.message(call.language) if error else None,
    )


def _setup(desk: Desk) -> Setup:
    if desk.setup is None:
        raise NotFoundError("desk.no_room")
    return desk.setup
