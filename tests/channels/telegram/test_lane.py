"""How many messages are on their way to Telegram at once, and so may be doubled by a kill."""

import asyncio

from bot.channels.telegram.budget import Limits
from bot.channels.telegram.lane import PATIENCE, PLACES, Lane


async def test_few_are_on_their_way_at_once_and_whoever_came_first_goes_first() -> None:
    lane, gone, on_the_way = Lane(places=3, patience=60), [], set()

    async def go(number: int) -> None:
        leave = await lane.enter()
        gone.append(number)
        on_the_way.add(number)
        assert len(on_the_way) <= 3
        await asyncio.sleep(0)
        on_the_way.discard(number)
        leave()

    await asyncio.gather(*(go(number) for number in range(20)))
    assert gone == list(range(20))


async def test_one_that_hangs_gives_its_place_back_once() -> None:
    lane = Lane(places=1, patience=0.01)
    hanging = await lane.enter()
    following = await lane.enter()
    hanging()
    third = asyncio.create_task(lane.enter())
    await asyncio.sleep(0)
    assert not third.done(), "what hung gives nobody else's place away"
    following()
    (await third)()


async def test_who_gives_up_waiting_leaves_the_lane_to_the_next() -> None:
    lane = Lane(places=1, patience=60)
    first = await lane.enter()
    second = asyncio.create_task(lane.enter())
    third = asyncio.create_task(lane.enter())
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    first()
    (await third)()


def test_lane_lets_through_what_the_budget_has_though_every_send_hangs() -> None:
    assert Limits().overall <= PLACES / PATIENCE
