"""Finds claims in a text by the rules, in their context.

It judges words, not whether they are true: whoever can prove a claim signs for it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from bot.language.sentences import sentences
from bot.studio.claims.rules import Rule, law, rules
from bot.texts import t

if TYPE_CHECKING:
    from opencc import OpenCC

MOST = 20_000
"""Characters of a text that are read; a shop's texts are shorter."""

# What denies a claim behind it in the same clause: "is not intended to cure", 「不具有治疗功能」.
_DENIED = re.compile(
    r"(?:\b(?:not|no|never|nor|neither|without|cannot|nothing)\b|n't\b)[^.,;!?]{0,30}$"
    r"|(?:不|非|无|没有?|未|勿|禁止|并非|不得|不能)[^，。；！？、]{0,8}$"
)
_SIGNS = str.maketrans("’‘“”", "''\"\"")


@dataclass(frozen=True)
class Finding:
    """`text[start:end]` claims what the rule does not allow; `key` is the text that says why and
    how to mend it, `law` the names of what it stands on (`rules.law` words them)."""

    rule: str
    family: str
    start: int
    end: int
    key: str
    law: tuple[str, ...]

    def why(self, language: str) -> str:
        """Why it is found and how to mend it."""
        return t(self.key, language)

    def laws(self, language: str) -> tuple[str, ...]:
        """The legal basis, as people call it."""
        return tuple(law(name, language) for name in self.law)


def findings(text: str, language: str) -> tuple[Finding, ...]:
    """What `text` claims, in its order; of a `language` only, "" for whatever it holds.

    A rule is named once for overlapping words. Only the first `MOST` characters are read.
    """
    folded = _folded(text[:MOST])
    if language == "en":  # a name in Chinese stays a name
        folded = re.sub(r"[一-鿿]", " ", folded)
    found: list[Finding] = []
    start = 0
    for sentence in sentences(folded):
        start = folded.index(sentence, start)
        for rule in rules():
            for begin, end in _claims(rule, sentence):
                found.append(_finding(rule, start + begin, start + end))
        start += len(sentence)
    return tuple(sorted(found, key=lambda each: (each.start, each.end)))


def _finding(rule: Rule, start: int, end: int) -> Finding:
    return Finding(rule.id, rule.family, start, end, rule.text, rule.laws)


def _claims(rule: Rule, sentence: str) -> Iterator[tuple[int, int]]:
    """Where a rule's claims are in a sentence."""
    if rule.fine_in.search(sentence):
        return
    fine = [each.span() for each in rule.fine.finditer(sentence)]
    for found in rule.claims.finditer(sentence):
        start, end = found.span()
        if any(start < last and first < end for first, last in fine):
            continue
        if rule.denied and _DENIED.search(sentence[max(0, start - 60) : start]):
            continue
        yield start, end


def _folded(text: str) -> str:
    """`text` in lower case, half-width and simplified, each character in its place."""
    text = "".join(map(_character, text.translate(_SIGNS)))
    simple = _simplifier().convert(text) if re.search(r"[一-鿿]", text) else text
    return simple if len(simple) == len(text) else text


@cache
def _character(character: str) -> str:
    if character in "，；！？：":  # they part clauses
        return character
    folded = unicodedata.normalize("NFKC", character).lower()
    return folded if len(folded) == 1 else character.lower()[:1] or character


@cache
def _simplifier() -> "OpenCC":
    from opencc import OpenCC

    return OpenCC("t2s")
