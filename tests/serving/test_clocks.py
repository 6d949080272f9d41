"""A shop's clocks go on beside one that stops."""

import asyncio

from structlog.testing import capture_logs

from bot.database.db import Database
from bot.serving import clocks


async def test_a_clock_that_fails_stops_no_other(sqlite_database: Database) -> None:
    ticked = asyncio.Event()

    async def broken() -> None:
        raise KeyError("nobody foresaw this")

    async def sound() -> None:
        await asyncio.sleep(0)
        ticked.set()
        await asyncio.Event().wait()

    with capture_logs() as logs:
        running = asyncio.create_task(clocks.run(sqlite_database, 0, broken, sound))
        await asyncio.wait_for(ticked.wait(), 10)
        assert not running.done()
        running.cancel()
        await asyncio.wait({running})
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["app.clock_failed"]
