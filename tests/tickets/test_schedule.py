"""The page's hours and promises count before the settings, and what nobody can read is refused."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.database.db import Database
from bot.errors import InputError
from bot.tickets import schedule
from bot.tickets.schedule import Schedule, Scheduled

ZONE = ZoneInfo("Europe/Amsterdam")
SETTINGS = Schedule(hours="mon-fri 9:00-17:00", first_response="15m, 1h, 4h")


def keep(database: Database, **given: str) -> None:
    with database.begin() as session:
        schedule.keep(session, SETTINGS, given, ZONE, "Ada")


def test_without_a_word_from_the_page_the_settings_count(database: Database) -> None:
    known = Scheduled(database, SETTINGS, ZONE)
    assert known.now() == SETTINGS
    assert known.terms().first[0] == timedelta(minutes=15)
    assert known.hours() is not None
    assert known.words("en") == ""


def test_what_the_page_says_counts_until_it_is_the_settings_again(database: Database) -> None:
    keep(database, hours="", resolution="1h, 2h, 3h", away_zh="{when}回来")
    known = Scheduled(database, SETTINGS, ZONE)
    assert known.hours() is None
    assert (known.words("zh"), known.words("en")) == ("{when}回来", "")
    assert known.terms().resolution[2] == timedelta(hours=3)
    keep(database, hours=SETTINGS.hours, resolution="", away_zh="")
    assert Scheduled(database, SETTINGS, ZONE).now() == SETTINGS


@pytest.mark.parametrize(
    "given",
    [
        {"hours": "every day"},
        {"hours": "sun closed"},
        {"holidays": "christmas"},
        {"first_response": "soon"},
        {"resolution": "1h"},
        {"away_en": "Back {then}"},
        {"away_en": "x" * 2001},
    ],
)
def test_what_nobody_can_read_is_refused(database: Database, given: dict[str, str]) -> None:
    with pytest.raises(InputError):
        keep(database, **given)
