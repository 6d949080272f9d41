"""Which host names are served: a request for any other is refused before anything reads it.

`/health` and `/metrics` answer by any name, because machines call them by an address.
"""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.texts import preferred, t

_LOCAL = ("localhost", "127.0.0.1", "[::1]")
_FOR_MACHINES = ("/health", "/metrics")


class AllowedHosts:
    """Serves `hosts` ("chat.shop.example", "*.shop.example") and this machine's own names; without
    any hosts it serves all."""

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._any = not hosts
        named = {host.lower() for host in hosts}
        self._names = {*_LOCAL, *(host for host in named if not host.startswith("*"))}
        self._endings = tuple(host[1:] for host in named if host.startswith("*."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _FOR_MACHINES or self._serves(scope):
            await self._app(scope, receive, send)
            return
        text = t("ops.unknown_host", preferred(Headers(scope=scope)))
        await PlainTextResponse(text, 400)(scope, receive, send)

    def _serves(self, scope: Scope) -> bool:
        host = without_port(Headers(scope=scope).get("host", ""))
        return (
            self._any or host in self._names or bool(self._endings and host.endswith(self._endings))
        )


def without_port(host: str) -> str:
    """The name in a Host header, in lower case; an IPv6 address keeps its brackets."""
    name, _, port = host.rpartition(":")
    return (name if name and port.isdecimal() else host).lower()
