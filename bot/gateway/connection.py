"""One client's socket: uvicorn's HTTP/1.1 protocol, with an end to what it waits for.

uvicorn itself waits for ever for a first request, for a body, and for a client that reads nothing.
"""

import asyncio
import logging
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from bot import metrics
from bot.gateway.sockets import Sockets
from bot.origins import Network, is_among, origin

HEADERS = 10.0  # seconds for a request, all its headers; also after the answer before
BODY = 20.0  # for its body
READING = 30.0  # for making room for more of an answer


class Connection(H11Protocol):
    """A connection that `sockets` knows of. `proxies` are the networks of trusted proxies."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        sockets: Sockets,
        proxies: tuple[Network, ...] = (),
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._sockets = sockets
        self._proxies = proxies
        self._owed: float | None = HEADERS
        self.origin: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.origin = None if is_among(self.client, self._proxies) else origin(self.client)
        if not self._sockets.enter(self, HEADERS):
            self.end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._sockets.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._note()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._note()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._note()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._note()

    def send_400_response(self, msg: str) -> None:
        metrics.socket_ended("malformed")
        super().send_400_response(msg)

    def end(self) -> None:
        self.transport.abort()

    def _note(self) -> None:
        """Tell what is owed when that has changed: a deadline does not move with every byte."""
        owed = self._patience()
        if owed != self._owed:
            self._owed = owed
            self._sockets.owes(self, owed)

    def _patience(self) -> float | None:
        """How many seconds the client gets for what it owes now; None when it owes nothing."""
        if self.flow.write_paused:
            return READING
        if self.cycle is None or self.cycle.response_complete:
            return HEADERS
        return BODY if self.cycle.more_body else None


def _worth_a_line(record: logging.LogRecord) -> bool:
    """Whether to log what uvicorn says: not what it says of a client's bytes, which anybody can
    send by the thousand."""
    return record.module != "h11_impl" or record.levelno != logging.WARNING


logging.getLogger("uvicorn.error").addFilter(_worth_a_line)
