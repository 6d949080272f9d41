"""The orders' own vector index: only given ids are found, and it heals from the database."""

from pathlib import Path

import numpy as np
import pytest

from bot.knowledge.index import Index
from bot.language.encoder import Encoder
from bot.orders.vectors import Item, OrderVectors, shard_of

KETTLE = Item(1, "blue kettle")
TOWEL = Item(2, "white bath towel")
KNIFE = Item(3, "bread knife")


@pytest.fixture(scope="module")
def encoder(demo_index: Index) -> Encoder:
    return demo_index.encoder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "orders"


def ask(
    vectors: OrderVectors, items: list[Item], encoder: Encoder, customer: str = "ann"
) -> dict[int, float]:
    return vectors.cosines(customer, items, encoder.encode(["where is my kettle"])[0])


def test_the_nearest_of_the_given_orders_is_the_one_meant(folder: Path, encoder: Encoder) -> None:
    vectors = OrderVectors(folder, lambda: encoder)
    vectors.put([("ann", KETTLE), ("ann", TOWEL), ("ann", KNIFE)])
    found = ask(vectors, [KETTLE, TOWEL, KNIFE], encoder)
    assert max(found, key=found.__getitem__) == KETTLE.vector_id
    assert len(found) == 3


def test_an_id_that_is_not_given_is_never_found(folder: Path, encoder: Encoder) -> None:
    vectors = OrderVectors(folder, lambda: encoder)
    vectors.put([("ann", KETTLE), ("ann", TOWEL)])
    assert set(ask(vectors, [TOWEL], encoder)) == {TOWEL.vector_id}
    assert ask(vectors, [], encoder) == {}


def test_what_was_put_is_there_after_a_restart_without_embedding_it_again(
    folder: Path, encoder: Encoder
) -> None:
    OrderVectors(folder, lambda: encoder).put([("ann", KETTLE)])
    before = sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir())
    assert set(ask(OrderVectors(folder, lambda: encoder), [KETTLE], encoder)) == {1}
    assert sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir()) == before


def test_an_order_that_is_missing_or_changed_is_embedded_when_asked_about(
    folder: Path, encoder: Encoder
) -> None:
    vectors = OrderVectors(folder, lambda: encoder)
    vectors.put([("ann", Item(1, "bread knife"))])
    before = ask(vectors, [Item(1, "bread knife")], encoder)[1]
    found = ask(vectors, [KETTLE, TOWEL], encoder)
    assert set(found) == {1, 2}
    assert found[1] > before


def test_a_damaged_shard_is_made_anew(folder: Path, encoder: Encoder) -> None:
    OrderVectors(folder, lambda: encoder).put([("ann", KETTLE)])
    [path] = folder.glob("*.faiss")
    data = bytearray(path.read_bytes())
    data[-200] ^= 0xFF
    path.write_bytes(data)
    found = ask(OrderVectors(folder, lambda: encoder), [KETTLE], encoder)
    assert found[1] > 0.3


def test_another_process_sees_what_was_written(folder: Path, encoder: Encoder) -> None:
    here, there = (OrderVectors(folder, lambda: encoder) for _ in range(2))
    here.put([("ann", KETTLE)])
    ask(there, [KETTLE], encoder)
    here.remove("ann", [1])
    here.put([("ann", TOWEL)])
    found = ask(there, [TOWEL], encoder)
    assert set(found) == {2}


def test_a_removed_vector_is_in_no_file(folder: Path, encoder: Encoder) -> None:
    vectors = OrderVectors(folder, lambda: encoder)
    vectors.put([("ann", KETTLE), ("ann", TOWEL)])
    both = encoder.encode([KETTLE.text, TOWEL.text], kind="passage")
    codes = both[0].astype(np.float16).tobytes()
    [path] = folder.glob("*.faiss")
    assert codes in path.read_bytes()
    vectors.remove("ann", [KETTLE.vector_id])
    [path] = folder.glob(f"{shard_of('ann')}-*.faiss")
    assert codes not in path.read_bytes()


def test_few_shards_stay_in_memory(folder: Path, encoder: Encoder) -> None:
    vectors = OrderVectors(folder, lambda: encoder, resident=2)
    for at in range(6):
        customer, item = f"customer {at}", Item(at, "kettle")
        assert set(ask(vectors, [item], encoder, customer)) == {at}
    assert set(ask(vectors, [Item(0, "kettle")], encoder, "customer 0")) == {0}
