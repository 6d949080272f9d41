"""The words by which an item is meant, comparable across languages. It ranks nothing.

English words are stems; Chinese is pairs of characters, and the English words that the dictionary
bridge has for it: so 「蓝色水壶」 and "blue kettle" meet.
"""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from bot.language import cedict
from bot.language.bridge import to_english
from bot.language.lexical import tokens
from bot.language.wording import HAN, fold, lexicon
from bot.orders.record import Line

_HAN_RUN = re.compile(f"{HAN}+")
_LATIN = re.compile(r"[a-z0-9]+(?:[.'][a-z0-9]+)*")
_PIECES = re.compile(f"{_LATIN.pattern}|{HAN}+")
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATES = re.compile(
    r"\b20\d\d(?:[-/.]\d{1,2}){0,2}\b|\b\d{1,2}(?:[-/.]\d{1,2}){2,3}\b|\b\d{1,2}(?:[-/.]\d{1,2})[-/.]20\d\d\b|\b\d{1,2}(?:st|nd|rd|th)\b|\d{1,4}年|\d{1,2}月|\d{1,2}[日号]"
    rf"|\b{_MONTH} \d{{1,2}}\b|\b\d{{1,2}} (?:of )?{_MONTH}\b"
)
Readings = tuple[frozenset[str], ...]
_COLOUR = {"color": "colour", "gray": "grey"}


def phrase(folded: str) -> str:
    """What is left of a folded question without the words that name no item, for the encoder."""
    text = _chinese_rest(_DATES.sub(" ", folded)) if _HAN_RUN.search(folded) else folded
    pieces = _PIECES.findall(_DATES.sub(" ", text))
    return " ".join(each for each in pieces if each not in _empty_english())


def of_question(folded: str) -> Readings:
    """The words of a folded question that may name an item, those that name none left out.

    Chinese gives two readings: its pairs of characters, and the English that it is bridged to.
    """
    text = _DATES.sub(" ", folded)
    found: set[str] = set()
    bridged: set[str] = set()
    if _HAN_RUN.search(text):
        text = _chinese_rest(text)
    empty = _empty_stems()
    for word in _LATIN.findall(text):
        if word not in _empty_english() and not _is_number(word):
            found.update(each for each in _stems(word) if each not in empty)
    for run in _HAN_RUN.findall(text):
        bridged |= {each for each in _bridged(run) if each not in empty}
    pairs = {pair for run in _HAN_RUN.findall(text) for pair in _pairs(run)}
    readings = (frozenset(found | pairs), frozenset(found | bridged))
    return tuple(dict.fromkeys(reading for reading in readings if reading))


def beside(readings: Iterable[frozenset[str]], others: Collection[str]) -> Readings:
    """The readings without those of the words for dealing with an order that are not of `others`,
    an item's: of an office chair "office" is one, of what goes to the office it is none."""
    dropped = _light() - frozenset(others)
    return tuple(dict.fromkeys(rest for each in readings if (rest := each - dropped)))


@lru_cache(maxsize=50_000)
def of_line(line_text: str) -> frozenset[str]:
    """All words of an item's text (`text_of`)."""
    found = {each for word in _LATIN.findall(fold(line_text)) for each in _stems(word)}
    for run in _HAN_RUN.findall(fold(line_text)):
        found |= _pairs(run) | _bridged(run)
    return frozenset(found)


def text_of(line: Line) -> str:
    """Everything by which a shopper may name an item."""
    options = (f"{name} {value}" for name, value in line.options.items())
    return " ".join((line.name, *line.names.values(), *options, line.sku))


def _stems(word: str) -> list[str]:
    return [_COLOUR.get(each, each) for each in tokens(word)]


def _pairs(run: str) -> set[str]:
    """Pairs of characters; a single one by itself."""
    return {run[at : at + 2] for at in range(max(1, len(run) - 1))}


def _bridged(run: str) -> set[str]:
    """The English of a Chinese run, as stems: of the whole where the dictionary has it."""
    english = cedict.gloss(run) or to_english(run)
    return {each for word in english.split() for each in _stems(word)}


def _chinese_rest(text: str) -> str:
    """Without the words that name no item; each becomes a space, so that no pair spans it."""
    return _empty_chinese().sub(" ", text)


@lru_cache(maxsize=1)
def _empty_chinese() -> re.Pattern[str]:
    empty = sorted(lexicon("orders")["empty_zh"].split(), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, empty)))


@lru_cache(maxsize=1)
def _empty_english() -> frozenset[str]:
    return frozenset(lexicon("orders")["empty_en"].split())


@lru_cache(maxsize=1)
def _empty_stems() -> frozenset[str]:
    return frozenset(stem for word in _empty_english() for stem in tokens(word))


@lru_cache(maxsize=1)
def _light() -> frozenset[str]:
    found: set[str] = set()
    for word in lexicon("orders")["light"].split():
        found |= _pairs(word) | _bridged(word) if _HAN_RUN.match(word) else set(_stems(word))
    return frozenset(found)


def _is_number(word: str) -> bool:
    return word.isdecimal() and len(word) >= 4
