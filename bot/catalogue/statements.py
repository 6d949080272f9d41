"""What a product's text says that the thing has not, is not for, or comes with: "Not for brick",
"Discs are not included", 「不含电池」. It knows no products and no questions."""

import re
from collections.abc import Callable, Iterator

from bot.language.wording import fold

CLAUSE = re.compile(r"[.;,!?:。；，！？：\n]")
_NEGATION = re.compile(
    r"\b(?:without|no|not(?! only| just)|non|cannot|unsuitable|except|excluding"
    r"|free (?:of|from)|allergic to|intolerant (?:of|to)|[a-z]+n['’]t)\b"
    r"|不(?:含|带|适合|适用于?|能|可以?|防|是|要|用)"
    r"|不(?![锈仅但同少粘易错断限管论过止])|没有?|无(?![线刷绳论缝痕限数])|[未勿](?!来)|非(?!常)|除[了去开]"
)
_ABSENT = re.compile(
    r"\b(?:not|[a-z]+n['’]t) (?:be )?(?:included|supplied|provided|contained|part of|in the box)\b"
    r"|\b(?:sold|bought|ordered) separately\b|另购|另售|另买|另配|不包含?在内|不耐受|过敏"
)
_INCLUDED = re.compile(
    r"\b(?:with|included?|includes|including|comes?|supplied)\b|[附含带配送]|包括"
)
_WITHOUT = re.compile(r"\bwithout\b")
_LACKS = re.compile(r"[- ]free$|^(?:no|non|without)\b|^[无不]")
_TURN = re.compile(r"\bbut\b|但|而")


def lacks(label: str) -> bool:
    """Whether a label names what is not there ("grain-free", 「无谷」)."""
    return _LACKS.search(fold(label)) is not None


def denied(clause: str) -> str:
    """The part of a clause that says what is not so; "" for none."""
    folded = fold(clause)
    absent = _ABSENT.search(folded)
    if absent is not None:
        before = [each.end() for each in _TURN.finditer(folded, 0, absent.start())]
        return folded[before[-1] if before else 0 : absent.start()]
    negation = _NEGATION.search(folded)
    if negation is None:
        return ""
    turn = _TURN.search(folded, negation.end())
    return folded[negation.end() : turn.start() if turn else len(folded)]


def denials(text: str) -> Iterator[str]:
    """What a text denies, clause by clause."""
    return filter(None, map(denied, CLAUSE.split(text)))


def affirmed(text: str) -> str:
    """A text without what it denies."""
    return "; ".join(fold(each).replace(denied(each) or "\0", " ") for each in CLAUSE.split(text))


def tells_contents(sentence: str) -> bool:
    """Whether a sentence says what a thing comes with or without."""
    folded = fold(sentence)
    return any(each.search(folded) for each in (_INCLUDED, _ABSENT, _WITHOUT))


def settles(sentence: str, says: Callable[[str], bool]) -> bool:
    """Whether a clause that `says` something says that it is there or is not."""
    clauses = (each for each in CLAUSE.split(sentence) if says(each))
    return any(_INCLUDED.search(fold(each)) or denied(each) for each in clauses)
