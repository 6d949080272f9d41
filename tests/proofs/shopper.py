"""A shopper with a bad connection: repeats each message until the server has accepted it."""

import asyncio
import random
import uuid
from types import TracebackType
from typing import Self

import httpx

from tests.proofs.servers import QUESTIONS, Server, WorkerServer

TRIES = 2000


class Shopper:
    """One conversation over HTTP. `accepted` holds the ids that the server said 202 to, in order.

    `chat_key` is one of the accepted ids: the proof finds the conversation by it, because the
    shopper does not know what the server calls it.
    """

    def __init__(self, server: Server, number: int, seed: int) -> None:
        self.accepted: list[str] = []
        self.chat_key = number
        self._random = random.Random(f"{seed}/{number}")
        self._worker = isinstance(server, WorkerServer)
        self._client = httpx.AsyncClient(base_url=server.base, trust_env=False, timeout=10)
        self._greeted = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def say(self) -> None:
        """Write one message; returns once it is accepted."""
        message_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        text = self._random.choice(QUESTIONS)
        for _ in range(TRIES):
            if await self._try(message_id, text):
                self.accepted.append(message_id)
                return
        raise RuntimeError(f"message {message_id} was never accepted")

    async def _try(self, message_id: str, text: str) -> bool:
        try:
            response = await self._post(message_id, text)
        except httpx.TransportError:
            await asyncio.sleep(self._random.uniform(0.02, 0.1))  # the server is dead just now
            return False
        if response.status_code == 202:
            return True
        if response.status_code not in (429, 500, 502, 503):
            raise RuntimeError(f"{response.status_code}: {response.text[:200]}")
        pause = float(response.headers.get("Retry-After", 0.1))
        await asyncio.sleep(pause * self._random.uniform(0.5, 1))
        return False

    async def _post(self, message_id: str, text: str) -> httpx.Response:
        if self._worker:
            body = {"chat": f"shopper {self.chat_key}", "id": message_id, "text": text}
            return await self._client.post("/accept", json=body)
        if not self._greeted:
            (await self._client.get("/chat")).raise_for_status()
            self._greeted = True
        return await self._client.post("/api/chat/messages", json={"id": message_id, "text": text})
