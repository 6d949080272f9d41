"""Finds text in a knowledge file that gives orders to a language model, and leaves it out.

No privilege follows from such text anyway: what a model calls and what it writes is checked. But
it is not knowledge either, so its paragraph is neither searched nor shown nor given to a model, and
the admin is told file and line. The rules are in `lexicons/instructions.yaml`, in both languages;
text in a picture or in code that nobody folds is not found.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.knowledge.entry import Entry, Found
from bot.language.sentences import sentences
from bot.language.wording import fold, rule
from bot.texts import shorten

_QUOTED = 60  # characters of the text that the admin is shown
_LEFT = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Cleaned:
    """An entry without such paragraphs (None when nothing else is in it), and what was left out."""

    found: Found | None
    orders: tuple[str, ...]


def orders(text: str) -> list[str]:
    """The sentences of `text` that give orders to a model."""
    rules = rule("instructions", "orders_to_a_model")
    if not rules.search(fold(text)) and not any(
        rules.search(fold(line)) for line in text.split("\n")
    ):
        return []
    found = [each.strip() for each in sentences(text) if rules.search(fold(each))]
    # Spread over two sentences, it is the whole that is meant.
    return found or [text.strip()]


def cleaned(found: Found) -> Cleaned:
    """`found` without the paragraphs and phrasings that give orders to a model."""
    entry = found.entry
    given = [each for text in _texts(entry) for each in orders(text)]
    if not given:
        return Cleaned(found, ())
    kept = _LEFT.sub("\n\n", "\n".join(_kept(entry.answer))).strip("\n")
    if not kept.strip() or orders(entry.question) or orders(kept):
        return Cleaned(None, tuple(given))
    variants = tuple(each for each in entry.variants if not orders(each))
    return Cleaned(
        replace(found, entry=replace(entry, answer=kept, variants=variants)), tuple(given)
    )


def quoted(order: str) -> str:
    """One line of it for the admin."""
    return shorten(order, _QUOTED)


def line_of(order: str, lines: Sequence[str], start: int | None) -> int | None:
    """The line (from 1) on which `order` begins, at or after `start`; `start` where it is not
    found, as in a file that escapes or folds its text."""
    words = fold(order).split()[:6]
    head = " ".join(words)[:30]
    first = (start or 1) - 1
    for number in range(first, len(lines)):
        if head and head in fold(" ".join(lines[number : number + 2])):
            # Of the two lines joined here, the second when the first has none of it.
            alone = fold(lines[number + 1]) if number + 1 < len(lines) else ""
            return number + 2 if head in alone and head not in fold(lines[number]) else number + 1
    return start


def _texts(entry: Entry) -> tuple[str, ...]:
    return (entry.question, *entry.variants, entry.answer)


def _kept(answer: str) -> list[str]:
    """The lines that give no orders. A run of lines that only together does is left out whole."""
    return [line for line in answer.split("\n") if not line.strip() or not orders(line)]
