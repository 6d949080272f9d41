"""A shop for coffee that nothing was written for: its machines in both languages, the rest not."""

from datetime import date
from functools import cache

from bot.catalogue import reading
from bot.catalogue.acts import Act
from bot.catalogue.describe import describe
from bot.catalogue.focus import Focus
from bot.catalogue.table import Table
from bot.catalogue.understand import understand
from bot.knowledge.documents import read_knowledge
from tests.support.paths import DATA

MACHINES = ("CM-1", "CM-2")


@cache
def coffee() -> Table:
    """The shop's catalogue."""
    return Table(read_knowledge(DATA / "coffee", date(2026, 11, 2)).entries)


def asked(
    text: str, *told: str, among: tuple[str, ...] = (), ordered: bool = False, aside: bool = False
) -> Act | None:
    """What a message asks after the products `told`, picked from `among` others."""
    focus = Focus(told, among=among, ordered=ordered, aside=aside)
    return understand(reading.read(text, coffee()), coffee(), focus)


def answer(text: str, *told: str, among: tuple[str, ...] = (), lacking: bool = False) -> str:
    """What is said to it, in its own language."""
    read = reading.read(text, coffee())
    act = understand(read, coffee(), Focus(told, among=among, lacking=lacking))
    assert act is not None, text
    return describe(act, read, coffee(), read.language)
