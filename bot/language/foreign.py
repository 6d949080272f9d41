"""The language of a text that is neither English nor Chinese, as script and little words tell it.

A script that one language writes tells it outright. In Latin script the words that a language is
full of ("wo", "ist", "mein") do, from the lists of `stopwordsiso` (MIT), and letters that few have
beside it. A word or two may tell nothing; then it is taken for English.
"""

import re
from functools import cache, lru_cache

import stopwordsiso

from bot.language.detect import detect_language
from bot.language.wording import has_han
from bot.types import Language

_LONGEST = 300  # characters looked at
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = (
    *("cs", "da", "de", "es", "fi", "fr", "hu", "id", "it"),
    *("nl", "no", "pl", "pt", "ro", "sv", "tr", "vi"),
)
_LETTERS = {
    **{"cs": "řěů", "da": "æø", "de": "ßäöü", "es": "ñ", "hu": "őű", "no": "æø", "pl": "łąęśżźń"},
    **{"pt": "ãõ", "ro": "țșă", "sv": "åä", "tr": "şğı", "vi": "ăơưđạảấầếềệịọốồộớờợụủứừ"},
}
_SCRIPTS = {
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af\u1100-\u11ff]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "bn": re.compile(r"[\u0980-\u09ff]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
}


def spoken(text: str, default: Language) -> str:
    """The ISO 639-1 code of the language of `text`, whichever it is; `default` where nothing
    tells."""
    return language_of(text, 2) or detect_language(text, default)


@lru_cache(maxsize=1024)
def language_of(text: str, at_least: int = 1) -> str | None:
    """The ISO 639-1 code of the language of `text`, None for English, Chinese, and what tells
    nothing; `at_least` so many little words must speak for it."""
    text = text[:_LONGEST]
    letters = sum(map(str.isalpha, text))
    for code, script in _SCRIPTS.items():
        # Kana beside characters is Japanese; a name in another script makes no language.
        found = len(script.findall(text)) if letters else 0
        if found and (3 * found >= letters or code == "ja"):
            return code
    if has_han(text):
        return None
    words = _WORD.findall(text.lower())
    told = {code: sum(_telling(code, word) for word in words) for code in _LATIN}
    best = max(told, key=told.__getitem__)
    return best if told[best] >= at_least else None


def is_english(text: str) -> bool:
    """Whether most words of a text in Latin script are little ones, as in an English sentence:
    "Berliner Str. 5, 10713 Berlin" or "black 44" in a dialogue is in no language."""
    english, _ = _lists()
    words = _WORD.findall(text[:_LONGEST].lower())
    return 2 * sum(word in english for word in words) > len(words)


@cache
def _lists() -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    english = frozenset(stopwordsiso.stopwords("en"))
    return english, {code: frozenset(stopwordsiso.stopwords(code)) for code in _LATIN}


def _telling(code: str, word: str) -> int:
    """1 where the word speaks for that language and not for English, -1 the other way round."""
    english, lists = _lists()
    theirs = word in lists[code] or any(letter in word for letter in _LETTERS.get(code, ""))
    return theirs - (word in english)
