"""What a sentence is made of beside its facts: content words, negation and conditions.

Content words are English stems and segmented Chinese words without those that state nothing; a
word of the same group in `lexicons/grounding.yaml` counts as the same. Pure rules, no meaning.
"""

import re
from collections.abc import Iterable
from functools import cache, cached_property, lru_cache

import rjieba

from bot.language.lexical import stem
from bot.language.territories import territories, without_territories
from bot.language.wording import HAN, fold, grammar, has_han, lexicon, plain, rule
from bot.types import Language
from bot.writing.grounding.facts import Fact, facts, without_facts
from bot.writing.grounding.statements import clauses

_LETTER = rf"(?:(?!{HAN})[^\W\d_])"
_PIECE = re.compile(rf"{_LETTER}+(?:['-]{_LETTER}+)*|{HAN}+")
_HAN = re.compile(HAN)
CONDITIONS = ("except", "if", "until", "must", "only", "hedge")


@cache
def function_words() -> frozenset[str]:
    """Words that state nothing, in both languages."""
    data = lexicon("grounding")["function"]
    return frozenset(f"{data['en']} {data['zh']}".split()) - strong_words()


@cache
def strong_words() -> frozenset[str]:
    """Words that make a promise larger."""
    data = lexicon("grounding")["strong"]
    return frozenset(f"{data['en']} {data['zh']}".split())


@cache
def _strong() -> frozenset[str]:
    return frozenset(word if _HAN.match(word) else stem(word) for word in strong_words())


def is_strong(word: str) -> bool:
    """Whether a content word makes a promise larger."""
    return word in _strong()


_NAME = re.compile(
    r"(?<=[^\W_] )(?:(?:[A-Z][\w&'-]*)(?: |$|(?=[^\w\s])))+|[\"“「『]([^\"”」』]{1,60})[\"”」』]"
)
_LATIN = re.compile(r"[A-Za-z][\w&'-]*")


def names(text: str) -> list[str]:
    """The content words of names in `text` as it was written: capitals inside an English sentence,
    quotations, Latin words in Chinese."""
    plain_text = re.sub(r"(?<![\w.+-])[\w.+-]+@[\w.-]+", " ", plain(text))  # an address is a fact
    if has_han(plain_text):
        found = _LATIN.findall(plain_text)
    else:
        found = [each[0] for each in _NAME.finditer(plain_text)]
    return [word for name in found for word in content(name)]


@cache
def _groups() -> dict[str, frozenset[str]]:
    """For each word (an English stem, a Chinese word) all that may stand for it."""
    found: dict[str, frozenset[str]] = {}
    for language, lines in lexicon("grounding")["same"].items():
        for line in lines:
            group = frozenset(stem(word) if language == "en" else word for word in line.split())
            for word in group:
                found[word] = found.get(word, frozenset()) | group
    return found


def synonyms(word: str) -> list[str]:
    """Whole words that may stand for `word`, itself among them; none for most words."""
    lines = lexicon("grounding")["same"]["zh" if _HAN.match(word) else "en"]
    return [other for line in lines if word in (group := line.split()) for other in group]


_JOINED = re.compile("退换货|退换|修改或取消")


@cache
def _parts() -> dict[str, tuple[str, ...]]:
    """Chinese words that are two, each of which may be denied."""
    return {"退换货": ("退货", "换货"), "退换": ("退货", "换货"), "修改或取消": ("修改", "取消")}


@lru_cache(maxsize=4096)
def content(text: str) -> tuple[str, ...]:
    """The content words of `text` in order, facts left out."""
    found: list[str] = []
    apart = _JOINED.sub(lambda joined: " ".join(_parts()[joined[0]]), without_facts(text))
    for piece in _PIECE.findall(apart):
        if _HAN.match(piece):
            words = rjieba.cut(piece)
            found.extend(word for word in words if word not in function_words())
        elif piece not in function_words():
            parts = piece.split("-") if "-" in piece else [piece]
            found.extend(stem(part) for part in parts if part and part not in function_words())
    return tuple(found)


class Source:
    """A text in which words are looked for."""

    def __init__(self, *texts: str) -> None:
        self._text = fold(" ; ".join(texts))  # a space or dot would join Chinese words
        self._words = frozenset(content(self._text))

    @cached_property
    def places(self) -> frozenset[str]:
        """The places that the text names."""
        return places(self._text)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """The facts in the text."""
        return facts(self._text)

    def has(self, word: str) -> bool:
        """Whether the text holds `word`, or one of the same meaning."""
        return self._has(word) or any(map(self._has, _groups().get(word, ())))

    def _has(self, word: str) -> bool:
        if word in self._words:
            return True
        if len(word) == 1 or not _HAN.match(word):
            return False  # 「发」 is not in 「发票」
        if word in self._text:
            return True
        # Segmentation differs from text to text: 「收货地址」 is there when its halves are.
        return len(word) > 2 and all(
            word[at : at + 2] in self._text for at in range(0, len(word), 2)
        )

    def has_all(self, words: Iterable[str]) -> bool:
        """Whether the text holds every one of `words`."""
        return all(map(self.has, words))

    def lacks(self, words: Iterable[str]) -> list[str]:
        """Those of `words` that the text does not hold."""
        return [word for word in words if not self.has(word)]


def share(words: Iterable[str], source: Source) -> float:
    """How many of `words` the source holds, 0..1; 1.0 without words."""
    asked = list(words)
    return 1.0 - len(source.lacks(asked)) / len(asked) if asked else 1.0


@cache
def _negation(language: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    data = lexicon("grounding")
    compounds = re.compile("|".join(data["compounds"][language]))
    return compounds, re.compile("|".join(data["negation"][language]))


_SUBJECT = re.compile(
    r"\b(?:i|you|we|it|they|he|she|this|that|these|those|is|are|was|were|can|will|may|must|should"
    r"|do|does|has|have|if|unless|when|but|once)\b|n't"
)


@lru_cache(maxsize=4096)
def denials(sentence: str) -> tuple[tuple[str, str], ...]:
    """Each clause of a sentence as the part that it denies and the rest, both folded.

    A negation reaches to the end of its clause, in English over a list that goes on after it.
    """
    found: list[tuple[str, str]] = []
    reaches = False
    for clause in map(fold, clauses(sentence)):
        language = grammar(clause)
        compounds, pattern = _negation(language)
        # A compound is only hidden from the search: its words count like any other.
        hidden = compounds.sub(lambda found: "\x00" * len(found[0]), clause)
        if negated := pattern.search(hidden):
            found.append((clause[negated.start() :], clause[: negated.start()]))
            reaches = language == "en"
        elif reaches and not _SUBJECT.search(clause):
            found.append((clause, ""))
        else:
            found.append(("", clause))
            reaches = False
    return tuple(found)


@lru_cache(maxsize=4096)
def negations(clause: str) -> int:
    """How often a clause denies something."""
    folded = fold(clause)
    compounds, pattern = _negation(grammar(folded))
    return len(pattern.findall(compounds.sub(" ", folded)))


@cache
def _conditions(language: Language) -> dict[str, re.Pattern[str]]:
    data = lexicon("grounding")["conditions"][language]
    return {kind: re.compile(data[kind]) for kind in CONDITIONS}


@lru_cache(maxsize=4096)
def conditions(text: str) -> frozenset[str]:
    """Which kinds of conditions `text` makes: except, if, only, hedge."""
    folded = fold(text)
    found = _conditions(grammar(folded)).items()
    return frozenset(kind for kind, pattern in found if pattern.search(folded))


@lru_cache(maxsize=4096)
def people(text: str) -> frozenset[str]:
    """Who is spoken of: "shop" (we, 我们), "shopper" (you, 您), "other" (the recipient, 收件人)."""
    folded = fold(text)
    return frozenset(who for who, words in _people().items() if words.search(folded))


@cache
def _people() -> dict[str, re.Pattern[str]]:
    data = lexicon("grounding")["people"]
    return {who: re.compile("|".join(words)) for who, words in data.items()}


@lru_cache(maxsize=4096)
def places(text: str) -> frozenset[str]:
    """The countries that `text` names, by their codes, and groups of them."""
    return territories(text) | frozenset(rule("grounding", "groups").findall(fold(text)))


@lru_cache(maxsize=4096)
def subject(text: str) -> tuple[str, ...]:
    """The content words of `text` that are no places: what is said is said of them."""
    return content(rule("grounding", "groups").sub(" ", without_territories(text)))


def is_foreign(text: str) -> bool:
    """Whether a text in Latin letters is in another language than English, by its small words."""
    small, both = (frozenset(lexicon("grounding")[name].split()) for name in ("foreign", "shared"))
    words = re.findall(rf"{_LETTER}+", fold(text))
    theirs = sum(word in small for word in words)
    ours = sum(word in function_words() and word not in both for word in words)
    return theirs >= 2 and theirs > ours
