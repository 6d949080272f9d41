"""The budget on a clock that only the sleepers move."""

import asyncio
import heapq
from collections import defaultdict

import pytest

from bot.channels.telegram.budget import Budget, Limits, TooSoon
from tests.support.telegram.budgets import Budgets, Windows

GROUP = -100


class Time:
    """A clock that jumps to the next waking when everybody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._count = 0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        self._count += 1
        heapq.heappush(self._sleepers, (self.now + seconds, self._count, event))
        await event.wait()

    async def run(self, *tasks: "asyncio.Task[None]") -> None:
        while not all(task.done() for task in tasks):
            for _ in range(20):
                await asyncio.sleep(0)
            if self._sleepers:
                at, _, event = heapq.heappop(self._sleepers)
                self.now = max(self.now, at)
                event.set()


class Sender:
    """Sends through a budget, and notes when; the stand-in's windows judge it."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.time = Time()
        self.budget = Budget(limits, clock=self.time, sleep=self.time.sleep)
        self.sent: dict[int, list[float]] = defaultdict(list)
        self.windows = Windows(Budgets())
        self.refused = 0

    async def send(self, chat_id: int, times: int = 1, patience: float = 1e6) -> None:
        for _ in range(times):
            await self.budget.spend(chat_id, patience=patience)
            self.sent[chat_id].append(self.time() - 1000)
            closed = self.windows.spend(chat_id, "message", self.time(), group=chat_id < 0)
            self.refused += closed > 0

    async def all(self, *chats: tuple[int, int]) -> None:
        await self.time.run(*(asyncio.create_task(self.send(*chat)) for chat in chats))


async def test_chat_gets_a_few_at_once_then_one_a_second() -> None:
    sender = Sender(Limits(spacing=1.0, burst=3))
    await sender.all((1, 6))
    assert sender.sent[1] == [0, 0, 0, 1, 2, 3]


async def test_burst_comes_back_with_rest() -> None:
    sender = Sender(Limits(spacing=1.0, burst=3))
    await sender.all((1, 4))
    sender.time.now += 10
    await sender.all((1, 3))
    assert sender.sent[1][4:] == [11, 11, 11]


async def test_group_gets_no_more_than_its_minute() -> None:
    sender = Sender()
    await sender.all((GROUP, 45))
    times = sender.sent[GROUP]
    assert all(later - sooner >= 60 for sooner, later in zip(times, times[19:], strict=False))
    assert sender.refused == 0


async def test_bot_as_a_whole_keeps_its_second() -> None:
    sender = Sender()
    await sender.all(*((chat, 3) for chat in range(1, 101)))
    assert sum(map(len, sender.sent.values())) == 300
    assert sender.refused == 0


async def test_bot_may_make_up_for_a_moment_in_which_it_sent_nothing() -> None:
    sender = Sender(Limits(overall=10, at_once=5))
    await sender.all(*((chat, 1) for chat in range(1, 11)))
    times = sorted(at for each in sender.sent.values() for at in each)
    assert times == pytest.approx([0, 0, 0, 0, 0, 0.1, 0.2, 0.3, 0.4, 0.5])
    sender.time.now += 0.3
    await sender.all(*((chat, 1) for chat in range(11, 14)))
    again = [at - times[-1] for chat in range(11, 14) for at in sender.sent[chat]]
    assert again == pytest.approx([0.3, 0.3, 0.3])


async def test_chat_with_much_to_say_delays_no_other() -> None:
    sender = Sender()
    await sender.all((1, 50), (2, 1), (3, 1))
    assert sender.sent[2] == sender.sent[3] == [0]


async def test_chats_share_the_bots_second_fairly() -> None:
    sender = Sender(Limits(overall=10, at_once=10, spacing=1.0, burst=2))
    await sender.all(*((chat, 6) for chat in range(1, 21)))
    first = [times[0] for times in sender.sent.values()]
    third = [times[2] for times in sender.sent.values()]
    assert max(first) <= min(third), "everybody is served before anybody is beyond a burst"


async def test_closed_chat_is_refused_at_once_and_others_are_not() -> None:
    sender = Sender()
    sender.budget.close(1, 30)
    with pytest.raises(TooSoon) as caught:
        await sender.budget.spend(1, patience=8)
    assert 30 <= caught.value.seconds <= 31
    await sender.budget.spend(2, patience=0)
    assert sender.budget.closed(1)
    assert not sender.budget.closed(2)


async def test_whoever_waits_while_the_chat_is_closed_is_refused() -> None:
    sender = Sender(Limits(burst=1, spacing=5))
    await sender.send(1)
    waiting = asyncio.create_task(sender.send(1))
    await asyncio.sleep(0)
    sender.budget.close(1, 30)
    with pytest.raises(TooSoon):
        await asyncio.gather(sender.time.run(waiting), waiting)


async def test_long_wait_is_for_the_caller_to_arrange() -> None:
    sender = Sender(Limits(burst=1, spacing=10))
    await sender.send(1)
    with pytest.raises(TooSoon) as caught:
        await sender.budget.spend(1, patience=8)
    assert caught.value.seconds == pytest.approx(10)


async def test_what_is_only_nice_waits_for_quiet_times() -> None:
    sender = Sender(Limits(overall=4, at_once=4))
    assert sender.budget.spare()
    await sender.send(1)
    await sender.send(2)
    assert not sender.budget.spare()
    sender.time.now += 1.5
    assert sender.budget.spare()


async def test_extras_go_only_where_no_message_has_to_wait_for_them() -> None:
    sender = Sender()
    assert [sender.budget.extra(5) for _ in range(3)] == [True, True, False]
    await sender.all((5, 1))
    assert sender.sent[5] == [0.0]
    assert not sender.budget.extra(5)
    sender.time.now += 3
    assert sender.budget.extra(5)
    sender.budget.close(5, 30)
    assert not sender.budget.extra(5)


async def test_extras_leave_half_of_the_second_to_messages() -> None:
    sender = Sender(Limits(overall=10, at_once=10))
    assert sum(sender.budget.extra(chat_id) for chat_id in range(1, 30)) == 5
    await sender.all(*((chat_id, 1) for chat_id in range(101, 106)))
    times = [at for chat_id in range(101, 106) for at in sender.sent[chat_id]]
    assert times == pytest.approx([0.0] * 5)


async def test_what_is_left_of_a_groups_minute_is_known() -> None:
    sender = Sender(Limits(group=5))
    assert sender.budget.left(-7) == 5
    await sender.all((-7, 3))
    assert sender.budget.left(-7) == 2
    sender.time.now += 61
    assert sender.budget.left(-7) == 5
