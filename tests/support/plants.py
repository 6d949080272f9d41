"""A shop for plants and what pets eat: labels that say yes and no, options, things for things."""

from functools import cache

from bot.catalogue import reading
from bot.catalogue.acts import Act
from bot.catalogue.describe import describe
from bot.catalogue.focus import Focus
from bot.catalogue.table import Table
from bot.catalogue.understand import understand
from bot.knowledge.documents import read_knowledge
from tests.support.paths import DATA
from tests.support.reading import TODAY


@cache
def plants() -> Table:
    """The shop's catalogue."""
    return Table(read_knowledge(DATA / "plants", TODAY).entries)


def asked(text: str, *told: str, options: tuple[str, ...] = ()) -> Act | None:
    """What a message asks after the products `told`, of their `options`."""
    return understand(reading.read(text, plants()), plants(), Focus(told, options=options))


def answer(text: str, *told: str, options: tuple[str, ...] = ()) -> str:
    """What is said to it, in its own language."""
    read, act = reading.read(text, plants()), asked(text, *told, options=options)
    assert act is not None, text
    return describe(act, read, plants(), read.language)
