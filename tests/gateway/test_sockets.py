"""Who is let in, and who goes for it, when places are few."""

from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from bot.gateway.room import Room
from bot.gateway.sockets import Sockets


@dataclass(eq=False)
class Client:
    origin: str | None
    ended: bool = False

    def end(self) -> None:
        self.ended = True


@dataclass
class Door:
    """Four places, two of one address, on a clock that is set by hand."""

    time: float = 0.0
    sockets: Sockets = field(init=False)

    def __post_init__(self) -> None:
        self.sockets = Sockets(Room(4, 2, 2, 1), clock=lambda: self.time)

    def enter(self, origin: str | None, *, busy: bool = False) -> Client | None:
        """A client that came in, and, when `busy`, has sent what it had to."""
        client = Client(origin)
        if not self.sockets.enter(client, 10):
            return None
        if busy:
            self.sockets.owes(client, None)
        return client

    def let_in(self, origin: str | None, *, busy: bool = False) -> Client:
        client = self.enter(origin, busy=busy)
        assert client is not None
        return client


@pytest.fixture
def door() -> Door:
    return Door()


def test_a_newcomer_gets_the_place_of_whoever_has_owed_longest(door: Door) -> None:
    idle = [door.let_in(origin) for origin in "abcd"]
    door.sockets.owes(idle[0], 20)  # has sent its headers, and owes a body from now on
    door.let_in("e")
    assert [client.ended for client in idle] == [False, True, False, False]


def test_a_thousand_idle_sockets_keep_nobody_out(door: Door) -> None:
    for number in range(1000):
        door.let_in(f"address {number}")
    newcomer = door.let_in("shopper", busy=True)
    for number in range(1000):
        door.let_in(f"address {number}")
    assert not newcomer.ended


def test_an_address_at_its_limit_gives_up_its_own_places_first(door: Door) -> None:
    other = door.let_in("b")
    mine = [door.let_in("a"), door.let_in("a")]
    door.let_in("a")
    assert [mine[0].ended, mine[1].ended, other.ended] == [True, False, False]


def test_whoever_is_being_answered_is_not_put_out(door: Door) -> None:
    busy = [door.let_in(origin, busy=True) for origin in "aabb"]
    assert door.enter("c") is None
    assert not any(client.ended for client in busy)
    door.sockets.leave(busy[0])
    assert door.enter("b") is None, "b has its two places"
    door.let_in("c")


def test_a_proxy_is_not_counted_for_itself(door: Door) -> None:
    for _ in range(4):
        door.let_in(None, busy=True)
    assert door.enter(None) is None


def test_whoever_is_late_is_put_out_and_nobody_else(door: Door) -> None:
    silent, busy, slow = door.let_in("a"), door.let_in("b", busy=True), door.let_in("c")
    door.time = 9
    door.sockets.owes(slow, 20)
    door.sockets.sweep()
    assert not silent.ended
    door.time = 10
    door.sockets.sweep()
    assert [silent.ended, busy.ended, slow.ended] == [True, False, False]
    door.time = 29
    door.sockets.sweep()
    assert slow.ended


def test_leaving_twice_does_no_harm(door: Door) -> None:
    client = door.let_in("a")
    door.sockets.leave(client)
    door.sockets.leave(client)
    door.sockets.owes(client, 10)
    door.time = 100
    door.sockets.sweep()
    assert not client.ended


def test_being_full_is_said_once_a_minute_and_not_for_each_socket(door: Door) -> None:
    with capture_logs() as lines:
        for number in range(100):
            door.enter(str(number))
        door.time = 60
        for number in range(100):
            door.enter(str(number))
    assert [line["event"] for line in lines] == ["gateway.full"] * 2
