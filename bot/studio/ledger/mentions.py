"""What a sentence states of a product that could be wrong: numbers, colours, materials,
certificates, names, comparisons, promises, and words that mean something.

It knows no product. Numbers are read by the chat's own rules (`writing/grounding/facts.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from bot.language.lexical import stem
from bot.language.wording import fold, has_han
from bot.types import Language
from bot.writing.grounding.facts import Fact, facts
from bot.writing.grounding.words import content, function_words, names

Kind = Literal[
    "number", "colour", "material", "certificate", "comparison", "promise", "name", "word"
]
_FOLDER = Path(__file__).parent
_STUDIO = _FOLDER.parent


@dataclass(frozen=True)
class Mention:
    """`text` states something of a `kind`; `key` is the word as it is looked for, `fact` the number
    as it is read."""

    kind: Kind
    text: str
    key: str = ""
    fact: Fact | None = None


def mentions(sentence: str, language: Language, masked: str = "") -> Iterator[Mention]:
    """Everything in a sentence that a record must hold; `masked` is the sentence in which words
    are looked for, where that is another."""
    for fact in facts(sentence):
        if not _is_figure_of_speech(fact, sentence):
            yield Mention("number", fact.text, fact=fact)
    folded = fold(sentence)
    taken: set[str] = set()
    patterns: tuple[tuple[str, Kind], ...] = (
        ("colours", "colour"),
        ("materials", "material"),
        ("certificate", "certificate"),
        ("comparison", "comparison"),
        ("promise", "promise"),
    )
    for name, kind in patterns:
        text = fold(masked) if masked and kind in ("colour", "material") else folded
        for found in _pattern(name).finditer(text):
            if found[0].strip():
                taken.update(_keys(found[0]))
                yield Mention(kind, found[0].strip(), found[0].strip())
    words = content(masked or sentence)
    capitals = names(sentence) if language == "en" else _latin(sentence)
    for word in words:
        if word in taken or word in neutral():
            continue
        meant = _kind(word)
        kind = "name" if meant == "word" and word in capitals else meant
        yield Mention(kind, _written(word, sentence), word)


def _written(word: str, sentence: str) -> str:
    """A stem as the sentence has it."""
    if has_han(word):
        return word
    found = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?", sentence)
    return next((each for each in found if stem(each.lower()) == word), word)


def _is_figure_of_speech(fact: Fact, sentence: str) -> bool:
    """「一天」 and "a day" of no product: one of a time, not written as a digit; and "today"."""
    if fact.kind == "date" and isinstance(fact.values[0], str) and fact.values[0] != "24/7":
        return True  # a weekday, "tonight", "at once": of no product
    return fact.kind == "duration" and fact.values == (1.0,) and "1" not in sentence


def _kind(word: str) -> Kind:
    if word in _stems("colour"):
        return "colour"
    return "material" if word in _stems("material") else "word"


def _latin(sentence: str) -> list[str]:
    return [fold(each) for each in re.findall(r"[A-Za-z][\w&'-]*", sentence)]


def _keys(text: str) -> frozenset[str]:
    return frozenset(content(text))


@cache
def data(name: str) -> dict[str, Any]:
    """A file beside this one."""
    text = (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=yaml.CSafeLoader))


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in data("words")[kind]))


def pattern(kind: str) -> re.Pattern[str]:
    """The patterns of one kind, on folded text."""
    return _pattern(kind)


@cache
def _stems(kind: str) -> frozenset[str]:
    listed = data("words")[kind]
    return frozenset(map(stem, listed["en"].split())) | frozenset(listed["zh"].split())


@cache
def neutral() -> frozenset[str]:
    """Words that state nothing: of the list, and of the frames and copy around facts."""
    found: set[str] = set(function_words())
    for text in (str(data("neutral")["en"]), str(data("neutral")["zh"])):
        found |= {stem(each) if not has_han(each) else each for each in text.split()}
    listed = (_stems("colour"), _stems("material"))
    for path in (*_STUDIO.glob("copy.*.yaml"), *_STUDIO.glob("realise/*.yaml")):
        for value in _strings(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)):
            text = re.sub(r"\{[^{}]*\}", " ", value)
            found |= {each for each in content(text) if not any(each in of for of in listed)}
    return frozenset(found)


def _strings(value: object) -> Iterator[str]:
    """The texts of a file that are said: those in lists and maps, no names and patterns."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name not in ("order", "refine", "adjective"):
                yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, str):
        yield re.sub(r"<([^|<>]*)\|([^|<>]*)>", r"\1 \2", value)
