"""Chinese words for what the catalogue has in English alone: 「手套」 where it has "gloves"."""

from bot.catalogue.table import Table, words
from bot.language import cedict

LONGEST = 4  # characters of a word
_SHORTEST = 4  # letters of a word that begins another
_MOST = 60  # characters into a message, for the time that looking up takes


def english_for(chinese: str, at: int, table: Table) -> str:
    """The catalogue's word for a Chinese one, "" for none; `at` is where in the message it is.

    A rendering counts where all of it is a tag, a category or the head of a name: a "washing
    machine" is no machine of a shop for coffee. Of a colour it may be a value.
    """
    if at > _MOST or not table.exact:
        return ""
    keys = (" ".join(words(sense)) for sense in cedict.senses(chinese))
    known = table.valued.keys() if chinese.endswith("色") else table.exact.keys()
    return next((key for key in keys if len(key) > 1 and key in known), "")


def is_colour(chinese: str, text: str) -> bool:
    """Whether an English text has the colour that a Chinese word means first."""
    if not chinese.endswith("色"):
        return False
    meant = next((words(sense) for sense in cedict.senses(chinese)), [])
    return bool(meant) and set(meant) <= set(words(text))


def nearly(chinese: str, table: Table) -> bool:
    """Whether the catalogue may have the thing by a word like it ("raincoat": "rain jacket")."""
    said = {each for sense in cedict.senses(chinese) for each in words(sense)}
    starts = {each[:length] for each in said for length in range(_SHORTEST, len(each) + 1)}
    return any(each in table.named for each in starts)
