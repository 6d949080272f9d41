"""A sentence and a passage taken apart, once: what `check` compares.

`Said` is the written sentence, `Window` one or two neighbouring statements of a passage that it may
stand on. Nothing is judged here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from bot.language.wording import fold, has_han, rule
from bot.writing.grounding import leaks
from bot.writing.grounding.facts import facts
from bot.writing.grounding.statements import Statement, statements
from bot.writing.grounding.words import (
    Source,
    conditions,
    content,
    denials,
    is_strong,
    names,
    people,
    places,
    subject,
)

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
    """One clause with what it says; "denied" is the part that it denies, "stated" the rest."""

    def __init__(self, no: str, yes: str) -> None:
        self.text = f"{yes} {no}".strip()  # folded before
        self.is_chinese = has_han(self.text)
        self.denied, self.stated = content(no), content(yes)
        self.words = self.stated + self.denied
        self.denied_facts, self.stated_facts = facts(no), facts(yes)
        # A limit may stand before the negation and the number behind it: "at least not 3 days".
        self.facts = facts(self.text) if no else self.stated_facts
        self.conditions = conditions(self.text)
        self.people = people(self.text)
        self.places = places(self.text)
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
        # What may be true or false, where a word of its own would change it.
        self.claims = bool(
            self.facts
            or self.conditions
            or self.strong
            or any(clause.denied for clause in self.clauses)
        )


class Part:
    """One statement of a passage under its title (`context`)."""

    def __init__(self, statement: Statement, context: str) -> None:
        self.text = statement.whole
        self.context = context
        self.clauses = [Clause(*each) for each in denials(self.text)]
        self.facts = facts(self.text)
        self.words = content(self.text)
        self.subject = subject(self.text)
        self.conditions = conditions(self.text)
        self.people = people(f"{self.text} {context}")
        self.source = Source(self.text)
        self.in_context = Source(self.text, context)


class Window:
    """One or two neighbouring statements."""

    def __init__(self, parts: Sequence[Part], opener: str) -> None:
        self.parts = tuple(parts)
        self.text = " ; ".join(part.text for part in parts)
        self.folded = fold(self.text)
        self.source = Source(self.text)
        self.in_context = Source(self.text, parts[0].context)
        self.facts = tuple(fact for part in parts for fact in part.facts)
        self.opener = opener


@lru_cache(maxsize=512)
def windows(passage: Passage) -> tuple[Window, ...]:
    """Every statement, every two neighbours, and a short passage as a whole."""
    parts = [Part(each, passage.title) for each in statements(passage.text)]
    opener = _opener(passage.text)
    found = [
        Window(parts[start : start + size], "" if start else opener)
        for size in range(1, _JOINED + 1)
        for start in range(len(parts) - size + 1)
    ]
    if len(parts) > _JOINED and len(passage.text) <= _CARD:
        found.append(Window(parts, opener))
    return tuple(found)


def _opener(text: str) -> str:
    found = _opening().match(fold(text))
    return "" if found is None else "yes" if found["yes"] else "no"
