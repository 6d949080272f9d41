"""A circuit opens after repeated failures, lets one caller try, and closes again."""

from bot.writing.models.circuit import FAILURES, LONGEST, PAUSE, Circuit


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def opened() -> tuple[Circuit, Clock]:
    clock = Clock()
    circuit = Circuit(clock)
    for _ in range(FAILURES):
        assert circuit.enter()
        circuit.failed()
    return circuit, clock


def test_it_opens_after_so_many_failures_in_a_row() -> None:
    circuit = Circuit(Clock())
    tells = [circuit.failed() for _ in range(FAILURES)]
    assert tells == [False] * (FAILURES - 1) + [True]
    assert circuit.state == "open"
    assert not circuit.enter()


def test_a_success_between_starts_the_count_again() -> None:
    circuit = Circuit(Clock())
    for _ in range(FAILURES - 1):
        circuit.failed()
    circuit.succeeded()
    assert not circuit.failed()
    assert circuit.state == "closed"


def test_one_caller_tries_after_the_pause_and_the_others_wait() -> None:
    circuit, clock = opened()
    clock.at = PAUSE
    assert circuit.state == "half_open"
    assert circuit.enter()
    assert not circuit.enter()


def test_a_probe_that_succeeds_closes_it() -> None:
    circuit, clock = opened()
    clock.at = PAUSE
    circuit.enter()
    circuit.succeeded()
    assert circuit.state == "closed"
    assert circuit.enter()


def test_a_probe_that_fails_doubles_the_pause_up_to_a_limit() -> None:
    circuit, clock = opened()
    pause = PAUSE
    for _ in range(8):
        clock.at += pause
        assert circuit.enter()
        assert circuit.failed()
        pause = min(2 * pause, LONGEST)
        clock.at += pause - 0.01
        assert circuit.state == "open"
        clock.at += 0.01 - pause  # back to the failure
    assert pause == LONGEST


def test_a_probe_that_is_abandoned_leaves_the_place_to_the_next() -> None:
    circuit, clock = opened()
    clock.at = PAUSE
    circuit.enter()
    circuit.left()
    assert circuit.enter()


def test_a_hopeless_failure_opens_it_at_once() -> None:
    circuit = Circuit(Clock())
    assert circuit.failed(hopeless=True)
    assert circuit.state == "open"


def test_the_servers_own_wish_for_peace_is_kept() -> None:
    clock = Clock()
    circuit = Circuit(clock)
    circuit.failed(hopeless=True, retry_after=120)
    clock.at = 119
    assert not circuit.enter()
    clock.at = 120
    assert circuit.enter()
