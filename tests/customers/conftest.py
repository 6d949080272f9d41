"""A shop with customers for the tests of this folder; a file may make its own."""

import pytest

from bot.database.db import Database
from tests.support.customers import customer, order


@pytest.fixture
def shop(database: Database) -> Database:
    """A shop with mail, Anna with two orders and Ben with one."""
    with database.begin() as session:
        customer(session)
        customer(session, "ben", email="ben@example.com", phone="8613800138000")
        order(session, "#W2001")
        order(session, "#W2002", email="gift@example.com")
        order(session, "#W3001", "ben")
    return database
