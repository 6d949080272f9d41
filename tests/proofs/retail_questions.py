"""Questions over imported orders, seeded, each with the one order that it can only mean.

English and Chinese; by item and options, by state, by day, by number. A question is made only where
exactly one of the customer's orders has what it names, so that its answer is beyond dispute.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC

from bot.orders.record import Line, Order
from bot.texts import t

# The fifty products of tau-bench retail, as a Chinese shopper would call them.
CHINESE = {
    "T-Shirt": "T恤", "Laptop": "笔记本电脑", "Running Shoes": "跑鞋", "Smartphone": "智能手机",
    "Backpack": "背包", "Coffee Maker": "咖啡机", "Water Bottle": "水瓶", "Desk Lamp": "台灯",
    "Notebook": "笔记本", "Sunglasses": "太阳镜", "Wristwatch": "手表",
    "Electric Toothbrush": "电动牙刷", "Yoga Mat": "瑜伽垫", "Bluetooth Speaker": "蓝牙音箱",
    "Gaming Mouse": "游戏鼠标", "Action Camera": "运动相机", "Garden Hose": "花园水管",
    "Hiking Boots": "登山靴", "Tablet": "平板电脑", "E-Reader": "电子阅读器",
    "Portable Charger": "充电宝", "Indoor Security Camera": "监控摄像头",
    "Electric Kettle": "电热水壶", "Mechanical Keyboard": "机械键盘",
    "Wireless Earbuds": "无线耳机",
    "Smart Thermostat": "智能温控器", "Fleece Jacket": "抓绒外套", "Wall Clock": "挂钟",
    "Dumbbell Set": "哑铃", "Pet Bed": "宠物床", "Espresso Machine": "浓缩咖啡机",
    "Cycling Helmet": "骑行头盔", "LED Light Bulb": "LED灯泡", "Digital Camera": "数码相机",
    "Bookshelf": "书架", "Bicycle": "自行车", "Sneakers": "运动鞋", "Office Chair": "办公椅",
    "Smart Watch": "智能手表", "Tea Kettle": "茶壶", "Luggage Set": "行李箱",
    "Patio Umbrella": "遮阳伞", "Air Purifier": "空气净化器", "Makeup Kit": "化妆品套装",
    "Skateboard": "滑板", "Jigsaw Puzzle": "拼图", "Grill": "烤架", "Headphones": "头戴耳机",
    "Vacuum Cleaner": "吸尘器", "Perfume": "香水",
}  # fmt: skip
STATES = {
    "cancelled": ("Which of my orders was cancelled?", "我哪个订单取消了"),
    "delivered": ("Which of my orders has been delivered?", "我哪个订单已经签收了"),
    "shipped": ("Which of my orders has been shipped?", "我哪个订单已发货了"),
}
BY_ITEM = (
    "When did I order the {item}?",
    "Where is my {item}?",
    "Has the {item} I ordered shipped yet?",
    "What's the status of my {item}?",
    "How much did I pay for the {item}?",
    "Did you refund me for the {item}?",
    "Hi, can you tell me when my {item} arrives",
)
BY_ITEM_ZH = (
    "我买的{item}到哪了",
    "我的{item}什么时候到",
    "{item}是什么时候买的",
    "我的{item}发货了吗",
    "我买{item}花了多少钱",
    "我的{item}退款了吗",
)


@dataclass(frozen=True)
class Asked:
    """A question of one customer, and the order that it means."""

    customer_id: str
    text: str
    expect: str
    kind: str


def questions(
    customers: Sequence[tuple[str, Sequence[Order]]], count: int, seed: int
) -> list[Asked]:
    """`count` questions, as many of each kind as there can be."""
    chance = random.Random(seed)
    made: list[Asked] = []
    seen: set[tuple[str, str]] = set()
    makers = [_by_item, _by_item_zh, _by_option, _by_state, _by_month, _by_day, _by_number]
    for _ in range(1000 * count):
        if len(made) == count:
            return made
        customer_id, orders = chance.choice(customers)
        maker = makers[len(made) % len(makers)]
        found = next(maker(orders, chance), None)
        if found is None or (customer_id, found[0]) in seen:
            continue
        seen.add((customer_id, found[0]))
        made.append(Asked(customer_id, found[0], found[1].id, maker.__name__.strip("_")))
    raise ValueError(f"these orders give only {len(made)} questions that have one answer")


def _only(orders: Sequence[Order], fits: Iterable[bool]) -> Order | None:
    """The one order that fits; None when there are more, or none."""
    fitting = [order for order, fit in zip(orders, fits, strict=True) if fit]
    return fitting[0] if len(fitting) == 1 else None


def _lines(orders: Sequence[Order], chance: random.Random) -> list[tuple[Order, Line]]:
    found = [(order, line) for order in orders for line in order.lines]
    chance.shuffle(found)
    return found


def _by_item(orders: Sequence[Order], chance: random.Random) -> Iterator[tuple[str, Order]]:
    for order, line in _lines(orders, chance):
        if _only(orders, [any(one.name == line.name for one in each.lines) for each in orders]):
            yield chance.choice(BY_ITEM).format(item=line.name.lower()), order


def _by_item_zh(orders: Sequence[Order], chance: random.Random) -> Iterator[tuple[str, Order]]:
    for text, order in _by_item(orders, chance):
        names = [line.name for line in order.lines if line.name.lower() in text]
        if names and max(names, key=len) in CHINESE:
            item = CHINESE[max(names, key=len)]
            yield chance.choice(BY_ITEM_ZH).format(item=item), order


def _by_option(orders: Sequence[Order], chance: random.Random) -> Iterator[tuple[str, Order]]:
    """An item that several orders have, told apart by one of its options."""
    for order, line in _lines(orders, chance):
        for value in line.options.values():
            has = [
                any(one.name == line.name and value in one.options.values() for one in each.lines)
                for each in orders
            ]
            alike = _only(orders, has)
            if alike and value.lower() not in ("none", "yes", "no", "standard", "medium"):
                yield chance.choice(BY_ITEM).format(item=f"{value} {line.name.lower()}"), order


def _by_state(orders: Sequence[Order], chance: random.Random) -> Iterator[tuple[str, Order]]:
    for state, texts in STATES.items():
        only = _only(orders, [each.state == state for each in orders])
        if only and len(orders) > 1:
            yield chance.choice(texts), only


def _by_month(orders: Sequence[Order], chance: random.Random) -> Iterator[tuple[str, Order]]:
    for order in orders:
        at = order.placed_at
        months = [each.placed_at.month if each.placed_at else 0 for each in orders]
        if at and _only(orders, [month == at.month for month in months]):
            month = t(f"orders.month_{at.month}", "en")
            yield chance.choice((f"What did I order in {month}?", f"我{at.month}月买了什么")), order


def _by_day(orders: Sequence[Order], chance: random.Random) -> Iterator[tuple[str, Order]]:
    for order in orders:
        at = order.placed_at
        days = [each.placed_at.date() if each.placed_at else None for each in orders]
        if at and _only(orders, [day == at.date() for day in days]):
            day = at.astimezone(UTC).date()
            month = t(f"orders.month_{day.month}", "en")
            yield (
                chance.choice(
                    (
                        f"Where is the order I placed on {day.day} {month}, did I order it then?",
                        f"What did I buy on {month} {day.day}?",
                        f"我{day.month}月{day.day}号买了什么",
                    )
                ),
                order,
            )


def _by_number(orders: Sequence[Order], chance: random.Random) -> Iterator[tuple[str, Order]]:
    order = chance.choice(orders)
    yield chance.choice((f"Where is order {order.id}?", f"订单{order.id}到哪了")), order
