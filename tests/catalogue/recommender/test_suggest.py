"""What may be told: in stock, not had already, with a reason that gives nobody's order away."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.catalogue.recommender.fit import fit
from bot.catalogue.recommender.suggest import PEOPLE, Recommender, why
from bot.catalogue.table import Table
from bot.database.db import Database
from tests.support.baskets import ordered, product, shelf

Shop = Callable[..., Recommender]


@pytest.fixture
def shop(sqlite_database: Database, tmp_path: Path) -> Shop:
    """A recommender fitted on so many customers who bought sheets with a pillow."""

    def made(table: Table, buyers: int) -> Recommender:
        for number in range(buyers):
            ordered(sqlite_database, f"c{number}", ["SHEET", "PILLOW"])
        fit(sqlite_database, table, tmp_path)
        return Recommender(tmp_path, lambda: table)

    return made


def test_reasons_speak_of_buyers_only_where_enough_different_ones_bought_both(shop: Shop) -> None:
    table = shelf()
    few = {each.sku: each for each in shop(table, PEOPLE - 1).suggest(["SHEET"], "en")}
    assert "PILLOW" not in few  # nothing else can be said of it, and two people are no reason
    enough = {each.sku: each for each in shop(table, PEOPLE).suggest(["SHEET"], "en")}
    assert why(enough["PILLOW"], table, "en") == "often bought with SHEET sheet"
    assert why(enough["LAMP"], table, "en") == "same material: linen"


def test_never_what_is_sold_out_had_already_unfitting_or_the_same_kind(shop: Shop) -> None:
    table = shelf(
        product("SOLD", "rug", material="linen", stock=0),
        product("OTHER-SHEET", "sheet", material="linen"),
    )
    recommender = shop(table, PEOPLE)
    assert [each.sku for each in recommender.suggest(["SHEET"], "en")] == ["PILLOW", "LAMP"]
    assert [e.sku for e in recommender.suggest(["SHEET"], "en", without={"PILLOW"})] == ["LAMP"]
    none = np.empty(0, dtype=np.int32)
    assert recommender.suggest(["SHEET"], "en", among=none) == []
    assert recommender.suggest(["NO-SUCH"], "en") == []


def test_without_a_model_nothing_is_suggested(tmp_path: Path) -> None:
    recommender = Recommender(tmp_path, shelf)
    assert not recommender.ready
    assert recommender.suggest(["SHEET"], "en") == []
