"""Texts made to be slow to read, five times each from one shopper, while another asks questions.

Each kind stopped the process for seconds once, or is the slowest that `tests/test_linear.py` knows
of its sort. Asked is that the other shopper notices nothing and that `/health` answers at once.
"""

import asyncio
import statistics
import time
import uuid
from collections.abc import Sequence
from itertools import count, cycle

import httpx

from tests.proofs.attack import Ground, Row
from tests.proofs.servers import ServeServer
from tests.support.long_texts import filled

KINDS = {
    "full stops": ".",
    "emoji": "😡",
    "hearts": "❤\ufe0f",
    "words that overlap": "不要",
    "phrases in one character": "ﷺ",
    "digits": "01",
    "numbers and dashes": "1- ",
    "thanks": "谢谢 ",
    "unknown words": "iwantz ",
    "one Chinese character": "一",
    "markup": "(0<a> ?",
    "addresses": "a@a.b ",
    "combining marks": "a\u0327\u0301\u0316",
    "invisible signs": "\u202e\u200b.",
    "lines": "> a\n",
}
LONGEST = 4000  # characters that a message may have
SHORT = 58  # a rule that reads only short texts is met by these
TIMES = 5
MARGIN = 0.2  # seconds that another shopper may wait longer
HEALTH = 1.0  # seconds for /health
LOADED = 10.0  # seconds for both on a machine that has other work; they were minutes once
QUESTIONS = ("How do I return something?", "Can I pay with PayPal?", "Do you wrap gifts?")
_NUMBERS = count(1)  # each is asked in words that are new: nothing of it is known already
_A_MINUTE = 20  # messages of one chat, below what it may send
_PATIENCE = 30.0  # seconds for an answer


class Chat:
    """Somebody in the web chat; in a new session before they would be asked to wait."""

    def __init__(self, base: str) -> None:
        self._client = httpx.AsyncClient(
            base_url=base, trust_env=False, verify=False, timeout=_PATIENCE
        )
        self._said = _A_MINUTE

    async def says(self, text: str) -> int | None:
        """The message's turn; None when the shop asked to wait, which is an answer, too."""
        if self._said >= _A_MINUTE:
            self._client.cookies.clear()
            (await self._client.get("/chat")).raise_for_status()
            self._said = 0
        self._said += 1
        posted = {"id": str(uuid.uuid4()), "text": text}
        response = await self._client.post("/api/chat/messages", json=posted)
        if response.status_code == 429:
            return None
        response.raise_for_status()
        return int(response.json()["turn_id"])

    async def asks(self, text: str) -> float:
        """The seconds until the answer is there."""
        began = time.monotonic()
        turn = await self.says(text)
        while time.monotonic() < began + _PATIENCE:
            seen = await self._client.get("/api/chat/turns", params={"after": turn or 0})
            if turn and any(each["author"] == "bot" for each in seen.json()["turns"]):
                return time.monotonic() - began
            await asyncio.sleep(0.01)
        return _PATIENCE

    async def aclose(self) -> None:
        await self._client.aclose()


async def attack(ground: Ground) -> Sequence[Row]:
    """One shopper's waits alone, and while each kind is sent; the longest that /health took."""
    server = ServeServer(f"sqlite:///{ground.folder / 'deskhand.db'}", ground.folder, ground.index)
    try:
        await server.start()
        await server.ready()
        if ground.short:  # a test may run beside others: there it is about seconds
            return await _waits(server, 10, times=2, margin=LOADED, health=LOADED)
        return await _waits(server, 40, times=TIMES, margin=MARGIN, health=HEALTH)
    finally:
        await server.stop()


async def _waits(
    server: ServeServer, questions: int, *, times: int, margin: float, health: float
) -> Sequence[Row]:
    other, attacker = Chat(server.base), Chat(server.base)
    try:
        for question in QUESTIONS:
            await other.asks(question)
        alone = await _asked(other, questions)
        looks: list[float] = []
        sending = asyncio.create_task(_send_all(attacker, times))
        looking = asyncio.create_task(_look(server.base, looks))
        meanwhile: list[float] = []
        while not sending.done() or len(meanwhile) < questions:
            meanwhile += await _asked(other, 1)
        sent, refused = await sending
        looking.cancel()
    finally:
        await other.aclose()
        await attacker.aclose()
    before, after = _p95(alone), _p95(meanwhile)
    return [
        Row(
            f"{len(KINDS)} kinds of slow text, {times} times each ({sent} sent, {refused} refused)",
            f"another's p95 within {margin * 1000:.0f} ms of {before * 1000:.0f} ms alone",
            f"{after * 1000:.0f} ms over {len(meanwhile)} questions",
            after <= before + margin,
        ),
        Row(
            "the same",
            f"/health within {health:.0f} s",
            f"at most {max(looks) * 1000:.0f} ms over {len(looks)} looks",
            max(looks) <= health,
        ),
    ]


async def _asked(chat: Chat, times: int) -> list[float]:
    asked = cycle(QUESTIONS)
    return [await chat.asks(f"{next(asked)[:-1]}, friend {next(_NUMBERS)}?") for _ in range(times)]


async def _send_all(chat: Chat, times: int) -> tuple[int, int]:
    """Each kind, long and short, as fast as it goes; how many the shop took, and refused."""
    texts = [filled(piece, length) for piece in KINDS.values() for length in (LONGEST, SHORT)]
    taken = [await chat.says(text) for text in texts for _ in range(times)]
    return sum(turn is not None for turn in taken), taken.count(None)


async def _look(base: str, took: list[float]) -> None:
    async with httpx.AsyncClient(
        base_url=base, trust_env=False, verify=False, timeout=_PATIENCE
    ) as client:
        while True:
            began = time.monotonic()
            await client.get("/health")
            took.append(time.monotonic() - began)
            await asyncio.sleep(0.05)


def _p95(waits: Sequence[float]) -> float:
    return statistics.quantiles(waits, n=20, method="inclusive")[-1]
