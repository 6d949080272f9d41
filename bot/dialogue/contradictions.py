"""Whether an entry is about another thing than the question, however alike they read.

"Error E6" is not answered by what the shop knows of E5, nor "do you deliver to Germany" by an entry
on Austria. A name in the question that the entry lacks contradicts where most of the entry's
phrasings bear another of its kind (see `names`). Two things more contradict: a "yes" to a name that
the knowledge has never heard of, and a wish that is denied. It decides nothing: see `decide`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, cached_property

from bot.dialogue.names import SPOKEN, About, Shop, frames_of, shop_of, unwanted
from bot.knowledge.index import Index
from bot.language.lexical import stem
from bot.language.wording import fold, grammar, rule
from bot.types import Candidate
from bot.writing.grounding.words import content

LOOKED_AT = 2  # candidates: those that may be answered with
_LONGEST = 300  # characters of a question; a longer one is about more than one thing
_PAIR = 2  # words of a question, each of which is half of what it asks
_MODEL_DIGITS = 3
_ENDS = r"(?=$|[\s,，.。!！;；:：—-])"


def contradicted(
    question: str, candidates: Sequence[Candidate], index: Index
) -> tuple[Candidate, ...]:
    """The candidates, of the first few each with what in the question contradicts it."""
    if len(question) > _LONGEST:
        return tuple(candidates)
    asked = _Asked(question, shop_of(index))
    return tuple(
        replace(each, contradicts=asked.contradiction(each)) if at < LOOKED_AT else each
        for at, each in enumerate(candidates)
    )


def of_another_thing(question: str, told: Candidate, index: Index) -> bool:
    """Whether a candidate says yes or no, and not a word of what is asked: "do you do engraving" is
    not answered by "Yes, of 25 and 50 euros"."""
    verdict = _verdict().match(fold(told.text[:40]))
    return bool(verdict) and says_nothing_of(question, told, index)


def says_nothing_of(question: str, told: Candidate, index: Index) -> bool:
    """Whether a candidate has no word of a question in its own language; or one of two, where
    nobody at the shop has ever said the other: "can you gift wrap it" is about no gift cards."""
    about, asked = shop_of(index).about(told.entry_id), frozenset(content(fold(question)))
    if not asked or len(question) > _LONGEST or grammar(question) not in about.languages:
        return False
    if grammar(question) == "zh":  # where words end is a guess
        return not any(each in about.folded for each in asked)
    if not asked & about.words:
        return True
    shop = shop_of(index)
    unheard = [each for each in asked if not shop.heard(each)]
    if len(asked) != _PAIR or not unheard:
        return False
    names = shop.names(question)
    known = {stem(name) for kind, name in names if kind == "name"}
    return "place" not in dict(names) and not known.issuperset(unheard)


class _Asked:
    """A question taken apart once, for all candidates."""

    def __init__(self, question: str, shop: Shop) -> None:
        self._question = question
        self._shop = shop
        self._language = grammar(question)
        self._names = shop.names(question)

    def contradiction(self, candidate: Candidate) -> str:
        """What in the question contradicts the candidate, "" for nothing."""
        about = self._shop.about(candidate.entry_id)
        return (
            self._other_name(about, of_product=candidate.kind == "product")
            or self._other_word(about)
            or self._unheard(candidate, about)
            or self._denied(about)
        )

    def _other_name(self, about: About, *, of_product: bool) -> str:
        """A name where the entry bears another of its kind; none of several may be in it. "Maine
        Coon" is no product's name, and contradicts none."""
        for kind in {kind for kind, _ in self._names}:
            asked = {name for name in self._names if name[0] == kind}
            bears = any(name[0] == kind for name in about.names)
            if kind.startswith("code"):
                bears |= any(name[0] == kind and _is_model(name) for name in about.named)
            if not bears or asked & about.named or (kind == "place" and about.abroad):
                continue
            if kind == "name" and (
                of_product
                or any(name in about.folded for _, name in asked)
                or self._shop.together(asked, {name for name in about.names if name[0] == kind})
            ):
                continue
            if not kind.startswith(SPOKEN) or self._language in about.languages:
                return min(asked)[1]
        return ""

    def _other_word(self, about: About) -> str:
        """The word where the question is a phrasing but for it, and other entries have others."""
        frames = about.frames(self._question)
        for frame, word in frames_of(self._question) if frames else ():
            other = frames.get(frame, word)
            if (
                other in about.often
                and word not in about.words
                and self._shop.are_alternatives(frame)
            ):
                return word
        return ""

    def _unheard(self, candidate: Candidate, about: About) -> str:
        """A name that a "yes" would be said to, and that nobody at the shop ever named."""
        if not _assent().match(fold(candidate.text[:40])) or self._language not in about.languages:
            return ""
        places = {name for name in self._names if name[0] == "place"}
        if places and not about.abroad and not places & about.named:
            return min(places)[1]
        names = sorted(name for kind, name in self._names if kind == "name")
        known = self._shop.index.words
        heard = (each in known or each in about.folded for each in names)
        return next((each for each, told in zip(names, heard, strict=True) if not told), "")

    @cached_property
    def _wish(self) -> tuple[list[str], frozenset[str]] | None:
        return unwanted(self._question)

    def _denied(self, about: About) -> str:
        """What is not wanted, where the entry is about that and nothing else that is asked."""
        if self._wish is None:
            return ""
        denied, rest = self._wish
        about_it = denied[0] in about.phrased - about.unwanted
        return denied[0] if about_it and not rest & about.phrased else ""


def _is_model(name: tuple[str, str]) -> bool:
    """Whether a code has few digits: it tells wherever it stands. One with many may be what an
    order's number looks like."""
    return sum(map(str.isdigit, name[1])) <= _MODEL_DIGITS


@cache
def _assent() -> re.Pattern[str]:
    return re.compile(rf"\W*(?:{rule('grounding', 'assent').pattern}){_ENDS}")


@cache
def _verdict() -> re.Pattern[str]:
    either = "|".join(rule("grounding", each).pattern for each in ("assent", "refusal"))
    return re.compile(rf"\W*(?:{either}){_ENDS}")
