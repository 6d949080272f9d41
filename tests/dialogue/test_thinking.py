"""Long bursts take turns on a thread of their own, that stands back."""

import asyncio
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from bot.dialogue.thinking import think
from bot.errors import SlowError

_SOON = 30.0  # seconds in which anything here is done


@pytest.fixture
def go() -> Iterator[threading.Event]:
    """Lets what waits for it go on, at the latest when the test is over."""
    event = threading.Event()
    yield event
    event.set()


async def test_a_question_does_not_wait_for_the_long_ones(go: threading.Event) -> None:
    begun: list[str] = []

    def slowly(name: str) -> None:
        begun.append(name)
        go.wait(_SOON)

    long = [asyncio.create_task(think(slowly, name, long=True)) for name in ("one", "two")]
    assert await think(lambda: "an answer", limit=_SOON) == "an answer"
    go.set()
    await asyncio.gather(*long)
    assert begun == ["one", "two"]


async def test_only_one_long_burst_is_thought_about_at_a_time(go: threading.Event) -> None:
    at_work: list[str] = []
    together: list[int] = []

    def slowly(name: str) -> None:
        at_work.append(name)
        together.append(len(at_work))
        go.wait(0.05)
        at_work.remove(name)

    await asyncio.gather(*(think(slowly, str(each), long=True) for each in range(4)))
    assert together == [1, 1, 1, 1]


@pytest.mark.skipif(sys.platform != "linux", reason="only there has a thread a priority of its own")
async def test_the_thread_for_long_bursts_stands_back() -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert await think(niceness, long=True) > await think(niceness)


async def test_a_long_burst_that_takes_too_long_is_given_up(go: threading.Event) -> None:
    with pytest.raises(SlowError):
        await think(go.wait, _SOON, limit=0.05, long=True)
