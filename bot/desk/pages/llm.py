"""The model on the page "Set up": what is configured, a test call, and how much may be spent."""

from starlette.responses import RedirectResponse, Response

from bot.desk.pages import setup
from bot.desk.pages.guard import Call, Desk
from bot.desk.pages.llms import BUDGETS, Model
from bot.errors import DeskhandError, NotFoundError


async def keep(desk: Desk, call: Call) -> Response:
    given = {name: call.form[name] for name in BUDGETS if name in call.form}
    try:
        await _model(desk).keep(given, call.login.name)
    except DeskhandError as error:
        return await setup.page(desk, call, error)
    return RedirectResponse("/desk/setup#model", 303)


async def try_it(desk: Desk, call: Call) -> Response:
    try:
        return await setup.page(desk, call, tried=await _model(desk).tried())
    except DeskhandError as error:
        return await setup.page(desk, call, error)


def _model(desk: Desk) -> Model:
    if desk.model is None:
        raise NotFoundError("desk.no_room")
    return desk.model
