"""A server that is not Telegram: it says the same bytes to whatever it is asked."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


def answer(status: int, body: bytes, *headers: str) -> bytes:
    """A whole HTTP answer."""
    told = [f"Content-Length: {len(body)}", "Connection: close", *headers]
    lines = [f"HTTP/1.1 {status} Whatever", *told, "", ""]
    return "\r\n".join(lines).encode() + body


def said(status: int, content: object, *headers: str) -> bytes:
    return answer(status, json.dumps(content).encode(), *headers)


@asynccontextmanager
async def somebody(raw: bytes) -> AsyncIterator[str]:
    """The server's address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):  # nobody need hear it out
            head = await reader.readuntil(b"\r\n\r\n")
            if found := _LENGTH.search(head):  # what is left unread would reset the connection
                await reader.readexactly(int(found[1]))
            writer.write(raw)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
