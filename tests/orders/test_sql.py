"""The SQL source, against a shop's own database of each kind: one customer, read only, in time."""

import pytest
from sqlalchemy import create_engine, text

from bot.database.db import Database
from bot.orders.checks import Reading
from bot.orders.sources import SourceError, Who
from bot.orders.sources.sql import SqlSource

QUERY = """
SELECT s.number AS order_id, s.buyer AS customer_id, s.mail AS email, s.status AS state,
       'USD' AS currency, s.amount AS total, i.title AS item, i.price AS price, s.at AS placed_at
FROM sales s JOIN items i ON i.sale = s.number
WHERE s.buyer = :customer_id AND (:order_id IS NULL OR s.number = :order_id)
"""
ANN = Who(customer_id="ann", email="ann@example.com")


@pytest.fixture
def url(database: Database) -> str:
    """The shop's database, with two buyers."""
    engine = create_engine(database.url)
    with engine.begin() as connection:
        for statement in (
            "CREATE TABLE sales (number TEXT, buyer TEXT, mail TEXT, status TEXT,"
            " amount NUMERIC(10, 2), at TEXT)",
            "CREATE TABLE items (sale TEXT, title TEXT, price NUMERIC(10, 2))",
            "INSERT INTO sales VALUES ('W1', 'ann', 'ann@example.com', 'shipped', 79.90,"
            " '2026-11-20 10:00:00+00:00'), ('W2', 'bob', 'bob@example.com', 'paid', 5, NULL)",
            "INSERT INTO items VALUES ('W1', 'Kettle', 64.00), ('W1', 'Towel', 15.90),"
            " ('W2', 'Mug', 5)",
        ):
            connection.execute(text(statement))
    engine.dispose()
    return database.url.render_as_string(hide_password=False)


def source(url: str, query: str = QUERY, timeout: float = 5.0) -> SqlSource:
    cast = query.replace(":order_id IS NULL", "CAST(:order_id AS TEXT) IS NULL")
    return SqlSource(url, cast, Reading(source="sql"), timeout)


def test_rows_become_the_customers_orders(url: str) -> None:
    [(customer, order)] = source(url).fetch(ANN)
    assert (customer.id, customer.email) == ("ann", "ann@example.com")
    assert (order.id, order.total, order.source) == ("W1", 7990, "sql")
    assert [line.name for line in order.lines] == ["Kettle", "Towel"]
    assert source(url).fetch(Who("ann", None, "W9")) == []


def test_values_are_bound_and_never_part_of_the_text(url: str) -> None:
    for name in ("' OR 1=1 --", "ann' UNION SELECT 1 --", ""):
        assert source(url).fetch(Who(customer_id=name)) == []


def test_rows_of_others_are_dropped_however_wrong_the_query(url: str) -> None:
    wrong = QUERY.replace("s.buyer = :customer_id AND", ":customer_id <> '' AND")
    assert [order.id for _, order in source(url, wrong).fetch(ANN)] == ["W1"]


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("DELETE FROM sales WHERE buyer = :customer_id", "orders.sql_not_a_query"),
        (QUERY + "; DROP TABLE sales", "orders.sql_not_a_query"),
        ("SELECT * FROM sales", "orders.sql_unscoped"),
        ("SELECT * FROM sales WHERE number = :order_id", "orders.sql_unscoped"),
        ("SELECT * FROM sales WHERE buyer = :customer_id AND 1 = :one", "orders.sql_unscoped"),
    ],
)
def test_a_query_that_could_never_be_right_is_refused(url: str, query: str, key: str) -> None:
    with pytest.raises(SourceError) as caught:
        source(url, query)
    assert caught.value.key == key


def test_a_query_cannot_write(url: str, backend: str) -> None:
    if backend == "sqlite":
        pytest.skip("SQLite has no statement that both reads and writes")
    sneaky = (
        "WITH gone AS (DELETE FROM sales WHERE buyer = :customer_id RETURNING *) SELECT * FROM gone"
    )
    with pytest.raises(SourceError) as caught:
        source(url, sneaky).fetch(ANN)
    assert "read-only" in str(caught.value)
    assert len(source(url).fetch(ANN)) == 1


def test_wrong_columns_are_named(url: str) -> None:
    with pytest.raises(SourceError) as caught:
        source(url, "SELECT number AS order_id FROM sales WHERE buyer = :customer_id").check()
    assert "customer_id" in str(caught.value)
    with pytest.raises(SourceError) as caught:
        source(url, QUERY.replace("AS placed_at", "AS when_it_was")).check()
    assert "when_it_was" in str(caught.value)


def test_a_query_that_takes_too_long_is_stopped(url: str, backend: str) -> None:
    slow = {
        "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n"
        " WHERE x < 1000000000) SELECT max(x) AS order_id FROM n WHERE :customer_id <> ''",
        "postgresql": "SELECT pg_sleep(60) AS order_id FROM sales WHERE :customer_id <> ''",
    }
    with pytest.raises(SourceError) as caught:
        source(url, slow[backend], timeout=0.2).fetch(ANN)
    assert caught.value.key == "orders.sql_failed"


def test_a_database_that_is_not_there_is_told(tmp_path: object) -> None:
    with pytest.raises(SourceError):
        source(f"sqlite:///{tmp_path}/none/shop.db").check()
    with pytest.raises(SourceError):
        source("not a url")
    with pytest.raises(SourceError):
        source("oracle://reader@host/shop")
