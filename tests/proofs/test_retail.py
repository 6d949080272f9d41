"""The proof on tau-bench retail's files, in small."""

import json
import random
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from bot.orders import checks
from bot.orders.checks import Reading
from tests.proofs import retail
from tests.proofs.retail_questions import CHINESE, questions
from tests.support.order_files import raw

STATUSES = ("pending", "processed", "delivered", "cancelled")


def shop(folder: Path) -> Path:
    """Ten users with three orders each, in the files' own shape."""
    chance = random.Random(3)
    users, orders = {}, {}
    for at in range(10):
        user = f"user_{at}"
        users[user] = {"name": {"first_name": "U", "last_name": str(at)}, "email": f"{user}@x.com"}
        for n, name in enumerate(chance.sample(sorted(CHINESE), 3)):
            order_id = f"#W{1000 + 10 * at + n}"
            item: dict[str, Any] = {"name": name, "item_id": "1", "price": 9.5}
            orders[order_id] = {
                "order_id": order_id,
                "user_id": user,
                "items": [{**item, "options": {"color": chance.choice(["teal", "crimson"])}}],
                "fulfillments": [],
                "status": STATUSES[n + at % 2],
                "payment_history": [],
            }
    (folder / "users.json").write_text(json.dumps(users), encoding="utf-8")
    (folder / "orders.json").write_text(json.dumps(orders), encoding="utf-8")
    return folder


def test_the_proof_runs_through_on_files_of_that_shape(
    tmp_path: Path, demo_index_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [str(shop(tmp_path)), "--questions", "28", "--index", str(demo_index_dir), "--show"]
    assert retail.main(given) == 0, capsys.readouterr().out
    told = capsys.readouterr().out
    assert "30 orders of 10 customers imported, 0 rows left out" in told
    assert "0 foreign orders told" in told


def test_a_question_is_only_made_where_one_order_can_be_meant() -> None:
    twins = [
        checks.order(raw(id=f"W-{at}", placed_at="2026-11-20T10:00:00Z"), Reading(UTC), "ann")
        for at in (2001, 2002)
    ]
    with pytest.raises(ValueError, match="only 0"):
        questions([("ann", twins)], 7, 1)
