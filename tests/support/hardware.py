"""A shop for hoses and pumps: options with signs, colours that others are named by, what fits."""

from functools import cache

from bot.catalogue.table import Table
from bot.knowledge.documents import read_knowledge
from tests.support.outfitter import TODAY
from tests.support.outfitter import answer as answer_of
from tests.support.paths import DATA


@cache
def hardware() -> Table:
    """The shop's catalogue."""
    return Table(read_knowledge(DATA / "hardware", TODAY).entries)


def answer(text: str, *told: str) -> str:
    """What is said to a message after the products `told`."""
    return answer_of(hardware(), text, *told)
