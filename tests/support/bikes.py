"""A shop for bikes whose texts say what a thing is not, or comes without."""

from functools import cache

from bot.catalogue.acts import Act
from bot.catalogue.table import Table
from bot.knowledge.documents import read_knowledge
from tests.support.outfitter import TODAY
from tests.support.outfitter import answer as answer_of
from tests.support.outfitter import asked as asked_of
from tests.support.paths import DATA


@cache
def bikes() -> Table:
    """The shop's catalogue."""
    return Table(read_knowledge(DATA / "bikes", TODAY).entries)


def asked(text: str, *told: str, age: int = 0) -> Act | None:
    """What a message asks after the products `told`."""
    return asked_of(bikes(), text, *told, age=age)


def answer(text: str, *told: str) -> str:
    """What is said to a message after the products `told`."""
    return answer_of(bikes(), text, *told)
