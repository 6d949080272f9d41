"""START HERE: whether a written sentence may be sent, judged by the passages that it stands on.

    sentence → form, links, language, prompt words → courtesy? → facts, words, negation, conditions
                                                                  of one passage → learned support

Everything that is not a courtesy must be supported by statements of one passage; what is not is
dropped. It sees one sentence at a time, so a stream shows only what was checked. It calls no model
and writes nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.language.bridge import encodable
from bot.language.detect import detect_language
from bot.language.wording import HAN, fold, rule, words_only
from bot.types import Language
from bot.writing.grounding import leaks, links, support
from bot.writing.grounding.evidence import Passage, Said, Window, windows
from bot.writing.grounding.facts import facts
from bot.writing.grounding.point import point
from bot.writing.grounding.rules import Rejection, fails
from bot.writing.grounding.words import Source, content, is_foreign, share


@dataclass(frozen=True)
class Verdict:
    """`text` is the sentence as it may be sent; `passages` are the ids that support it, none for a
    courtesy. `reason` says why it was not kept, with the passage that came nearest."""

    kept: bool
    text: str
    reason: Rejection | None = None
    passages: tuple[str, ...] = ()

    @property
    def states(self) -> bool:
        """Whether it says something about the shop: a courtesy alone is no answer."""
        return self.kept and bool(self.passages)


class Encodes(Protocol):
    """What is needed of `bot.language.encoder.Encoder`."""

    @property
    def multilingual(self) -> bool: ...

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]: ...


_CITATION = re.compile(
    r"(?<!\s)\s*[\[【(（](?:(?:source|passage|来源|段落)?\s*:?\s*#?\d{1,2}(?:\s*[,，、;]\s*#?\d{1,2})*)[\])】）]",
    re.I,
)
_LIST_MARK = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)、])\s+|^\s*#{1,6}\s+")
_SAYS_SOMETHING = 2  # content words without which a sentence states nothing that could be held
_WORTH_A_LOOK = 0.5  # share of a sentence's words below which a statement is no support
_LETTERS = re.compile(r"[^\W\d_]")
_FOREIGN = re.compile(r"[\u0370-\u1fff\u3040-\u30ff\uac00-\ud7af\u0e00-\u0e7f]")


@cache
def _bare_answer() -> re.Pattern[str]:
    """A yes or no and nothing else: an answer, and nobody knows to which question."""
    return re.compile(
        f"{rule('grounding', 'assent').pattern}|{rule('grounding', 'refusal').pattern}"
    )


@cache
def _pointer() -> re.Pattern[str]:
    return re.compile(rf"(?:{rule('grounding', 'pointer').pattern} ?)*")


def _start(text: str) -> str:
    return re.sub(r"^\W+", "", fold(text))


class Grounding:
    """The check for one answer: its passages, language and question. Not shared between answers.

    `known` are the links that the knowledge names (`links.known_links`), `prompts` the runs of
    words in the prompts (`leaks.prompt_shingles`). `question` is the asked one: it supports
    nothing, but a condition that it names need not be said again.
    """

    def __init__(
        self,
        passages: Sequence[Passage],
        language: Language,
        question: str,
        encoder: Encodes,
        *,
        known: frozenset[str] = frozenset(),
        prompts: frozenset[str] = frozenset(),
    ) -> None:
        self._passages = tuple(passages)
        self._language = language
        self._question = question
        self._encoder = encoder
        self._known = known
        self._secret = prompts - leaks.shingles(" . ".join(each.text for each in passages))
        self._weights = support.load()
        self._vectors: dict[str, npt.NDArray[np.float32]] = {}
        self._said = ""  # what was kept so far
        self._kept: set[str] = set()  # its sentences: small models say the same again and again
        self._stood: dict[str, set[str]] = {}  # by passage: the statements that were kept
        self._dropped = False  # whether the sentence before was dropped

    def check(self, sentence: str) -> Verdict:
        """Judge the next sentence of the answer, in order."""
        text = _CITATION.sub("", sentence)
        verdict = self._judge(text)
        if verdict.kept:
            self._said = f"{self._said} {text}"
            self._kept.add(words_only(fold(text)))
        if verdict.reason not in (Rejection.EMPTY, Rejection.ANSWER):
            self._dropped = not verdict.kept
        return verdict

    def answers(self, passage_id: str, *, to_the_point: bool) -> bool:
        """Whether what was kept says something of a passage; `to_the_point` asks for the part of it
        that answers the question, since a sentence that was dropped may have been that one."""
        stood = self._stood.get(passage_id, set())
        return any(
            stood & point(each, self._question) if to_the_point else stood
            for each in self._passages
            if each.id == passage_id
        )

    def _judge(self, text: str) -> Verdict:
        bare = _LIST_MARK.sub("", text).replace("**", "").replace("__", "").strip()
        says_nothing = not _LETTERS.search(bare) and not facts(bare)
        words = words_only(fold(text))
        if says_nothing or any(words in kept for kept in self._kept):
            return Verdict(False, text, Rejection.EMPTY)
        if reason := self._form(bare):
            return Verdict(False, text, reason)
        if _bare_answer().fullmatch(words_only(fold(bare))):
            return Verdict(False, text, Rejection.ANSWER)
        if leaks.is_courtesy(bare) and not facts(bare):
            return Verdict(True, text)
        if bare.rstrip("\"'”’」』)）").endswith(("?", "？")):
            return Verdict(False, text, Rejection.UNSUPPORTED)  # a question is no answer
        if pointed := self._points(bare):
            return Verdict(True, text, passages=pointed)
        if self._dropped and rule("grounding", "leaning").match(_start(bare)):
            return Verdict(False, text, Rejection.LEANS)
        return self._supported(text, bare)

    def _form(self, bare: str) -> Rejection | None:
        """What is wrong with a sentence whatever the passages say."""
        if links.has_image(bare):
            return Rejection.IMAGE
        if links.has_markup(bare):
            return Rejection.MARKUP
        if not all(links.is_known(each, self._known) for each in links.links(bare)):
            return Rejection.LINK
        if leaks.shingles(bare) & self._secret:
            return Rejection.PROMPT
        if leaks.is_meta(bare):
            return Rejection.META
        if _FOREIGN.search(bare) or self._other_language(bare):
            return Rejection.LANGUAGE
        return None

    def _points(self, bare: str) -> tuple[str, ...]:
        """The passages that a sentence which only names their address points to."""
        named = links.links(bare)
        if not named or not _pointer().fullmatch(words_only(fold(links.without_links(bare)))):
            return ()
        of = {p.id: links.known_in(p.text, p.url) for p in self._passages}
        pointed = [id for id, own in of.items() if all(links.is_known(each, own) for each in named)]
        return tuple(pointed[:1])

    def _other_language(self, bare: str) -> bool:
        """Whether it is in another language than the shopper's; a name or two are no language."""
        spoken = detect_language(bare, self._language)
        if spoken == self._language:
            return spoken == "en" and is_foreign(bare)
        if spoken == "en":
            return len(re.findall(r"[A-Za-z]{2,}", bare)) > 3
        return len(re.findall(HAN, bare)) > 3

    def _supported(self, text: str, bare: str) -> Verdict:
        """The verdict of the passage that supports it best; else why the nearest one does not."""
        said = Said(links.without_links(bare))
        if len(set(said.words)) < _SAYS_SOMETHING and not said.facts:
            return Verdict(False, text, Rejection.UNSUPPORTED)
        passed: list[tuple[float, int, Window]] = []
        failed: list[tuple[float, int, Rejection]] = []
        for at, passage in enumerate(self._passages):
            for window in windows(passage):
                held = share(said.words, window.in_context)
                if held < _WORTH_A_LOOK and not said.facts:
                    failed.append((held, at, Rejection.UNSUPPORTED))
                    continue
                reason = fails(said, window, self._question, self._said)
                if reason is None:
                    sure = self._support(bare, window.text, passage)
                    if sure is not None:
                        passed.append((sure, at, window))
                        continue
                failed.append((held, at, reason or Rejection.UNSUPPORTED))
        passed = [each for each in passed if not self._is_about_another(each[1], said)]
        if passed:
            self._stand(passed)
            best = max(sure for sure, _, _ in passed)
            ids = dict.fromkeys(
                self._passages[at].id
                for sure, at, _ in sorted(passed, key=lambda p: (-p[0], p[1]))
                if sure > best - 0.1
            )
            return Verdict(True, text, passages=tuple(list(ids)[:2]))
        if not failed:
            reason = Rejection.OTHER_SUBJECT if self._passages else Rejection.UNSUPPORTED
            return Verdict(False, text, reason)
        nearest, at, reason = max(failed, key=lambda each: each[0])
        near = (self._passages[at].id,) if nearest > 0 else ()
        return Verdict(
            False, text, reason if nearest > 0.5 or said.facts else Rejection.UNSUPPORTED, near
        )

    def _stand(self, passed: Sequence[tuple[float, int, Window]]) -> None:
        """Remember which statements a sentence says: of each passage the fewest that support it,
        and of as many the likeliest."""
        of: dict[int, tuple[int, float, Window]] = {}
        for sure, at, window in passed:
            found = (len(window.parts), -sure, window)
            if at not in of or found[:2] < of[at][:2]:
                of[at] = found
        for at, (_, _, window) in of.items():
            said = self._stood.setdefault(self._passages[at].id, set())
            said.update(part.text for part in window.parts)

    def _is_about_another(self, at: int, said: Said) -> bool:
        """Whether what was asked for has the title of another passage rather than this one's.

        "It costs $64" may be true of the kettle that was found beside the one that was asked for.
        """
        asked = frozenset((*content(self._question), *said.words))
        this = self._passages[at]
        mine, known = frozenset(content(this.title)), Source(this.text)
        for other in self._passages:
            title = frozenset(content(other.title))
            if not known.has_all(asked & title - mine) and not asked & mine - title:
                return True
        return False

    def _support(self, bare: str, statement: str, passage: Passage) -> float | None:
        """How likely it is support, None when not enough; nothing is encoded where no cosine could
        change that."""
        values = support.features(bare, statement, passage.title, 0.0)
        if self._weights.supports(values):
            return self._weights.probability(values)
        if not self._weights.supports(values | {"cosine": 1.0}):
            return None
        values["cosine"] = float(self._vector(bare) @ self._vector(statement))
        return self._weights.probability(values) if self._weights.supports(values) else None

    def _vector(self, text: str) -> npt.NDArray[np.float32]:
        if text not in self._vectors:
            given = encodable(text, multilingual=self._encoder.multilingual)
            self._vectors[text] = self._encoder.encode([given])[0]
        return self._vectors[text]
