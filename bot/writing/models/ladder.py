"""The ladder: who writes. The API first, then the local model, then nobody: the entry's own text.

A rung is passed over while its circuit is open, past a cap, or when all its seats are taken: a slow
model must not hold up the chats that can do without it. Each failure is a line for the operator.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import structlog

from bot import metrics
from bot.errors import DatabaseError, ModelError
from bot.writing.models.call import Backend, Call
from bot.writing.models.circuit import Circuit
from bot.writing.models.ledger import Ledger, Used

T = TypeVar("T")
Barred = Literal["circuit", "day", "shopper", "crowded", "late"]

log = structlog.get_logger()

SHARE = 0.6  # of the time, for a rung that another one follows
SHORTEST = 2.0  # seconds; with less left nobody is asked any more
# What tells of the server itself, whatever it was asked for.
_UNREACHED = frozenset({"busy", "unreachable", "refused_key", "no_quota"})
# The next call would end just the same.
_HOPELESS = frozenset({"refused_key", "unknown", "no_quota"})


@dataclass
class Rung:
    """A model and how much of it there is: `seats` calls at once; `capped` when budgets hold."""

    backend: Backend
    seats: int
    capped: bool = False
    circuit: Circuit = field(default_factory=Circuit)
    taken: int = 0

    @property
    def name(self) -> str:
        return self.backend.name


class Ladder:
    """The models that are configured, first choice first; `timeout` seconds are all they get."""

    def __init__(self, rungs: Sequence[Rung], ledger: Ledger, *, timeout: float) -> None:
        self.rungs = tuple(rungs)
        self.timeout = timeout
        self._ledger = ledger
        self._noting: set[asyncio.Task[None]] = set()

    async def climb(
        self,
        conversation_id: int,
        use: Callable[[Call], Awaitable[T]],
        *,
        tokens: int,
        until: float,
        hurried: bool = False,
        tools: bool = False,
    ) -> T | None:
        """What `use` made of the first rung that did its part; None when none did.

        `tokens` is about what a call will take, `until` the deadline on the loop's clock. When it
        is `hurried`, who is too slow or does not do what was asked can still be asked to write.
        `tools`: only those are asked that can call some.
        """
        loop = asyncio.get_running_loop()
        rungs = [each for each in self.rungs if each.backend.calls_tools or not tools]
        for place, rung in enumerate(rungs):
            if barred := await self._barred(rung, conversation_id, tokens, until):
                log.info("model.passed_over", model=rung.name, cause=barred)
                metrics.model_passed_over(rung.name, barred)
                continue
            last = place + 1 == len(rungs)
            left = until - loop.time()
            call = Call(rung.backend, until=until if last else loop.time() + SHARE * left)
            rung.taken += 1
            try:
                async with self._ledger.reserved(conversation_id, tokens if rung.capped else 0):
                    made = await use(call)
            except ModelError as error:
                if hurried and error.kind not in _UNREACHED:
                    rung.circuit.left()
                    log.info("model.no_help", model=rung.name, kind=error.kind)
                else:
                    self._failed(rung, error)
            except BaseException:
                rung.circuit.left()
                raise
            else:
                rung.circuit.succeeded()
                metrics.model_circuit(rung.name, rung.circuit.state)
                return made
            finally:
                rung.taken -= 1
                self._note(conversation_id, rung.name, call.used)
        return None

    @property
    def calls_tools(self) -> bool:
        """Whether any of the models may be able to call tools."""
        return any(each.backend.calls_tools for each in self.rungs)

    async def settled(self) -> None:
        """Returns when everything used so far is written down."""
        await asyncio.gather(*self._noting)

    async def aclose(self) -> None:
        """Let go of connections and threads, once what was used is written down."""
        await self.settled()
        for rung in self.rungs:
            await rung.backend.aclose()

    async def _barred(
        self, rung: Rung, conversation_id: int, tokens: int, until: float
    ) -> Barred | None:
        """Why this rung is not asked; None when it is, and then it has entered the circuit."""
        if until - asyncio.get_running_loop().time() < SHORTEST:
            return "late"
        if rung.taken >= rung.seats:
            return "crowded"
        if rung.capped and (cap := await self._ledger.passed(conversation_id, tokens)):
            return cap
        return None if rung.circuit.enter() else "circuit"

    def _failed(self, rung: Rung, error: ModelError) -> None:
        opened = rung.circuit.failed(
            hopeless=error.kind in _HOPELESS, retry_after=error.retry_after
        )
        metrics.model_circuit(rung.name, rung.circuit.state)
        log.error("model.failed", model=rung.name, kind=error.kind, cause=str(error))
        if opened:
            log.error("model.circuit_open", model=rung.name, kind=error.kind)

    def _note(self, conversation_id: int, name: str, used: Used) -> None:
        """Write down what was used, without keeping anybody waiting."""
        if not used.total:
            return
        task = asyncio.create_task(self._spend(conversation_id, name, used))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _spend(self, conversation_id: int, name: str, used: Used) -> None:
        try:
            await self._ledger.spend(conversation_id, name, used)
        except DatabaseError as error:
            log.error("model.usage_lost", model=name, tokens=used.total, cause=error.key)
