"""Which entries of different files say the same in two languages, and so are one entry.

The same id is, and whoever writes rows gives it. A document's sections are linked by the ids of
their headings, whatever their files are called; what has no ids is linked in order where two files
are called alike (`faq.en.csv` and `faq.zh.csv`, `en/faq.csv` and `zh/faq.csv`) and hold equally
much. It reads no meaning: what looks alike and is not linked is named.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import product

from bot.knowledge.entry import Entry, Found, Problem
from bot.knowledge.readers.source import base_of
from bot.types import Language

# What a translation keeps: numbers and names in Latin letters.
_KEPT = re.compile(r"\d+(?:[.,:]\d+)*|[a-z][a-z-]+", re.ASCII)
_NUMBER = re.compile(r"\d+")
_READ, _ENTRIES = 2000, 500  # characters of an answer, and entries of a file, that are compared
_FEWEST, _SHARE = 4, 0.6  # of them, for files that look alike


Files = dict[Language, dict[str, list[Found]]]
Links = dict[tuple[str, Language], str]  # an entry → the id of the one that it is linked with


def linked(found: Sequence[Found]) -> tuple[Links, list[Problem]]:
    """The Chinese entries that are another's translation, and what an admin is told."""
    linking = _Linking(found)
    linking.by_name()
    linking.by_anchor()
    linking.alike()
    return linking.links, linking.problems


class _Linking:
    """`_all` are the entries by language and file, `_alone` those that have no other language."""

    def __init__(self, found: Sequence[Found]) -> None:
        self.links: Links = {}
        self.problems: list[Problem] = []
        self._linked: set[tuple[str, Language]] = set()
        self._pairs: dict[tuple[str, str], None] = {}  # files that are each other's translation
        texts = [each for each in found if each.entry.kind != "product"]
        times = Counter(each.entry.id for each in texts)
        self._all = _by_file(texts)
        self._alone = _by_file(each for each in texts if times[each.entry.id] == 1)

    def by_name(self) -> None:
        """In order, what has no ids in files that are called alike."""
        called = {(base_of(name), _kind(of)): name for name, of in self._all["en"].items()}
        for name, of in self._all["zh"].items():
            other = called.get((base_of(name), _kind(of)), name)
            if other == name:
                continue
            self._pairs[other, name] = None
            mine, theirs = (
                [each for each in alone if not each.named and not _is_beginning(each.entry)]
                for alone in (self._alone["zh"][name], self._alone["en"][other])
            )
            if mine and theirs:
                params = {"other": other, "count": len(mine), "others": len(theirs)}
                pairs = list(zip(theirs, mine, strict=False))
                if _depths(theirs) == _depths(mine) and _in_step(pairs):
                    self._link(pairs)
                    told = Problem(name, None, "knowledge.linked_in_order", params, "info")
                    self.problems.append(told)
                else:
                    self._note("not_in_step", mine[0], params)

    def by_anchor(self) -> None:
        """Sections with one id in two languages. Where several have it, files that share other
        ids belong together; what is left over is named."""
        anchors = self._anchors()
        clear: dict[tuple[str, str], list[tuple[Found, Found]]] = defaultdict(list)
        for english, chinese in anchors.values():
            if len(english) == len(chinese) == 1:
                pair = (english[0], chinese[0])
                clear[pair[0].entry.source, pair[1].entry.source].append(pair)
        self._pairs |= {files: None for files, pairs in clear.items() if _in_step(pairs)}
        for anchor, (english, chinese) in anchors.items():
            known = [
                (one, other)
                for one, other in product(english, chinese)
                if (one.entry.source, other.entry.source) in self._pairs
            ]
            self._link(known)
            left = [[each for each in of if not self._is_linked(each)] for of in (english, chinese)]
            if all(left):
                files = ", ".join(each.entry.source for of in left for each in of)
                self._note("ids_not_linked", left[1][0], {"id": anchor, "files": files})
        for one, other in self._pairs:
            both = (self._alone["en"][one], self._alone["zh"][other])
            beginnings = [[each for each in of if _is_beginning(each.entry)] for of in both]
            self._link(zip(*beginnings, strict=False))

    def _anchors(self) -> dict[str, tuple[list[Found], list[Found]]]:
        """The ids that headings in both languages have, with the sections in each."""
        found: dict[str, tuple[list[Found], list[Found]]] = {}
        for at, files in enumerate(self._alone.values()):
            for file in files.values():
                for each in file:
                    if each.named and each.entry.kind == "document":
                        found.setdefault(_anchor(each.entry), ([], []))[at].append(each)
        return {anchor: both for anchor, both in found.items() if all(both)}

    def alike(self) -> None:
        """Names files of which nothing is linked, that look like another's translation."""
        english, chinese = self._free("en"), self._free("zh")
        for name, kept in chinese.items():
            mine = self._all["zh"][name]
            shares = {
                other: len(kept & theirs) / max(len(kept), _FEWEST)
                for other, theirs in english.items()
                if other != name and _kind(self._all["en"][other]) == _kind(mine)
            }
            best = max(shares, key=lambda each: (shares[each], each), default=name)
            if shares.get(best, 0.0) >= _SHARE:
                self._note("looks_translated", mine[0], {"other": best})

    def _free(self, language: Language) -> dict[str, set[str]]:
        """The files of which nothing is linked, each with what a translation of it keeps."""
        paired = {name for pair in self._pairs for name in pair}
        return {
            name: _kept(of)
            for name, of in self._all[language].items()
            if name not in paired
            and len(of) == len(self._alone[language][name])
            and not any(map(self._is_linked, of))
        }

    def _is_linked(self, found: Found) -> bool:
        return (found.entry.id, found.entry.lang) in self._linked

    def _link(self, pairs: Iterable[tuple[Found, Found]]) -> None:
        """Links what is not linked yet."""
        for english, chinese in pairs:
            if not (self._is_linked(english) or self._is_linked(chinese)):
                self.links[chinese.entry.id, "zh"] = english.entry.id
                self._linked |= {(english.entry.id, "en"), (chinese.entry.id, "zh")}

    def _note(self, key: str, first: Found, params: dict[str, object]) -> None:
        """Something to be done about a file, whose entry it begins with."""
        place = (first.entry.source, first.line)
        self.problems.append(Problem(*place, f"knowledge.{key}", params, "warning"))


def _by_file(found: Iterable[Found]) -> Files:
    files: Files = {"en": defaultdict(list), "zh": defaultdict(list)}
    for each in found:
        files[each.entry.lang][each.entry.source].append(each)
    return files


def _kind(found: Sequence[Found]) -> str:
    return found[0].entry.kind


def _anchor(entry: Entry) -> str:
    return entry.id.removeprefix(f"{base_of(entry.source)}#")


def _is_beginning(entry: Entry) -> bool:
    return entry.id == base_of(entry.source)


def _depths(found: Sequence[Found]) -> list[int]:
    return [len(each.entry.heading) for each in found]


def _in_step(pairs: Sequence[tuple[Found, Found]]) -> bool:
    """Whether each is the other's translation, as far as numbers tell."""
    numbers = [[set(_NUMBER.findall(of.entry.answer[:_READ])) for of in pair] for pair in pairs]
    both = [one & other for one, other in numbers if one and other]
    return 2 * sum(map(bool, both)) >= len(both)


def _kept(found: Sequence[Found]) -> set[str]:
    texts = (f"{each.entry.question} {each.entry.answer[:_READ]}" for each in found[:_ENTRIES])
    return {kept for text in texts for kept in _KEPT.findall(text.lower())}
