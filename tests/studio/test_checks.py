"""What is no text for a shop is found, whatever its facts; near copies, too."""

import pytest

from bot.studio.brief import Brief, Voice
from bot.studio.checks import Names, faults
from bot.studio.copies import Copies
from bot.studio.item import Item
from tests.support.studio_shop import ITEMS, KETTLE, KETTLE_ZH

NAMES = Names(item.name for item in ITEMS)
STUFFED = "kettle " * 3 + "A cheap pot is a cheap thing, cheap cheap cheap pot for cheap cheap tea "
FAULTY = [
    (KETTLE, "I'm sorry, I can't help with that.", "refusal"),
    (KETTLE, "As an AI language model I cannot write this.", "refusal"),
    (KETTLE, "Here is a product description for your shop:", "remnant"),
    (KETTLE, "Meet the [insert product name].", "remnant"),
    (KETTLE, "The {name} is here.", "remnant"),
    (KETTLE, "这款水壶非常好用。", "language"),
    (KETTLE, "Der Kessel ist nicht für das Feuer und auch nicht für die Katze.", "language"),
    (KETTLE, "The Buoy lamp lights the desk.", "other_product"),
    (KETTLE, f"{STUFFED} and some more words of other things to read here", "stuffed"),
    (KETTLE, "Buy this gizmo.", "avoided"),
    (KETTLE, "  ", "empty"),
    (KETTLE_ZH, "好的，以下是为您撰写的商品描述。", "remnant"),
    (KETTLE_ZH, "抱歉，我无法完成这个请求。", "refusal"),
    (KETTLE_ZH, "This kettle pours well every day.", "language"),
]


@pytest.mark.parametrize(("item", "text", "rule"), FAULTY)
def test_a_fault_is_found_and_says_how_to_mend_it(item: Item, text: str, rule: str) -> None:
    found = list(faults(text, item, Brief(), Voice(avoid=("gizmo",)), NAMES))
    assert rule in [each.rule for each in found]
    assert all(each.why(language) for each in found for language in ("en", "zh"))


def test_a_good_text_has_no_fault() -> None:
    for item, text in ((KETTLE, "Meet the Harbor kettle, made of steel."), (KETTLE_ZH, "好看。")):
        assert not list(faults(text, item, Brief(), Voice(), NAMES))
    assert [each.rule for each in faults("x " * 99, KETTLE, Brief(longest=20), Voice(), NAMES)]


def test_near_copies_are_found_among_many() -> None:
    text = "The kettle is made of steel, holds a litre and comes in blue, with a lid and a handle."
    copies = Copies((f"P-{at}", f"Mug {at} of clay in colour {at % 7}.") for at in range(300))
    copies.add("K-1", text)
    assert copies.copied(text.replace("blue", "red")) == "" or copies.copied(text) == "K-1"
    assert copies.copied(f"{text} Look.") == "K-1"
    assert copies.copied(text, but="K-1") == ""
    assert copies.copied("A robe of waffle cotton with two pockets and a belt for cold days.") == ""
