"""A model's server over HTTP that can misbehave in every way that real ones do.

It speaks the OpenAI chat API, streamed, so that the real client is what is tested. What it does
with a request is a `Behaviour`: `script` holds those of the next requests, `otherwise` the rest's.
It writes on the bare connection: half a stream is half a stream.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

Behaviour = Callable[["Connection"], Awaitable[None]]


@dataclass
class Connection:
    """One request and the way back."""

    writer: asyncio.StreamWriter
    request: dict[str, Any]
    headers: dict[str, str]

    async def head(self, status: int = 200, **headers: str) -> None:
        """A streamed answer begins; its end is the connection's unless it is `finished`."""
        lines = [f"HTTP/1.1 {status} X", "Transfer-Encoding: chunked"]
        headers = {"content-type": "text/event-stream"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        await self.writer.drain()

    async def raw(self, data: str) -> None:
        """A chunk of the body."""
        encoded = data.encode()
        self.writer.write(f"{len(encoded):x}\r\n".encode() + encoded + b"\r\n")
        await self.writer.drain()

    async def event(self, **fields: Any) -> None:
        await self.raw(f"data: {json.dumps(fields)}\n\n")

    async def piece(self, text: str) -> None:
        """A token or more of the answer."""
        await self.choice({"role": "assistant", "content": text})

    async def choice(self, delta: dict[str, Any], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        await self.event(
            id="1", object="chat.completion.chunk", created=1, model="m", choices=[choice]
        )

    async def usage(self, read: int, written: int) -> None:
        counts = {"prompt_tokens": read, "completion_tokens": written}
        counts["total_tokens"] = read + written
        await self.event(
            id="1", object="chat.completion.chunk", created=1, model="m", choices=[], usage=counts
        )

    async def finished(self) -> None:
        """The proper end."""
        await self.raw("data: [DONE]\n\n")
        self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()


def says(
    text: str, *, read: int = 0, written: int = 0, pause: float = 0.0, ending: str = "stop"
) -> Behaviour:
    """Writes `text` word by word; tells what it used when that is given, and why it ended."""

    async def behave(connection: Connection) -> None:
        await connection.head()
        for word in text.split(" "):
            await connection.piece(word + " ")
            await asyncio.sleep(pause)
        await connection.choice({}, ending)
        if read or written:
            await connection.usage(read, written)
        await connection.finished()

    return behave


def calls(*tools: tuple[str, dict[str, Any] | str], read: int = 0, written: int = 0) -> Behaviour:
    """Calls tools, each by its name with its arguments, or with this text instead of JSON."""

    async def behave(connection: Connection) -> None:
        await connection.head()
        for at, (name, given) in enumerate(tools):
            text = given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
            begun = {"id": f"c{at}", "type": "function"}
            for more, function in (
                (begun, {"name": name, "arguments": text[:5]}),
                ({}, {"arguments": text[5:]}),
            ):
                call = {"index": at, "function": function, **more}
                await connection.choice({"role": "assistant", "tool_calls": [call]})
        await connection.choice({}, "tool_calls")
        if read or written:
            await connection.usage(read, written)
        await connection.finished()

    return behave


def fails(status: int, body: dict[str, Any] | None = None, **headers: str) -> Behaviour:
    """Answers with an error."""

    async def behave(connection: Connection) -> None:
        await connection.head(status, content_type="application/json", **headers)
        await connection.raw(json.dumps(body or {"error": {"message": "no", "code": None}}))
        connection.writer.write(b"0\r\n\r\n")

    return behave


def hangs(after: str = "") -> Behaviour:
    """Says `after`, then nothing any more, and keeps the line open."""

    async def behave(connection: Connection) -> None:
        if after:
            await connection.head()
            await connection.piece(after)
        await asyncio.sleep(600)

    return behave


def cuts(after: str, *, politely: bool = False) -> Behaviour:
    """Breaks off after `after`: in the middle of the body, or, `politely`, at a chunk's end."""

    async def behave(connection: Connection) -> None:
        await connection.head()
        await connection.piece(after)
        if politely:
            connection.writer.write(b"0\r\n\r\n")

    return behave


def sends(body: str, content_type: str = "text/event-stream") -> Behaviour:
    """Sends whatever `body` is, with status 200."""

    async def behave(connection: Connection) -> None:
        await connection.head(content_type=content_type)
        await connection.raw(body)
        connection.writer.write(b"0\r\n\r\n")

    return behave


async def never_ends(connection: Connection) -> None:
    """Calls one tool with an argument that goes on and on."""
    await connection.head()
    function: dict[str, Any] = {"name": "Ask", "arguments": '{"question": "'}
    while True:
        call = {"index": 0, "id": "c0", "type": "function", "function": function}
        await connection.choice({"role": "assistant", "tool_calls": [call]})
        function = {"arguments": "more " * 200}


async def answers_nothing(connection: Connection) -> None:
    """A proper stream without a word in it."""
    await connection.head()
    await connection.choice({"role": "assistant", "content": ""}, "stop")
    await connection.finished()


@dataclass
class ModelServer:
    """The server: where it is, what it was asked, what it does next."""

    otherwise: Behaviour
    url: str = ""
    script: deque[Behaviour] = field(default_factory=deque)
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    abandoned: int = 0  # requests whose client went away before the answer's end

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
            }
            length = int(headers.get("content-length", 0))
            body = json.loads(await reader.readexactly(length)) if length else {}
            self.requests.append(body)
            self.keys.append(headers.get("authorization", ""))
            behave = self.script.popleft() if self.script else self.otherwise
            behaving = asyncio.ensure_future(behave(Connection(writer, body, headers)))
            gone = asyncio.ensure_future(reader.read(1))
            done, _ = await asyncio.wait({behaving, gone}, return_when="FIRST_COMPLETED")
            self.abandoned += behaving not in done
            behaving.cancel()
            gone.cancel()
            await asyncio.gather(behaving, gone, return_exceptions=True)
        writer.close()


@asynccontextmanager
async def model_server(otherwise: Behaviour) -> AsyncIterator[ModelServer]:
    """A server on a free port."""
    state = ModelServer(otherwise)
    server = await asyncio.start_server(state.serve, "127.0.0.1", 0)
    state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield state
    finally:
        server.close()
