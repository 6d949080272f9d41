"""uvicorn as this product runs it."""

import functools
import socket
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from bot.gateway.connection import Connection
from bot.gateway.room import BURST
from bot.gateway.sockets import Sockets
from bot.origins import networks

_QUEUE = 1024  # connections that the system keeps while we accept others
_TICKS = 10  # uvicorn's, a second


def configuration(
    app: ASGIApp, *, host: str, port: int, proxies: str, sockets: Sockets
) -> uvicorn.Config:
    """How `app` is served; of `proxies` (addresses or networks, by commas) the headers count."""
    protocol = functools.partial(Connection, sockets=sockets, proxies=networks(proxies))
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=cast(Any, protocol),
        ws="none",  # whoever asked for a web socket would leave the protocol that counts them
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        # asyncio accepts as many at once, before it looks at any of them.
        backlog=BURST,
        timeout_graceful_shutdown=3,
    )


class Server(uvicorn.Server):
    """A server that puts out whoever lets it wait too long."""

    def __init__(self, config: uvicorn.Config, sockets: Sockets) -> None:
        super().__init__(config)
        self._sockets = sockets

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:
                with listening.dup() as same:
                    same.listen(_QUEUE)  # the system's queue may be longer than one burst

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS == 0:
            self._sockets.sweep()
        return await super().on_tick(counter)
