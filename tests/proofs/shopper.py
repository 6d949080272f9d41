"""A shopper with a bad connection: repeats each message until the server has accepted it."""

import asyncio
import json
import random
import time
import uuid
from functools import cache
from types import TracebackType
from typing import Self

import httpx

from tests.proofs.servers import ROOT, Server, WorkerServer

TRIES = 10_000  # ten minutes: a slow machine takes a while over a start, and is killed in it again
_PATIENT = 0.7  # the share of messages whose answer is awaited before the next one is written
STRANGE = 0.01  # the share of questions that the shop has no answer to, and a person gets


@cache
def questions(known: bool) -> list[str]:
    """What shoppers ask in both languages, and the shop's knowledge answers or does not."""
    lines = (ROOT / "tests/data/demo_questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row["question"] for row in rows if (row["expect"] is not None) is known]


class Shopper:
    """One conversation over HTTP. `accepted` holds the ids that the server said 202 to, in order.

    `number` is only the shopper's own: what the server calls the conversation, nobody tells them.
    """

    def __init__(self, server: Server, number: int, seed: int) -> None:
        self.accepted: list[str] = []
        self.number = number
        self._random = random.Random(f"{seed}/{number}")
        self._worker = isinstance(server, WorkerServer)
        self._bases = server.bases
        self._base = self._random.choice(self._bases)
        self._client = httpx.AsyncClient(trust_env=False, verify=False, timeout=10)
        self.refused = 0  # requests that met a process that is dead or leaving
        self.most_tries = 0  # of one message
        self.longest = 0.0  # seconds until one was accepted
        self._greeted = False
        self._last = 0  # the last message's turn

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
        """Write one message; returns once it is accepted, most often once it is answered."""
        message_id = str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        text = self._random.choice(questions(known=self._random.random() >= STRANGE))
        began = time.monotonic()
        for tries in range(1, TRIES + 1):
            if await self._try(message_id, text):
                self.most_tries = max(self.most_tries, tries)
                self.longest = max(self.longest, time.monotonic() - began)
                self.accepted.append(message_id)
                if not self._worker and self._random.random() < _PATIENT:
                    await self._hear()
                return
        raise RuntimeError(f"message {message_id} was never accepted")

    async def _hear(self) -> None:
        """Look for an answer for a while; the server may be dead just now."""
        for _ in range(30):
            await asyncio.sleep(0.05)
            try:
                address = f"{self._base}/api/chat/turns"
                seen = await self._client.get(address, params={"after": self._last})
            except httpx.TransportError:
                self._elsewhere()
                continue
            if seen.is_success and any(turn["author"] == "bot" for turn in seen.json()["turns"]):
                return

    async def _try(self, message_id: str, text: str) -> bool:
        try:
            response = await self._post(message_id, text)
        except httpx.TransportError:
            self.refused += 1
            self._elsewhere()
            await asyncio.sleep(self._random.uniform(0.02, 0.1))  # the server is dead just now
            return False
        if response.status_code == 202:
            self._last = response.json().get("turn_id", 0)
            return True
        if response.status_code not in (429, 500, 502, 503):
            raise RuntimeError(f"{response.status_code}: {response.text[:200]}")
        self.refused += response.status_code != 429
        pause = float(response.headers.get("Retry-After", 0.1))
        await asyncio.sleep(pause * self._random.uniform(0.5, 1))
        return False

    async def _post(self, message_id: str, text: str) -> httpx.Response:
        if self._worker:
            body = {"chat": f"shopper {self.number}", "id": message_id, "text": text}
            return await self._client.post(f"{self._base}/accept", json=body)
        if not self._greeted:
            (await self._client.get(f"{self._base}/chat")).raise_for_status()
            self._greeted = True
        body = {"id": message_id, "text": text}
        return await self._client.post(f"{self._base}/api/chat/messages", json=body)

    def _elsewhere(self) -> None:
        """Another process of the server, where it has several: a proxy's turn."""
        self._base = self._random.choice(self._bases)
