"""`python -m tests.support.telegram PORT [--unlimited]`: the stand-in as a process of its own.

A test in another process drives it by POST /control with {"on": "server" | {"private_chat": [...]},
"do": name, "args": [...], "kwargs": {...}}, and reads it by GET /control.
"""

import asyncio
import dataclasses
import sys
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.telegram.budgets import Budgets
from tests.support.telegram.people import Seat
from tests.support.telegram.server import FakeTelegram

_SERVER = ("fail_next", "drop_next", "slow_next", "close_chat", "heal", "confirmed")


class Control:
    """The test's handles on the stand-in, over HTTP."""

    def __init__(self, server: FakeTelegram) -> None:
        self._server = server
        self._seats: dict[int, Seat] = {}

    async def read(self, request: Request) -> Response:
        """What the bot did: calls, violations, updates not confirmed, and every chat's log."""
        server = self._server
        with server.world.lock:
            chats = {
                f"{chat.id}": [
                    {"kind": line.kind, "from_bot": line.from_bot, "message": line.message}
                    for line in chat.log
                ]
                for chat in server.world.chats.values()
            }
        return JSONResponse(
            {
                "sent": [_call(call) for call in server.sent],
                "violations": [dataclasses.asdict(item) for item in server.violations],
                "pending": server.pending,
                "chats": chats,
            }
        )

    async def act(self, request: Request) -> Response:
        """Do one thing; {"result": …}, or 422 with {"error": …} where the test expected more."""
        order = await request.json()
        do, args, kwargs = order["do"], order.get("args", []), order.get("kwargs", {})
        try:
            if order["on"] == "server":
                if do == "advance":
                    self._server.clock.advance(*args, **kwargs)
                    return JSONResponse({"result": None})
                if do not in _SERVER:
                    raise AssertionError(f"the server has no {do!r}")
                result = getattr(self._server, do)(*args, **kwargs)
            else:
                who = order["on"]["private_chat"]
                if who[0] not in self._seats:
                    self._seats[who[0]] = self._server.private_chat(*who)
                result = getattr(self._seats[who[0]], do)(*args, **kwargs)
            if asyncio.iscoroutine(result):
                result = await result
        except AssertionError as error:
            return JSONResponse({"error": str(error)}, 422)
        return JSONResponse({"result": str(result) if do == "sees" else result})


def _call(call: Any) -> dict[str, Any]:
    params = {k: v for k, v in call.params.items() if isinstance(v, str)}
    return {"method": call.method, "params": params, "at": call.at, "dropped": call.dropped}


async def main(port: int, *, unlimited: bool) -> None:
    server = FakeTelegram(port=port, budgets=Budgets.unlimited() if unlimited else None)
    control = Control(server)
    server.routes += [
        Route("/control", control.read, methods=["GET"]),
        Route("/control", control.act, methods=["POST"]),
    ]
    print(f"listening on {server.port}", flush=True)
    await server.serve()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), unlimited="--unlimited" in sys.argv[2:]))
