"""The query of an address as the standard has it: bytes that are no ASCII are percent-encoded.

Browsers send it so. What does not is no error, but whoever decodes it as UTF-8 must not break.
"""

from urllib.parse import quote_from_bytes

from starlette.types import ASGIApp, Receive, Scope, Send

_ASCII = "".join(map(chr, range(0x80)))


class AsciiQuery:
    """Hands requests on with such a query."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope.get("query_string", b"")
        if not query.isascii():
            scope = {**scope, "query_string": quote_from_bytes(query, _ASCII).encode("ascii")}
        await self._app(scope, receive, send)
