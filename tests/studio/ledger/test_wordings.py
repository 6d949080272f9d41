"""How values are worded is learned from texts, and a text that says another value is found."""

from pathlib import Path

import pytest

from bot.errors import InputError
from bot.studio.item import Item
from bot.studio.ledger.ledger import Ledger
from bot.studio.ledger.wordings import Wordings

YES = ("kids are welcome", "children welcome", "bring the kids", "it suits families")
NO = ("adults alone", "no kids here", "children stay outside", "it is nothing for families")


def pub(name: str, friendly: str, price: str) -> Item:
    return Item("x", name, attributes=(("familyFriendly", friendly), ("priceRange", price)))


def pairs() -> list[tuple[Item, str]]:
    found = []
    for at in range(120):
        friendly, says = ("yes", YES) if at % 2 else ("no", NO)
        price, cost = ("cheap", "inexpensive") if at % 3 else ("high", "expensive")
        item = pub(f"The {'Mill' if at % 5 else 'Eagle'}", friendly, price)
        found.append((item, f"{item.name} is {cost} and {says[at // 2 % 4]}."))
    return found


def test_another_value_is_found_in_other_words(tmp_path: Path) -> None:
    wordings = Wordings.learn(pairs())
    wordings.save(tmp_path / "wordings.json")
    for each in (wordings, Wordings.load(tmp_path / "wordings.json")):
        text = "The Mill is inexpensive and kids are welcome."
        assert not Ledger(pub("The Mill", "yes", "cheap"), None, each).audit(text).blocking
        for wrong in (pub("The Mill", "no", "cheap"), pub("The Mill", "yes", "high")):
            assert Ledger(wrong, None, each).audit(text).blocking


def test_too_few_texts_and_a_damaged_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="learn from"):
        Wordings.learn(pairs()[:3])
    (tmp_path / "w.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="anew"):
        Wordings.load(tmp_path / "w.json")
