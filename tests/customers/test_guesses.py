"""Wrong proofs are counted, and slow down who makes them, whatever restarts or happens at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from bot.customers import guesses
from bot.customers.guesses import Record, Tried, Verdict
from bot.database.db import Database
from bot.database.tables import GuessRow
from tests.support.shop import NOON, later

DAY, HOUR = guesses.DAY, timedelta(hours=1)
CONTACT, ORDER, ADDRESS = "contact:anna", "order:1", "address:1"


def tried(chat: int = 1, *, begun: datetime = NOON, known: bool = False, **subjects: str) -> Tried:
    return Tried(chat, begun, known=known, **{"contact": CONTACT, **subjects})


@pytest.mark.parametrize(
    ("wrong", "seconds"),
    [(0, None), (2, None), (3, 30), (4, 120), (5, 600), (6, 3600), (9, 3600), (10, 86400)],
)
def test_each_wrong_proof_costs_its_chat_more_time(wrong: int, seconds: int | None) -> None:
    opens = guesses.open_again([NOON] * wrong, NOON)
    assert opens == (None if seconds is None else later(seconds))


def test_a_pause_ends_and_a_day_forgets() -> None:
    assert guesses.open_again([NOON] * 3, later(30)) is None
    assert guesses.open_again([NOON] * 20, NOON + DAY) is None


def record(kind: str, count: int, *, age: float = 0, elder: int | None = None) -> Record:
    """So many wrong tries since noon, the oldest guesser's chat so many seconds old."""
    return Record(kind, (NOON,) * count, NOON, elder, timedelta(seconds=age))


GUARDED = {CONTACT: record("contact", 5)}
OLD, NEW = NOON - HOUR, later(1)


@pytest.mark.parametrize(
    ("asked", "records", "verdict"),
    [
        # Nothing much happened: anybody is looked at, also in the busiest chat's neighbourhood.
        (tried(begun=NEW), {}, "allowed"),
        (tried(begun=NEW), {CONTACT: record("contact", 4)}, "allowed"),
        (tried(begun=NEW, order=ORDER), {ORDER: record("order", 4)}, "allowed"),
        (tried(begun=NEW, address=ADDRESS), {ADDRESS: record("address", 9)}, "allowed"),
        (tried(begun=NEW), {guesses.SHOP: record("shop", 19)}, "allowed"),
        # A chat's own wrong tries pause it, whoever's it is.
        (tried(begun=OLD, known=True), {"chat:1": record("chat", 3)}, "paused"),
        # Guarded: not a chat that was made since, but one from before, or the customer's own.
        (tried(begun=NEW), GUARDED, "guarded"),
        (tried(begun=NOON), GUARDED, "guarded"),
        (tried(begun=OLD), GUARDED, "allowed"),
        (tried(begun=NEW, known=True), GUARDED, "allowed"),
        (tried(begun=NEW), {ORDER: record("order", 5)}, "guarded"),
        (tried(begun=NEW), {ADDRESS: record("address", 10)}, "guarded"),
        (tried(begun=NEW), {guesses.SHOP: record("shop", 20)}, "guarded"),
        (tried(begun=OLD), {guesses.SHOP: record("shop", 20)}, "allowed"),
        # One mistake of one's own is forgiven, two look like guessing.
        (tried(begun=OLD), GUARDED | {"chat:1": record("chat", 1)}, "allowed"),
        (tried(begun=OLD), GUARDED | {"chat:1": record("chat", 2)}, "guarded"),
        # From an address at which others guess, an old chat is not enough.
        (
            tried(begun=OLD, address=ADDRESS),
            GUARDED | {ADDRESS: record("address", 1)},
            "guarded",
        ),
        (
            tried(begun=OLD, address=ADDRESS),
            GUARDED | {ADDRESS: record("address", 1), "chat:1": record("chat", 1)},
            "allowed",
        ),
        # Chats that were made in advance: one must be twice as old as the oldest that guessed.
        (tried(begun=OLD), {CONTACT: record("contact", 6, age=1801)}, "guarded"),
        (tried(begun=OLD), {CONTACT: record("contact", 6, age=1800)}, "allowed"),
        (tried(begun=OLD), {CONTACT: record("contact", 6, age=3600, elder=1)}, "allowed"),
    ],
)
def test_who_is_looked_at(asked: Tried, records: dict[str, Record], verdict: Verdict) -> None:
    assert guesses.judge(asked, records, NOON) == verdict


def test_counts_outlive_the_process_and_close_no_other_chat(database: Database) -> None:
    for _ in range(3):
        with database.begin() as session:
            order = guesses.order(session, "W1")
            guesses.wrong(session, tried(1, order=order), at=NOON)
    with database.begin() as session:
        assert guesses.assess(session, tried(1, order=order), at=NOON) == "paused"
        assert guesses.assess(session, tried(2, order=order), at=NOON) == "allowed"


def test_a_contact_is_guarded_until_nobody_has_guessed_for_a_week(database: Database) -> None:
    with database.begin() as session:
        for number in range(5):
            guesses.wrong(session, tried(number), at=later(number))
        fresh, old = tried(9, begun=later(10)), tried(8, begun=later(-10))
        assert guesses.assess(session, fresh, at=later(20)) == "guarded"
        assert guesses.assess(session, old, at=later(20)) == "allowed"
        assert guesses.assess(session, tried(9, contact="contact:ben"), at=later(20)) == "allowed"
        assert guesses.assess(session, fresh, at=NOON + timedelta(days=6)) == "guarded"
        assert guesses.assess(session, fresh, at=NOON + timedelta(days=8)) == "allowed"


def test_chats_made_in_advance_use_each_other_up(database: Database) -> None:
    """250 chats of all ages up to a day: only ever older ones are looked at, by doubling."""
    start = later(86_400)
    with database.begin() as session:
        for number in range(5):
            guesses.wrong(session, tried(number, begun=start), at=start)
        looked_at = 0
        for number in range(250):  # the youngest first: any other order looks at fewer
            asked = tried(10 + number, begun=start - timedelta(seconds=345 * (number + 1)))
            if guesses.assess(session, asked, at=start) == "allowed":
                guesses.wrong(session, asked, at=start)
                looked_at += 1
        assert looked_at <= 10


def test_what_became_too_much_is_told_once(database: Database) -> None:
    with database.begin() as session:
        told = [guesses.wrong(session, tried(number), at=NOON) for number in range(8)]
        assert told == [frozenset()] * 4 + [{"contact"}] + [frozenset()] * 3
        one = [guesses.wrong(session, tried(99, contact=""), at=NOON) for _ in range(6)]
        assert [kind for kinds in one for kind in kinds] == ["chat"]


def test_a_guesser_who_varies_everything_is_noticed_by_the_shop(database: Database) -> None:
    with database.begin() as session:
        for number in range(30):
            varied = tried(number, contact=f"contact:{number}", address=f"address:{number}")
            if "shop" in guesses.wrong(session, varied, at=later(number)):
                break
        assert number == 19
        assert guesses.assess(session, tried(50, begun=later(40)), at=later(41)) == "guarded"
        assert guesses.assess(session, tried(51, begun=later(-40)), at=later(41)) == "allowed"
        assert guesses.assess(session, tried(50, begun=later(40)), at=later(4000)) == "allowed"


def test_a_person_is_called_once_an_hour(database: Database) -> None:
    with database.begin() as session:
        called = [guesses.first_alarm(session, at=later(moment)) for moment in (0, 1, 3600)]
    assert called == [True, False, True]


def test_nothing_is_kept_in_clear(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        contact = guesses.contact(guesses.email_mac(session, "anna@example.com"))
        order, address = guesses.order(session, "W2001"), guesses.address(session, "203.0.113.9")
        guesses.wrong(session, Tried(1, NOON, contact, order, address), at=NOON)
        kept = " ".join(session.exec(select(GuessRow.subject)))
    for secret in ("W2001", "anna", "203.0"):
        assert secret not in kept


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("203.0.113.9", "203.0.113.10", False),
        ("203.0.113.9", "::ffff:203.0.113.9", True),
        ("", "not an address", True),
    ],
)
def test_an_address_is_a_household(
    sqlite_database: Database, one: str, other: str, same: bool
) -> None:
    with sqlite_database.begin() as session:
        assert (guesses.address(session, one) == guesses.address(session, other)) == same
        assert guesses.address(session, "nonsense") == ""


def test_many_at_once_get_no_more_tries_than_one(database: Database) -> None:
    def attempt(number: int) -> bool:
        with database.begin() as session:
            asked = tried(number, begun=later(1))
            if guesses.assess(session, asked, at=later(2)) != "allowed":
                return False
            guesses.wrong(session, asked, at=NOON)
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == 5


def test_what_is_allowed_so_often_is_refused_after(database: Database) -> None:
    with database.begin() as session:
        spent = [guesses.spend(session, "sends:x", 3, HOUR, at=NOON) for _ in range(4)]
        assert spent == [True, True, True, False]
        assert guesses.spent(session, "sends:x", HOUR, at=NOON) == [NOON] * 3
        assert guesses.spend(session, "sends:x", 3, HOUR, at=NOON + HOUR)


def test_old_counts_are_swept(database: Database) -> None:
    with database.begin() as session:
        guesses.wrong(session, tried(), at=NOON)
        assert guesses.sweep(session, at=NOON + DAY) == 0
        assert guesses.sweep(session, at=NOON + guesses.WEEK) == 3
