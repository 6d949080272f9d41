"""Sockets stay below what the system lets the process open."""

import resource

import pytest

from bot.gateway.room import descriptors, room


@pytest.mark.parametrize("files", [1, 128, 256, 1024, 65_536])
def test_streams_and_any_one_address_leave_room_for_requests(files: int) -> None:
    space = room(files)
    assert space.sockets <= max(16, files - 100)
    assert space.streams <= space.sockets // 2
    assert 0 < space.sockets_each < space.sockets
    assert 0 < space.streams_each < space.streams


def test_an_office_of_two_hundred_fits_where_the_system_gives_enough() -> None:
    assert room(4096).streams_each >= 200
    assert room(4096).sockets_each >= 400


def test_the_process_asks_for_as_many_files_as_it_may_have() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
        assert descriptors() > 512
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (descriptors(), before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
