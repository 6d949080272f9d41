"""Each sentence is held to the product's records: what none holds is marked."""

import pytest

from bot.studio.item import Item
from bot.studio.ledger.ledger import Ledger, names_of
from tests.support.studio_shop import ITEMS, KETTLE, KETTLE_ZH, LAMP, MUGS

HELD = [
    (KETTLE, "It holds 900 ml and costs $64."),
    (KETTLE, "A stainless-steel kettle in blue or black."),
    (KETTLE, "Enjoy the evening with the Harbor kettle."),
    (LAMP, "At 240 mm it stands on any desk."),
    (LAMP, "It is not waterproof."),
    (MUGS, "They go in the dishwasher."),
    (KETTLE_ZH, "容量 900 毫升，不锈钢材质。"),
    (KETTLE_ZH, "每天都想用的海港手冲壶，有蓝色可选。"),
]
MARKED = [
    (KETTLE, "It holds 1.2 l.", "number", "1.2 l"),
    (KETTLE, "It costs $46.", "number", "$46"),
    (KETTLE, "It comes in crimson.", "colour", "crimson"),
    (KETTLE, "The lid is titanium.", "material", "titanium"),
    (KETTLE, "It is certified by the TÜV.", "certificate", "certified"),
    (KETTLE, "The best kettle there is.", "comparison", "best"),
    (KETTLE, "It pours faster than any other.", "comparison", "faster than"),
    (KETTLE, "It is waterproof.", "promise", "waterproof"),
    (KETTLE, "Guaranteed to last a lifetime.", "promise", "guaranteed"),
    (KETTLE, "As the people of Solingen like it.", "name", "Solingen"),
    (KETTLE, "A walnut kettle.", "material", "walnut"),
    (KETTLE, "It is not stainless.", "material", "stainless"),
    (LAMP, "It is waterproof.", "word", "it is waterproof."),
    (LAMP, "It is 24 cm wide.", "number", "24 cm"),
    (KETTLE_ZH, "钛合金壶盖。", "material", "钛合金"),
    (KETTLE_ZH, "全网销量第一。", "comparison", "第一"),
    (KETTLE_ZH, "终身保修。", "promise", "保修"),
    (KETTLE_ZH, "新增玫红色。", "colour", "红色"),
    (KETTLE_ZH, "容量 1.5 升。", "number", "1.5 升"),
]


@pytest.mark.parametrize(("item", "sentence"), HELD)
def test_what_a_record_holds_is_traced_to_it(item: Item, sentence: str) -> None:
    audit = Ledger(item, None, None, names_of(ITEMS)).audit(sentence)
    assert not audit.marked
    assert audit.coverage == 1.0
    assert all(trace.record for line in audit.lines for trace in line.traces)


@pytest.mark.parametrize(("item", "sentence", "kind", "text"), MARKED)
def test_what_no_record_holds_is_marked_and_blocks(
    item: Item, sentence: str, kind: str, text: str
) -> None:
    audit = Ledger(item, None, None, names_of(ITEMS)).audit(sentence)
    assert any(each.kind == kind and text in each.text for each in audit.blocking), audit.marked


def test_a_word_without_a_record_is_shown_and_does_not_block() -> None:
    audit = Ledger(KETTLE).audit("A whimsical kettle.")
    assert [each.text for each in audit.marked] == ["whimsical"]
    assert not audit.blocking


def test_another_record_may_hold_what_the_product_does_not() -> None:
    sentence = "Free returns within 30 days."
    assert Ledger(KETTLE).audit(sentence).blocking
    assert not Ledger(KETTLE, {"policy": "Free returns within 30 days"}).audit(sentence).blocking


def test_lines_say_where_they_stand() -> None:
    text = "- Holds 0.9 l\n- In blue\n\nQ: How big?\nA: It holds 0.9 l. It is blue."
    for line in Ledger(KETTLE).audit(text).lines:
        assert text[line.start : line.end] == line.text
