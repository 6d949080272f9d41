"""What a name says that a thing is."""

import pytest

from bot.catalogue.heads import heads
from bot.catalogue.table import words


@pytest.mark.parametrize(
    ("name", "before", "kinds", "head"),
    [
        ("Acme 105 cassette 11-34", "Acme ", {"cassett"}, "cassett"),
        ("Norden GP5000 tyre 28 mm", "Norden GP", {"tyre"}, "tyre"),
        ("Floor lamp 40 W", "Floor lamp ", {"lamp"}, "lamp"),
        ("Tideline mug", "Tideline mug", {"cup"}, "mug"),
        ("Model 3", "Model ", {"car"}, "model"),
    ],
)
def test_the_head_of_a_name(name: str, before: str, kinds: set[str], head: str) -> None:
    assert list(heads(name, words(before), words(name), frozenset(kinds))) == [head]


def test_a_chinese_name_with_a_number_ends_in_its_kind() -> None:
    found = heads("小鸡 16 寸童车", words("小鸡 "), words("小鸡 16 寸童车"), frozenset({"童车"}))
    assert list(found) == ["童车"]
