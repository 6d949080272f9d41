"""What is on its way to Telegram at one time, and so may be doubled by a kill."""

import asyncio

from bot.channels.telegram_lane import Lane


async def test_next_one_goes_when_the_one_before_is_noted_in_the_order_of_coming() -> None:
    lane, gone = Lane(patience=60), []

    async def go(number: int) -> None:
        leave = await lane.enter()
        gone.append(number)
        await asyncio.sleep(0)
        assert gone[-1] == number, "nobody else while it is not noted"
        leave()

    await asyncio.gather(*(go(number) for number in range(20)))
    assert gone == list(range(20))


async def test_one_that_hangs_is_overtaken_and_may_still_end() -> None:
    lane = Lane(patience=0.01)
    hanging = await lane.enter()
    following = await lane.enter()
    hanging()
    third = asyncio.create_task(lane.enter())
    await asyncio.sleep(0)
    assert not third.done(), "what hung gives nobody else's place away"
    following()
    (await third)()


async def test_who_gives_up_waiting_leaves_the_lane_to_the_next() -> None:
    lane = Lane(patience=60)
    first = await lane.enter()
    second = asyncio.create_task(lane.enter())
    third = asyncio.create_task(lane.enter())
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    first()
    (await third)()
