"""From orders to files and back: only what changed is read, and a damaged file is never served."""

from pathlib import Path

import pytest

from bot.catalogue.recommender import files, history
from bot.catalogue.recommender.fit import fit
from bot.database.db import Database
from bot.errors import BuildError
from bot.orders import store
from bot.orders.record import State
from tests.support.baskets import ordered, product, shelf


def people(folder: Path, one: str, other: str) -> int:
    model = files.load(folder)
    assert model is not None
    return model.together(model.numbers[one], model.numbers[other])


def test_orders_teach_and_only_the_shards_that_changed_are_read_anew(
    database: Database, tmp_path: Path
) -> None:
    for name in ("ann", "ben", "cem", "dua", "eva"):
        ordered(database, name, ["SHEET", "PILLOW"])
    first = fit(database, shelf(), tmp_path)
    assert first.new
    assert (
        first.changed
        == first.shards
        == len({history.shard_of(n) for n in ("ann", "ben", "cem", "dua", "eva")})
    )
    assert people(tmp_path, "SHEET", "PILLOW") == 5
    assert not fit(database, shelf(), tmp_path).new
    ordered(database, "fay", ["SHEET"], ["PILLOW"])
    again = fit(database, shelf(), tmp_path)
    assert (again.changed, people(tmp_path, "SHEET", "PILLOW")) == (1, 6)


def test_what_was_given_back_or_erased_teaches_nothing(database: Database, tmp_path: Path) -> None:
    ordered(database, "ann", ["SHEET", "LAMP"])
    ordered(database, "ben", ["SHEET", "LAMP"], state=State.RETURNED)
    fit(database, shelf(), tmp_path)
    assert people(tmp_path, "SHEET", "LAMP") == 1
    with database.begin() as session:
        store.erase(session, "ann")
    fit(database, shelf(), tmp_path)
    assert people(tmp_path, "SHEET", "LAMP") == 0


def test_what_was_learned_stays_when_products_come_and_go(
    database: Database, tmp_path: Path
) -> None:
    ordered(database, "ann", ["SHEET", "OLD"])
    fit(database, shelf(), tmp_path)
    fit(database, shelf(product("A-NEW", "rug", material="linen")), tmp_path)
    model = files.load(tmp_path)
    assert model is not None
    assert people(tmp_path, "SHEET", "OLD") == 1
    new = model.numbers["A-NEW"]
    assert model.alike(model.numbers["SHEET"], new) > 0  # nobody has bought it yet
    assert model.scores([model.numbers["SHEET"]])[new] > 0


@pytest.mark.parametrize("name", ["next_weights.npy", "card.json"])
def test_a_damaged_file_is_refused_and_made_anew(
    sqlite_database: Database, tmp_path: Path, name: str
) -> None:
    ordered(sqlite_database, "ann", ["SHEET", "PILLOW"])
    fit(sqlite_database, shelf(), tmp_path)
    [path] = tmp_path.glob(f"*/{name}")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(BuildError):
        files.load(tmp_path)
    assert fit(sqlite_database, shelf(), tmp_path).new
    assert people(tmp_path, "SHEET", "PILLOW") == 1
