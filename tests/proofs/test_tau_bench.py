"""τ-bench retail's files become orders of ours."""

import json
from pathlib import Path

from bot.orders import checks, files
from bot.orders.checks import Reading
from tests.proofs.tau_bench import converted

ORDER = {
    "order_id": "#W2611340",
    "user_id": "james_li_5688",
    "address": {"address1": "215 River Road", "city": "New York", "zip": "10083"},
    "items": [
        {
            "name": "Water Bottle",
            "product_id": "8310926033",
            "item_id": "6469567736",
            "price": 47.84,
            "options": {"capacity": "1000ml", "color": "blue"},
        }
    ],
    "fulfillments": [{"tracking_id": ["357962501027"], "item_ids": ["6469567736"]}],
    "status": "processed",
    "payment_history": [
        {"transaction_type": "payment", "amount": 47.84, "payment_method_id": "card_1"},
        {"transaction_type": "refund", "amount": 0.1 + 0.2, "payment_method_id": "card_1"},
    ],
}
USER = {
    "name": {"first_name": "James", "last_name": "Li"},
    "email": "james@example.com",
    "payment_methods": {"card_1": {"source": "credit_card", "brand": "visa", "last_four": "9212"}},
}


def test_its_orders_become_ours_with_their_customers(tmp_path: Path) -> None:
    file = tmp_path / "orders.json"
    file.write_text(json.dumps(converted({"#W2611340": ORDER}, {"james_li_5688": USER})))
    [row] = files.read(file).rows
    made = checks.order(row.order, Reading(), "james_li_5688")
    assert (made.id, made.state, made.total, made.refunded) == ("#W2611340", "shipped", 4784, 30)
    assert made.payment == "visa 12"
    assert made.shipments[0].positions == (0,)
    assert made.lines[0].options["color"] == "blue"
    assert checks.customer(row.customer).name == "James Li"
