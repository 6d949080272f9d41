"""Another shop than the demo's, with a catalogue in one language that nothing was written for."""

from datetime import date
from functools import cache

from bot.catalogue import reading
from bot.catalogue.acts import Act
from bot.catalogue.describe import describe
from bot.catalogue.focus import Focus
from bot.catalogue.table import Table
from bot.catalogue.understand import understand
from bot.knowledge.documents import read_knowledge
from tests.support.paths import DATA, ROOT

TODAY = date(2026, 11, 2)


@cache
def outfitter() -> Table:
    """Packs, tents, shoes and what goes with them, from a CSV file."""
    return Table(read_knowledge(DATA / "outfitter", TODAY).entries)


@cache
def demo_table() -> Table:
    """The demo shop's products, English and Chinese."""
    return Table(read_knowledge(ROOT / "knowledge", TODAY).entries)


def asked(table: Table, text: str, *told: str, age: int = 0) -> Act | None:
    """What a message asks of a catalogue after the products `told`."""
    return understand(reading.read(text, table), table, Focus(told, age=age))


def answer(table: Table, text: str, *told: str) -> str:
    """What is said to a message, in its own language."""
    read = reading.read(text, table)
    act = understand(read, table, Focus(told))
    assert act is not None, text
    return describe(act, read, table, read.language)
