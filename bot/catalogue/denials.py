"""What a message does not want: "boots without leather", "anything but black", 「不含坚果的零食」.

The words for that are grammar (`lexicons/products.yaml`); what is denied are the words behind them,
or before them (「红色以外」), in the catalogue's own terms or in others. Whether a product has it
its own texts say, clause by clause: who writes "free from nuts" does not sell nuts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from bot.catalogue.columns import Ids
from bot.catalogue.found import Word, words_of
from bot.catalogue.labels import label_at
from bot.catalogue.product import Product, word_of
from bot.catalogue.reading import Reading
from bot.catalogue.search import strong, with_word
from bot.catalogue.spelling import tokens_of
from bot.catalogue.statements import CLAUSE, affirmed, lacks
from bot.catalogue.table import Table, words
from bot.knowledge.entry import Facts
from bot.language.phrases import Phrases, Token
from bot.language.wording import fold, has_han, lexicon

_SKIPPED = 3  # words between "without" and what is denied ("not made of any")
_BEFORE = 6  # characters or words before 「以外」
_LOOKED_AT = 300  # products whose texts are looked at


@cache
def _phrases(name: str) -> Phrases[bool]:
    return Phrases(dict.fromkeys(map(str, lexicon("products")[name]), True))


def denials(reading: Reading, table: Table) -> Reading | None:
    """The reading with what is denied taken out of its words; None where nothing is."""
    tokens = tokens_of(reading.text, table)
    found = _Denied(reading, tokens, table)
    at = 0
    while at < len(tokens):
        at = found.step(at)
    return found.reading()


class _Denied:
    """Collects what is denied."""

    def __init__(self, reading: Reading, tokens: Sequence[Token], table: Table) -> None:
        self.read, self.tokens, self.table = reading, list(tokens), table
        self.items = {each.start: each for each in (*reading.words, *reading.unknown)}
        self.runs: list[list[Word]] = []
        self.measures: set[str] = set()  # labels that are denied ("not waterproof")
        self.negations: set[int] = set()  # where the words for it stand

    def step(self, at: int) -> int:
        """What is denied at the place `at`; the place behind it."""
        token = self.tokens[at]
        word = self.items.get(token.start)
        if word in self.read.words and word.text not in words_of("without"):
            return self._behind(word, at)
        if (behind := _phrases("except_behind").at(self.tokens, at)) is not None:
            run = self._before(at)
            self._note(run, self.tokens[at : behind[1]])
            return behind[1]
        found = _phrases("without").at(self.tokens, at)
        if found is None or self._asks(at, found[1]) or self._tells(at, found[1]):
            return at + 1
        run, to = self._run(found[1])
        if not run and self.tokens[found[1] - 1].start in self.items:
            run, to = self._run(found[1] - 1)  # 「没」 before 「有毒」
        said = "".join(each.text for each in self.tokens[at : found[1]])
        plain = said in words_of("not") or said in words_of("negative_verbs")
        run = self._as_label(run)
        if plain and not any(each not in self.read.unknown for each in run):
            return at + 1  # "非常", "it doesn't break": that is no thing of the catalogue's
        self._note(run, self.tokens[at : found[1]])
        return to

    def _asks(self, at: int, to: int) -> bool:
        """Whether it is the end of 「是不是」, 「有没有」."""
        before = self.tokens[at - 1].text if at else ""
        said = [each.text for each in self.tokens[at:to]]
        return before in said or (before == "有" and said[0] in "没无")

    def _tells(self, at: int, to: int) -> bool:
        """Whether it is the verb of a sentence of its own: "the lid isn't tight"."""
        last = self.tokens[to - 1].text
        first = self.tokens[at].text
        before = self.tokens[at - 1].text if at else ""
        if first.endswith("n't") or first in words_of("negative_verbs"):
            return before not in words_of("relative") and first == last
        return (
            last == "not"
            and before in words_of("verbs_before_not")
            and not (at > 1 and self.tokens[at - 2].text in words_of("relative"))
        )

    def _run(self, at: int) -> tuple[list[Word], int]:
        """The words that are denied from the place `at` on, and the place behind them."""
        run: list[Word] = []
        skipped = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            label, behind = label_at(self.tokens, at, self.table)
            word = self.items.get(token.start)
            if word is not None:
                at = self._behind(word, at)
                run.append(word)
            elif behind > at:
                text = self.read.text[token.start : self.tokens[behind - 1].end]
                run.append(Word(text, tuple(words(text)), text, token.start))
                self.measures.add(label)
                at = behind
            elif run and (token.text in words_of("joins") or self._lists(at)):
                if at + 1 == len(self.tokens) or self.tokens[at + 1].start not in self.items:
                    break
                at += 1
            elif run or skipped == _SKIPPED or token.text not in words_of("before_denied"):
                break
            else:
                skipped, at = skipped + 1, at + 1
        return run, at

    def _lists(self, at: int) -> bool:
        """Whether a comma at `at` goes on to the end of a list ("grain, fish or chicken")."""
        while at + 1 < len(self.tokens) and self.tokens[at].text == ",":
            word = self.items.get(self.tokens[at + 1].start)
            at = self._behind(word, at + 1) if word else len(self.tokens)
        return at < len(self.tokens) and self.tokens[at].text in words_of("joins")

    def _before(self, at: int) -> list[Word]:
        """The words right before 「以外」."""
        run: list[Word] = []
        end = self.tokens[at].start
        for word in sorted(self.items.values(), key=lambda each: -each.start)[:_BEFORE]:
            if 0 <= end - word.start - len(word.text) <= (0 if has_han(word.text) else 1):
                run.insert(0, word)
                end = word.start
        return run

    def _behind(self, word: Word, at: int) -> int:
        end = word.start + len(word.text)
        at += 1
        while at < len(self.tokens) and self.tokens[at].start < end:
            at += 1
        return at

    def _note(self, run: list[Word], negation: Iterable[Token]) -> None:
        if run:
            self.runs.append(run)
            self.negations.update(each.start for each in negation)

    def _as_label(self, run: list[Word]) -> list[Word]:
        """A run behind a negation inside of a label, as that label (「对宠物没有毒」)."""
        first = run[0].text if run else ""
        for word in self.read.words if first else ():
            between = self.read.text[word.start + len(word.text) : run[0].start]
            keys = (f"{word.text}{first}", f"{word.text}有{first}")
            key = next((each for each in keys if each in self.table.flags), None)
            if key and between in words_of("without") | {"没"}:
                return [Word(key, (key,), key, word.start), *run[1:]]
        return run

    def reading(self) -> Reading | None:
        if not self.runs:
            return None
        denied = [word for run in self.runs for word in self._phrases(self._without_head(run))]
        if not denied:
            return None
        spans = (range(each.start, each.start + len(each.text)) for each in denied)
        taken = self.negations.union(*spans)
        kept = [each for each in self.read.words if each.start not in taken]
        left = (each for each in self.read.unknown if each.start not in taken)
        held = (each for each in self.read.measures if each not in self.measures)
        return replace(
            self.read,
            words=tuple(kept),
            unknown=tuple(left),
            measures=tuple(held),
            denied=tuple(denied),
        )

    def _without_head(self, run: list[Word]) -> list[Word]:
        """A run without the name of what is looked for: "non-plastic *bottles*"."""
        first, last = self.runs[0][0].start, run[-1]
        named = any(
            strong(self.table, each) and each not in run and each.start != first
            for each in self.read.words
        )
        ends = len(run) > 1 and last.word in self.table.kinds
        return run[:-1] if ends and not named else run

    def _phrases(self, run: list[Word]) -> list[Word]:
        """Words that stand side by side as one."""
        found: list[Word] = []
        for word in run:
            before = found[-1] if found else None
            han = has_han(word.text)
            if before is None or word.start - before.start - len(before.text) > (0 if han else 1):
                found.append(word)
                continue
            text = f"{before.text}{'' if han else ' '}{word.text}"
            key = f"{before.word}{word.word}" if han else f"{before.word} {word.word}"
            stems = (key,) if han else (*before.stems, *word.stems)
            found[-1] = Word(key, stems, text, before.start)
        return found


def without(table: Table, places: Ids, denied: Sequence[Word]) -> Ids:
    """Those of `places` that have nothing of what is `denied`: those that say so of the most."""
    if denied and len(places) > _LOOKED_AT:
        for word in denied:
            places = np.setdiff1d(places, with_word(table, word, places), assume_unique=True)
        return places
    said = [[_says(table.products[int(at)], word) for word in denied] for at in places]
    free = [(at, of.count(False)) for at, of in zip(places, said, strict=True) if True not in of]
    most = max((count for _, count in free), default=0)
    return np.array([at for at, count in free if count == most], dtype=np.int32)


def _says(product: Product, word: Word) -> bool | None:
    """Whether a product has something by its own texts; False where they only say that it has not,
    None where none speaks of it."""
    clauses: list[str] = []
    for entry in product.entries.values():
        facts = entry.facts or Facts()
        for label, value in facts.attributes:
            if _has(label, word):
                return (fold(value) in words_of("none")) is lacks(label)
        pairs = (f"{label} {value}" for label, value in facts.attributes)
        if any(_has(affirmed(each), word) for each in (entry.title, *entry.tags, *pairs)):
            return True
        clauses += [each for each in CLAUSE.split(facts.description) if _has(each, word)]
    if not clauses:
        return None
    return any(_has(affirmed(each), word) for each in clauses)


def _has(text: str, word: Word) -> bool:
    folded = fold(text)
    if has_han(word.text):
        return word.plain in folded
    said = {word_of(each) for each in re.findall(r"[^\W_]+", folded)}
    return bool(word.stems) and said.issuperset(word.stems)
