"""What one process does at a time: begun by one, taken over when that one is gone or has let go."""

import asyncio
import os
import socket
from datetime import timedelta

from bot.database.db import Database
from bot.database.duty import Duty
from bot.database.leases import hold
from bot.types import now

SHORT = timedelta(seconds=0.6)
HERE = socket.gethostname()


class Work:
    """Runs until it is cancelled, and says so."""

    def __init__(self) -> None:
        self.begun, self.ended = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()


async def test_the_other_process_goes_on_where_the_first_lets_go(database: Database) -> None:
    first, second = Work(), Work()
    machines = ("one:1:x", "other:1:x")
    duties = [Duty(database, "polling", owner=owner, lease=SHORT) for owner in machines]
    one = asyncio.create_task(duties[0].during(first))
    await asyncio.wait_for(first.begun.wait(), 5)
    two = asyncio.create_task(duties[1].during(second))
    await asyncio.sleep(1.5 * SHORT.total_seconds())  # it is renewed, so nobody else begins
    assert [duty.held for duty in duties] == [True, False]
    one.cancel()
    await asyncio.wait({one})
    assert first.ended.is_set()
    await asyncio.wait_for(second.begun.wait(), 5)
    two.cancel()
    await asyncio.wait({two})
    assert [duty.held for duty in duties] == [False, False]


async def test_who_lost_the_lease_stops_and_begins_anew_when_it_is_free(database: Database) -> None:
    work = Work()
    alive = f"{HERE}:{os.getppid()}:x"
    duty = Duty(database, "clocks", lease=SHORT)
    doing = asyncio.create_task(duty.during(work))
    await asyncio.wait_for(work.begun.wait(), 5)
    work.begun.clear()
    with database.begin() as session:  # as after a pause of this process that was too long
        assert hold(session, "clocks", alive, at=now() + 2 * SHORT, lease=SHORT / 2)
    await asyncio.wait_for(work.ended.wait(), 5)
    await asyncio.wait_for(work.begun.wait(), 5)
    doing.cancel()
    await asyncio.wait({doing})


async def test_work_that_ends_gives_the_duty_back(database: Database) -> None:
    done: list[int] = []

    async def once(number: int) -> None:
        done.append(number)

    for number in range(2):
        duty = Duty(database, "once", owner=f"machine {number}:1:x")
        await asyncio.wait_for(duty.during(lambda number=number: once(number)), 5)  # type: ignore[misc]
    assert done == [0, 1]
