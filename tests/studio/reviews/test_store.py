"""Reviews are taken in once, belong to a customer that is known, and go with them."""

from typing import NoReturn

from bot.customers import rights
from bot.database.db import Database
from bot.database.tables import CustomerRow
from bot.studio.reviews import store
from bot.studio.reviews.importing import import_reviews
from tests.support.reviews import reviewed, reviews


def test_reviews_are_stored_once_and_loaded_by_product(database: Database) -> None:
    reviewed(database)
    reviewed(database)
    with database.read() as session:
        assert store.counts(session) == {"POT": 20, "KET": 17}
        loaded = store.load(session, ["KET"])
    assert sum(len(each.statements) for each in loaded) == 17


def test_an_import_reads_only_what_is_new(sqlite_database: Database) -> None:
    reviewed(sqlite_database)
    every = [each for each, _, _ in reviews()]
    done = import_reviews(sqlite_database, every, _no_analyst, {})
    assert (done.added, done.unchanged) == (0, len(every))


def test_a_known_customers_reviews_are_exported_and_erased(sqlite_database: Database) -> None:
    with sqlite_database.begin() as session:
        session.add(CustomerRow(id="anna", email="anna@example.com"))
    reviewed(sqlite_database)
    with sqlite_database.read() as session:
        assert len(rights.export(session, "anna")["reviews"]) == 2
    with sqlite_database.begin() as session:
        rights.erase(session, "anna")
    with sqlite_database.read() as session:
        assert store.counts(session)["KET"] == 15


def _no_analyst() -> NoReturn:
    raise AssertionError("nothing is new")
