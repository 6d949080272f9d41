"""A shop for toys, in both languages, for what is denied, needed and fitted together."""

from collections.abc import Sequence
from functools import cache

from bot.catalogue import reading
from bot.catalogue.acts import Act
from bot.catalogue.describe import describe
from bot.catalogue.focus import Focus
from bot.catalogue.needs import Sense
from bot.catalogue.table import Table
from bot.catalogue.understand import understand
from bot.knowledge.entry import Entry, Facts, Variant
from bot.language.lexical import tokens
from bot.types import Language

_ROWS = [
    ("KT-1", "Gull kite", "海鸥风筝", "Flies in the lightest wind.", "微风也能飞。",
     (("Material", "材质", "plastic", "塑料"), ("Colour", "颜色", "red", "红色"),
      ("Waterproof", "防水", "yes", "是")), ("kite", "风筝")),
    ("KT-2", "Crane kite", "仙鹤风筝", "Folded by hand for people who never flew one.",
     "手工折叠，新手也能放。",
     (("Material", "材质", "paper", "纸"), ("Colour", "颜色", "white", "白色"),
      ("Waterproof", "防水", "no", "否")), ("kite", "风筝")),
    ("GM-1", "Snack bingo", "零食宾果", "A game with sweets that are free from nuts.",
     "不含坚果的糖果游戏。",
     (("Spiciness", "辣度", "mild", "低"),), ("game", "游戏")),
    ("GM-2", "Nut race", "坚果赛跑", "Race with real nuts. For ages 6 to 9.",
     "用真坚果比赛，适合6到9岁。",
     (("Spiciness", "辣度", "high", "高"),), ("game", "游戏")),
    ("BX-1", "Kite case", "风筝盒", "Holds the Gull kite.", "装得下海鸥风筝。",
     (("Capacity", "容量", "3 l", "3 升"),), ("case", "盒子")),
]  # fmt: skip


@cache
def toys() -> Table:
    """The shop's catalogue."""
    entries = []
    for sku, *names in _ROWS:
        en, zh, about_en, about_zh, attributes, tags = names
        for language, name, about, at in (("en", en, about_en, 0), ("zh", zh, about_zh, 1)):
            pairs = tuple((each[at], each[2 + at]) for each in attributes)
            entries.append(_entry(sku, language, name, about, pairs, tags))  # type: ignore[arg-type]
    return Table(entries)


def _entry(
    sku: str,
    language: Language,
    name: str,
    about: str,
    attributes: tuple[tuple[str, str], ...],
    tags: tuple[str, ...],
) -> Entry:
    variants = tuple(
        Variant((("Size", size),), stock) for size, stock in (("42", 0), ("43", 5)) if sku == "BX-1"
    )
    facts = Facts(
        description=about,
        attributes=attributes,
        price="20",
        currency="USD",
        stock=5,
        variants=variants,
    )
    return Entry(
        f"product/{sku}",
        language,
        name,
        (),
        name,
        "toys.csv",
        name,
        "product",
        tags=tags,
        facts=facts,
    )


def alike(one: str, others: Sequence[str]) -> list[float]:
    """The share of a text's words that others have, too."""
    words = set(tokens(one))
    return [len(words & set(tokens(other))) / max(1, len(words)) for other in others]


def asked(text: str, *told: str, sense: bool = False) -> Act | None:
    """What a message asks after the products `told`; `sense`: with what compares texts."""
    by = Sense(alike, lambda _, ids: list(ids)) if sense else None
    return understand(reading.read(text, toys()), toys(), Focus(told), sense=by)


def answer(text: str, *told: str, sense: bool = False) -> str:
    """What is said to it, in its own language."""
    read = reading.read(text, toys())
    act = asked(text, *told, sense=sense)
    assert act is not None, text
    return describe(act, read, toys(), read.language)
