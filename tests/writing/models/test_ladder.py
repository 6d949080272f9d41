"""Who writes when the first choice cannot: caps, circuits, seats, deadlines; real clients."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from prometheus_client import REGISTRY
from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import UsageRow
from bot.writing.models import api, prompts
from bot.writing.models.call import Call
from bot.writing.models.circuit import FAILURES
from bot.writing.models.ladder import Ladder, Rung
from bot.writing.models.ledger import Ledger
from tests.support.model_server import (
    Connection,
    ModelServer,
    cuts,
    fails,
    hangs,
    model_server,
    says,
)
from tests.support.shop import say

PROMPT = prompts.answer("How long?", ["You have 30 days."], [], "en", shop="Anna's Teas")
TOKENS = 100


@pytest.fixture
async def first() -> AsyncIterator[ModelServer]:
    async with model_server(says("From the first.", read=90, written=10)) as running:
        yield running


@pytest.fixture
async def second() -> AsyncIterator[ModelServer]:
    async with model_server(says("From the second.", read=50, written=5)) as running:
        yield running


def rung(server: ModelServer, name: str, *, seats: int = 8, capped: bool = False) -> Rung:
    backend = api.backend(name, key=None, base_url=server.url, timeout=20)
    return Rung(backend, seats, capped)


def counted(metric: str, **labels: str) -> float:
    """What `/metrics` shows for the first model."""
    return REGISTRY.get_sample_value(metric, {"model": "openai:first", **labels}) or 0.0


class Climber:
    """A ladder of the two servers and one shopper's conversation."""

    def __init__(self, db: Database, *rungs: Rung, timeout: float = 20, **caps: float) -> None:
        self.db = db
        self.chat = say(db, "How long?").conversation_id
        self.ladder = Ladder(rungs, Ledger(db, priced="openai:first", **caps), timeout=timeout)  # type: ignore[arg-type]

    async def ask(
        self, chat: int | None = None, *, seconds: float = 20, hurried: bool = False
    ) -> str | None:
        async def use(call: Call) -> str:
            return "".join([piece async for piece in call.stream(PROMPT)]).strip()

        until = asyncio.get_running_loop().time() + seconds
        return await self.ladder.climb(
            chat or self.chat, use, tokens=TOKENS, until=until, hurried=hurried
        )

    async def noted(self) -> list[UsageRow]:
        await self.ladder.settled()
        with self.db.read() as session:
            return list(session.exec(select(UsageRow)))


async def test_the_first_that_can_writes_and_what_it_used_is_noted(
    database: Database, first: ModelServer, second: ModelServer
) -> None:
    climber = Climber(
        database, rung(first, "openai:first"), rung(second, "openai:2"), price_in=10, price_out=100
    )
    assert await climber.ask() == "From the first."
    assert second.requests == []
    (row,) = await climber.noted()
    assert (row.model, row.conversation_id) == ("openai:first", climber.chat)
    assert (row.prompt_tokens, row.completion_tokens) == (90, 10)
    assert row.cost == pytest.approx((90 * 10 + 10 * 100) / 1e6)
    assert counted("deskhand_model_tokens_total", direction="read") >= 90
    assert counted("deskhand_model_cost_total") >= row.cost


async def test_when_the_first_fails_the_second_writes_and_both_are_noted(
    sqlite_database: Database, first: ModelServer, second: ModelServer
) -> None:
    first.otherwise = cuts("You have")
    climber = Climber(sqlite_database, rung(first, "openai:first"), rung(second, "openai:2"))
    assert await climber.ask() == "From the second."
    rows = await climber.noted()
    assert {row.model for row in rows} == {"openai:first", "openai:2"}
    assert [row.cost for row in rows] == [0, 0]


async def test_nobody_is_left_when_all_fail(
    sqlite_database: Database, first: ModelServer, second: ModelServer
) -> None:
    first.otherwise, second.otherwise = fails(401), fails(404)
    climber = Climber(sqlite_database, rung(first, "openai:first"), rung(second, "openai:2"))
    assert await climber.ask() is None


async def test_a_first_that_hangs_leaves_the_second_its_time(
    sqlite_database: Database, first: ModelServer, second: ModelServer
) -> None:
    first.otherwise = hangs("You have")
    climber = Climber(sqlite_database, rung(first, "openai:first"), rung(second, "openai:2"))
    assert await climber.ask(seconds=9) == "From the second."


async def test_an_open_circuit_is_not_asked_and_the_second_writes(
    sqlite_database: Database, first: ModelServer, second: ModelServer
) -> None:
    first.otherwise = fails(400)
    climber = Climber(sqlite_database, rung(first, "openai:first"), rung(second, "openai:2"))
    for _ in range(FAILURES + 3):
        assert await climber.ask() == "From the second."
    assert len(first.requests) == FAILURES


async def test_a_wrong_key_is_not_tried_again_with_every_shopper(
    sqlite_database: Database, first: ModelServer
) -> None:
    first.otherwise = fails(401)
    climber = Climber(sqlite_database, rung(first, "openai:first"))
    failures = counted("deskhand_model_failures_total", kind="refused_key")
    for _ in range(3):
        assert await climber.ask() is None
    assert len(first.requests) == 1
    assert counted("deskhand_model_failures_total", kind="refused_key") - failures == 1
    assert counted("deskhand_model_circuit") == 2, "open"
    assert counted("deskhand_model_passed_over_total", cause="circuit") >= 2


async def test_who_was_hurried_is_not_held_responsible_for_being_slow(
    sqlite_database: Database, first: ModelServer
) -> None:
    first.otherwise = hangs()
    climber = Climber(sqlite_database, rung(first, "openai:first"))
    asking = [climber.ask(seconds=2.1, hurried=True) for _ in range(FAILURES + 1)]
    assert await asyncio.gather(*asking) == [None] * (FAILURES + 1)
    first.otherwise = says("Fine.")
    assert await climber.ask() == "Fine."


async def test_past_the_days_cap_the_second_writes_for_everybody(
    database: Database, first: ModelServer, second: ModelServer
) -> None:
    rungs = [rung(first, "openai:first", capped=True), rung(second, "openai:2")]
    climber = Climber(database, *rungs, daily_cap=250)
    answers = []
    for _ in range(3):
        answers.append(await climber.ask())
        await climber.noted()
    assert answers == ["From the first.", "From the first.", "From the second."]
    other = say(database, "me too", chat="ben").conversation_id
    assert await climber.ask(other) == "From the second."


async def test_a_shoppers_cap_is_that_shoppers(database: Database, first: ModelServer) -> None:
    climber = Climber(database, rung(first, "openai:first", capped=True), shopper_cap=150)
    assert await climber.ask() == "From the first."
    await climber.noted()
    assert await climber.ask() is None
    other = say(database, "me too", chat="ben").conversation_id
    assert await climber.ask(other) == "From the first."


async def test_calls_side_by_side_do_not_pass_the_cap_together(
    sqlite_database: Database, first: ModelServer
) -> None:
    first.otherwise = says("word " * 20, read=90, written=10, pause=0.02)
    climber = Climber(sqlite_database, rung(first, "openai:first", capped=True), daily_cap=250)
    answers = await asyncio.gather(*(climber.ask() for _ in range(6)))
    assert sum(answer is not None for answer in answers) == 2
    assert sum(row.prompt_tokens + row.completion_tokens for row in await climber.noted()) <= 250


async def test_when_all_seats_are_taken_nobody_stands_in_line(
    sqlite_database: Database, first: ModelServer
) -> None:
    go_on = asyncio.Event()

    async def waits(connection: Connection) -> None:
        await go_on.wait()
        await says("Fine.")(connection)

    first.otherwise = waits
    climber = Climber(sqlite_database, rung(first, "openai:first", seats=2))
    asking = [asyncio.create_task(climber.ask()) for _ in range(5)]
    async with asyncio.timeout(30):
        while sum(task.done() for task in asking) < 3:
            await asyncio.sleep(0.01)
    assert [task.result() for task in asking if task.done()] == [None] * 3
    go_on.set()
    answers = await asyncio.gather(*asking)
    assert sum(answer is not None for answer in answers) == 2
    assert await climber.ask() is not None


async def test_with_no_time_left_nobody_is_asked(
    sqlite_database: Database, first: ModelServer
) -> None:
    climber = Climber(sqlite_database, rung(first, "openai:first"))
    assert await climber.ask(seconds=1) is None
    assert first.requests == []


async def test_who_is_cancelled_frees_seat_and_line_and_is_noted(
    sqlite_database: Database, first: ModelServer
) -> None:
    first.otherwise = hangs("You have 30 days.")
    climber = Climber(sqlite_database, rung(first, "openai:first", seats=1))
    asking = asyncio.create_task(climber.ask())
    while not first.requests:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    asking.cancel()
    await asyncio.wait({asking})
    async with asyncio.timeout(30):
        while not first.abandoned:
            await asyncio.sleep(0.01)
    assert climber.ladder.rungs[0].taken == 0
    assert climber.ladder.rungs[0].circuit.state == "closed"
    assert len(await climber.noted()) == 1
