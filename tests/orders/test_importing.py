"""Importing: incremental by order id, a bad row named and left out, and the command itself."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.database.db import Database
from bot.orders import demo, store
from bot.orders.checks import Reading
from bot.orders.files import Contents, Row
from bot.orders.importing import BATCH, import_orders
from bot.types import OneCustomer
from tests.support.demo import KNOWLEDGE
from tests.support.order_files import ANN, NOW, raw


def contents(*orders: dict[str, Any]) -> Contents:
    return Contents([Row(f"orders.json, order {at}", ANN, each) for at, each in enumerate(orders)])


def test_a_second_import_writes_only_what_changed(database: Database) -> None:
    first = contents(raw(), raw(id="W-2"))
    assert len(import_orders(database, first, Reading(), at=NOW).saved.added) == 2
    second = contents(raw(), raw(id="W-2", state="delivered"), raw(id="W-3"))
    report = import_orders(database, second, Reading(), at=NOW)
    assert report.saved.added == ["W-3"]
    assert report.saved.changed == ["W-2"]
    assert report.saved.unchanged == ["W-1001"]


def test_bad_rows_are_named_and_all_others_are_in(sqlite_database: Database) -> None:
    good = [raw(id=f"W-{at}") for at in range(BATCH + 3)]
    bad = [raw(id="W-bad", total="free"), raw(id="W-0")]
    heard: list[int] = []
    report = import_orders(
        sqlite_database, contents(*good, *bad), Reading(), at=NOW, progress=heard.append
    )
    assert len(report.saved.added) == BATCH + 3
    assert [problem.key for problem in report.problems] == ["orders.bad_money", "orders.twice"]
    assert heard[-1] == BATCH + 5
    with sqlite_database.read() as session:
        assert len(store.orders(session, OneCustomer("ann"))) == BATCH + 3


def command(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    environment = {
        "BOT_DATABASE_URL": f"sqlite:///{tmp_path / 'shop.db'}",
        "BOT_INDEX_DIR": str(tmp_path / "index"),
        "BOT_LANGUAGE": "en",
    }
    done = CliRunner().invoke(app, ["orders", "import", *arguments, "--json"], env=environment)
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def test_the_command_imports_a_file_and_real_orders_take_the_demos_place(tmp_path: Path) -> None:
    shown = command(tmp_path, str(KNOWLEDGE / "orders"))
    assert shown["problems"] == []
    assert shown["added"] > 20
    path = tmp_path / "orders.json"
    bad = raw(id="W-bad", customer="ann", email="nope")
    path.write_text(json.dumps([raw(customer=ANN), bad]), encoding="utf-8")
    shown = command(tmp_path, str(path))
    assert (shown["added"], shown["embedded"]) == (1, None)
    assert shown["problems"][0]["where"] == "orders.json, order 2 (W-bad)"
    assert "email" in shown["problems"][0]["message"]
    database = Database(f"sqlite:///{tmp_path / 'shop.db'}")
    with database.read() as session:
        assert store.orders(session, OneCustomer("C-1001")) == []
        assert len(store.orders(session, OneCustomer("ann"))) == 1
    database.close()


def test_what_shoppers_cannot_name_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    ids = ["QWERTY", "123", "B7K9QX", "2024-W-55", "W1001/2", "订单20261101"]
    orders = [raw(id=each, customer=ANN) for each in ids]
    path.write_text(json.dumps(orders), encoding="utf-8")
    assert command(tmp_path, str(path))["unnamed"] == ["QWERTY"]
    environment = {"BOT_DATABASE_URL": f"sqlite:///{tmp_path / 'shop.db'}", "BOT_LANGUAGE": "zh"}
    done = CliRunner().invoke(app, ["orders", "import", str(path)], env=environment)
    assert "QWERTY" in done.stderr
    assert "无法报出" in done.stderr


@pytest.mark.parametrize("times", [1, 2])
def test_the_demo_has_orders_in_every_state_however_often_it_is_loaded(
    sqlite_database: Database, times: int
) -> None:
    for _ in range(times):
        demo.load(sqlite_database, KNOWLEDGE, Reading().zone, at=NOW)
    states: dict[str, set[str]] = {}
    with sqlite_database.read() as session:
        for customer in ("C-1001", "C-1002", "C-1003", "C-2001", "C-2002", "C-2003"):
            for order in store.orders(session, OneCustomer(customer)):
                states.setdefault(customer[2], set()).add(order.state)
                assert order.source == demo.SOURCE
                assert all(line.named("zh") != line.named("en") for line in order.lines)
    everything = "placed paid packed shipped delayed delivered returned refunded cancelled"
    assert states["1"] == states["2"] == set(everything.split())


def test_the_demo_stays_away_from_a_shop_with_orders_of_its_own(
    sqlite_database: Database,
) -> None:
    import_orders(sqlite_database, contents(raw()), Reading(), at=NOW)
    demo.load(sqlite_database, KNOWLEDGE, Reading().zone, at=NOW)
    with sqlite_database.read() as session:
        assert store.orders(session, OneCustomer("C-1001")) == []
