"""A studio over a few products in both languages, with a stand-in model where a test wants one."""

from collections.abc import Sequence

from bot.database.db import Database
from bot.studio.brief import Brief, Voice
from bot.studio.checks import Checker
from bot.studio.drafting import Writes, Written
from bot.studio.item import Item
from bot.studio.studio import Studio
from bot.types import Language

KETTLE = Item(
    "K-1",
    "Harbor kettle",
    category="Kitchen",
    attributes=(
        ("Capacity", "0.9 l"),
        ("Material", "stainless steel"),
        ("Colours", "blue, black, steel"),
    ),
    description="Pours in a thin, steady stream.",
    price="64.00",
    tags=("kettle",),
)
MUGS = Item(
    "M-1",
    "Stone mugs, set of 2",
    category="Kitchen",
    attributes=(("Capacity", "350 ml"), ("Material", "stoneware"), ("Dishwasher", "yes")),
    price="32.00",
)
LAMP = Item(
    "L-1",
    "Buoy lamp",
    category="Home",
    attributes=(("Height", "24 cm"), ("Handle", "walnut"), ("Waterproof", "no")),
)
KETTLE_ZH = Item(
    "K-1",
    "海港手冲壶",
    "zh",
    "厨房",
    (("容量", "0.9 升"), ("材质", "不锈钢"), ("颜色", "蓝色、黑色")),
    price="64.00",
)
ITEMS = (KETTLE, MUGS, LAMP, KETTLE_ZH)


def studio(
    database: Database,
    items: Sequence[Item] = ITEMS,
    writes: Writes | None = None,
    checkers: Sequence[Checker] = (),
    voice: Voice | None = None,
) -> Studio:
    """The studio of a shop with these products."""
    by_language: dict[Language, list[Item]] = {
        "en": [each for each in items if each.language == "en"],
        "zh": [each for each in items if each.language == "zh"],
    }
    spoken = voice or Voice()
    return Studio(
        database,
        items=by_language.__getitem__,
        voice=lambda _: spoken,
        shop="Juniper & Tide",
        writes=writes,
        checkers=checkers,
    )


class StandIn:
    """A model that writes what it is told to, at a price."""

    def __init__(self, text: str, cost: float = 0.01) -> None:
        self.text, self.cost = text, cost
        self.asked = 0

    async def __call__(self, item: Item, brief: Brief, voice: Voice, plain: str) -> Written:
        self.asked += 1
        return Written(self.text.replace("{name}", item.name), "stand-in", self.cost)
