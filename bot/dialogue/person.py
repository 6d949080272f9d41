"""Does the shopper ask for a person, or wave one off?

The grammars `lexicons/wish_en.yaml` and `wish_zh.yaml` compose verbs, adjectives and nouns, so that
a phrase nobody wrote down is understood as long as it is built like those that were; pinyin is
here. A wish must be explicit: mood is not read, and questions *about* people ("are you a bot?",
"客服几点上班") are left to retrieval.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from rapidfuzz.distance import OSA

from bot.language.wording import fold, has_han, lexicon, rule, words_only

_LONGEST = 300  # characters; in a longer text the wish stands in the first or the last lines
_SENTENCES = re.compile(r"[.!?;\n。]+")  # each stop: the grammar reads clauses, not sentences
_CLAUSES = re.compile(r"[,:()\-–—]+")
_PINYIN = re.compile(
    r"^(?:ni ?hao|qing|wo ?yao|wo ?xiang|bang ?wo|gei ?wo|ma ?fan|yao|xiang)? ?"
    r"(?:zhuan|zhao|jie|huan|jiao|you)? ?(?:yi ?xia|ge)? ?"
    r"(?:ren ?gong|zhen ?ren|(?:zai ?xian ?)?ke ?fu)(?: ?ke ?fu| ?fu ?wu)?"
    r"(?: ?(?:ba|a|ma|ne|le|xie ?xie|zai ?ma|zai))*$"
    r"|\bzhuan ?(?:jie ?)?(?:ren ?gong|zhen ?ren|ke ?fu)\b"
    r"|^you ?ren ?(?:zai ?)?ma$"
)


@lru_cache(maxsize=4096)
def _mended(word: str) -> str:
    """The noun that `word` is one slip away from, or the word itself."""
    data = lexicon("wish_en")
    if word in data["typo"]:
        return str(data["typo"][word])
    if len(word) < 5 or word in data["real_words"] or not word.isascii():
        return word
    close = (
        str(noun) for noun in data["mended"] if noun[0] == word[0] and OSA.distance(word, noun) <= 1
    )
    return next(close, word)


def _mend_english(clause: str) -> str:
    return " ".join(map(_mended, words_only(clause).split()))


def _mend_chinese(text: str) -> str:
    for wrong, right in lexicon("wish_zh")["typo"].items():
        text = text.replace(wrong, right)
    return text


def _wished(grammar: str, clause: str) -> bool | None:
    """True for a wish, False for one that is waved off, None for neither."""
    if rule(grammar, "about").search(clause):
        return None
    if rule(grammar, "refusal").search(clause):
        return True
    rest, waved_off = rule(grammar, "negated").subn(" ", clause)
    if rule(grammar, "wish").search(rest):
        return True
    return False if waved_off else None


def _judge(grammar: str, clauses: Iterable[str]) -> bool | None:
    verdicts = {_wished(grammar, clause) for clause in clauses}
    return True if True in verdicts else False if False in verdicts else None


def _read(text: str) -> bool | None:
    """True: a person is asked for; False: a person is expressly not wanted; None: neither."""
    text = fold(text)
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}\n{text[-_LONGEST // 2 :]}"
    return _read_chinese(text) if has_han(text) else _read_english(text)


def _read_chinese(text: str) -> bool | None:
    text = _mend_chinese(text)
    sentences = [part for part in _SENTENCES.split(text) if part]
    if any(rule("wish_zh", "bare").search(part) for part in sentences):
        return True
    return _judge("wish_zh", (part for line in sentences for part in _CLAUSES.split(line)))


def _read_english(text: str) -> bool | None:
    sentences = [_mend_english(part) for part in _SENTENCES.split(text)]
    whole = " ".join(filter(None, sentences))
    if _PINYIN.search(whole):
        return True
    clauses = [
        _mend_english(part) for line in _SENTENCES.split(text) for part in _CLAUSES.split(line)
    ]
    alone = {whole, *sentences, clauses[0], clauses[-1]}
    if any(rule("wish_en", "bare").search(part) for part in alone):
        return True
    return _judge("wish_en", dict.fromkeys([whole, *sentences, *clauses]))


def wants_person(text: str) -> bool:
    """Whether `text` explicitly asks to talk to a human, in English, Chinese or pinyin."""
    return _read(text) is True


def declines_person(text: str) -> bool:
    """Whether `text` waves off a person who was just offered or queued.

    Only meaningful after such an offer: a bare "no" says it too.
    """
    verdict = _read(text)
    if verdict is not None:
        return not verdict
    words = words_only(fold(text))
    return len(words) <= _LONGEST and bool(rule("decline", "whole").fullmatch(words))
