"""A sentence and a passage taken apart, once: what `check` compares.

`Said` is the written sentence, `Window` one or two neighbouring statements of a passage that it may
stand on. Nothing is judged here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from bot.grounding import leaks
from bot.grounding.facts import facts
from bot.grounding.statements import Statement, statements
from bot.grounding.words import Source, conditions, content, denials, is_strong, names
from bot.wording import fold, rule

_JOINED = 2  # neighbouring statements that one sentence may join
_CARD = 400  # characters up to which a whole passage is one statement, too


@dataclass(frozen=True)
class Passage:
    """What a sentence may stand on. `id` is the entry's; `title` its question or heading."""

    id: str
    text: str
    title: str = ""
    url: str | None = None


@cache
def _opening() -> re.Pattern[str]:
    """A yes or no at the beginning of folded text."""
    yes, no = rule("grounding", "assent").pattern, rule("grounding", "refusal").pattern
    return re.compile(rf"\W*(?:(?P<yes>{yes})|(?P<no>{no}))(?=$|[\s,，.。!！;；:：—-])")


class Clause:
    """One clause with what it says; `no` is the part that it denies, `yes` the rest."""

    def __init__(self, no: str, yes: str) -> None:
        self.text = f"{yes} {no}".strip()
        self.facts = facts(self.text)
        self.words = content(self.text)
        self.denied, self.stated = content(no), content(yes)
        self.no, self.yes = Source(no), Source(yes)
        self.source = Source(self.text)


class Said:
    """A written sentence, taken apart once."""

    def __init__(self, bare: str) -> None:
        found = _opening().match(fold(bare))
        self.opener = "" if found is None else "yes" if found["yes"] else "no"
        self.text = fold(bare)[found.end() :].lstrip(" ,，.。!！") if found else bare
        self.text = self.text or bare
        self.facts = facts(self.text)
        self.keys = {fact.key for fact in self.facts}
        self.words = content(self.text)
        self.source = Source(self.text)
        self.strong = [word for word in self.words if is_strong(word)]
        self.names = names(bare)
        self.acts = leaks.acts(bare)
        self.clauses = [Clause(*each) for each in denials(self.text)]
        self.conditions = conditions(self.text)


class Window:
    """One or two statements of a passage, taken apart once."""

    def __init__(self, parts: Sequence[Statement], passage: Passage, opener: str) -> None:
        self.text = " ".join(part.whole for part in parts)
        self.folded = fold(self.text)
        self.source = Source(self.text)
        self.in_context = Source(self.text, passage.title)
        self.clauses = [Clause(*each) for part in parts for each in denials(part.whole)]
        self.facts = facts(self.text)
        self.conditions = conditions(self.text)
        self.opener = opener


def windows(passage: Passage) -> list[Window]:
    """Every statement, every two neighbours, and a short passage as a whole."""
    parts = statements(passage.text)
    found = []
    for size in range(1, _JOINED + 1):
        for start in range(len(parts) - size + 1):
            opener = _opener(passage.text) if start == 0 else ""
            found.append(Window(parts[start : start + size], passage, opener))
    if len(parts) > _JOINED and len(passage.text) <= _CARD:
        found.append(Window(parts, passage, _opener(passage.text)))
    return found


def _opener(text: str) -> str:
    found = _opening().match(fold(text))
    return "" if found is None else "yes" if found["yes"] else "no"
