"""What is wrong with a shop's knowledge: a look at its folder, its index and what it has answered.

It changes nothing. What a file holds that could not be read, `bot index` says.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import faiss

from bot.conversations.uses import Use
from bot.desk.pages.library import Finding
from bot.knowledge.entry import Entry, Knowledge
from bot.knowledge.index import Index
from bot.texts import shorten, t
from bot.types import PRODUCT, Language
from bot.writing.conflicts import conflicts, figures_apart

KINDS = (
    *("contradiction", "translation", "claimed", "instructions", "expired", "expires"),
    *("disliked", "duplicate", "untranslated", "unused"),
)
"""Of what there may be findings, the worst first."""

SOON = timedelta(days=30)
DAYS = 90  # of answers that are looked at
_PROBLEMS = {
    "knowledge.duplicate": "claimed",
    "knowledge.expired": "expired",
    "knowledge.gives_orders": "instructions",
}
_ALIKE = 0.85  # cosine of two entries' questions
_NEIGHBOURS = 4
_FEWEST_DISLIKED, _SHARE_DISLIKED = 2, 0.3
_ENOUGH = 50  # answers, before an entry that gave none counts as unused
_QUOTED = 200  # characters


def examine(
    knowledge: Knowledge,
    index: Index | None,
    used: Mapping[str, Use],
    today: date,
    language: Language,
) -> list[Finding]:
    """The findings, those of the worst kind first; `language` is the reader's."""
    entries = [each for each in knowledge.entries if not each.id.startswith(PRODUCT)]
    found = [
        *_told(knowledge, language),
        *_contradicting(entries),
        *_translated_apart(entries),
        *_expiring(entries, today),
        *_disliked(entries, used, language),
        *(_duplicates(index) if index else ()),
        *_untranslated(entries, language),
        *_unused(entries, used),
    ]
    return sorted(found, key=lambda each: KINDS.index(each.kind))


def _told(knowledge: Knowledge, language: Language) -> Iterator[Finding]:
    """What reading the folder has named."""
    for problem in knowledge.problems:
        if kind := _PROBLEMS.get(problem.key):
            entry_id = problem.params.get("id")
            entries = (str(entry_id),) if entry_id else ()
            yield Finding(kind, entries, problem.where, note=problem.message(language))


def _contradicting(entries: Sequence[Entry]) -> Iterator[Finding]:
    sources = {(each.id, each.lang): each.source for each in entries}
    for each in conflicts(entries):
        where = (sources[each.one, each.language], sources[each.other, each.language])
        quotes = (shorten(each.said, _QUOTED), shorten(each.says, _QUOTED))
        yield Finding("contradiction", (each.one, each.other), " · ".join(where), quotes)


def _translated_apart(entries: Sequence[Entry]) -> Iterator[Finding]:
    """Entries that say other figures in one language than in the other."""
    english = {each.id: each for each in entries if each.lang == "en"}
    for each in entries:
        other = english.get(each.id)
        if each.lang == "zh" and other is not None and (told := figures_apart(other, each)):
            where = f"{other.source} · {each.source}"
            yield Finding("translation", (each.id,), where, told)


def _expiring(entries: Sequence[Entry], today: date) -> Iterator[Finding]:
    for each in entries:
        if each.valid_until is not None and each.valid_until <= today + SOON:
            yield Finding("expires", (each.id,), each.source, note=each.valid_until.isoformat())


def _disliked(
    entries: Sequence[Entry], used: Mapping[str, Use], language: Language
) -> Iterator[Finding]:
    sources = {each.id: each.source for each in entries}
    for entry_id, use in used.items():
        often = use.disliked >= _SHARE_DISLIKED * use.answers
        if entry_id in sources and use.disliked >= _FEWEST_DISLIKED and often:
            note = t("health.of", language, count=use.disliked, all=use.answers)
            yield Finding("disliked", (entry_id,), sources[entry_id], note=note)


def _duplicates(index: Index) -> Iterator[Finding]:
    """Entries that are asked for in the same way."""
    asked: dict[Language, list[tuple[Entry, int]]] = {}
    for (entry_id, lang), entry in index.entries.items():
        if entry.kind == "faq" and entry.question:
            asked.setdefault(lang, []).append((entry, index.positions_of(entry_id, lang)[0]))
    for lang, those in asked.items():
        vectors = index.placed([at for _, at in those], lang)
        near = faiss.IndexFlatIP(vectors.shape[1])
        near.add(vectors)
        cosines, places = near.search(vectors, min(_NEIGHBOURS, len(those)))
        pairs = {
            (min(at, other), max(at, other))
            for at, (row, others) in enumerate(zip(cosines, places, strict=True))
            for cosine, other in zip(row.tolist(), others.tolist(), strict=True)
            if other not in (at, -1) and cosine >= _ALIKE
        }
        for one, other in sorted(pairs):
            both = those[one][0], those[other][0]
            where = " · ".join(dict.fromkeys(each.source for each in both))
            ids = (both[0].id, both[1].id)
            yield Finding("duplicate", ids, where, (both[0].question, both[1].question))


def _untranslated(entries: Sequence[Entry], language: Language) -> Iterator[Finding]:
    """Entries in one language, where the shop has both."""
    spoken: dict[str, set[Language]] = {}
    for each in entries:
        spoken.setdefault(each.id, set()).add(each.lang)
    if not any(len(each) > 1 for each in spoken.values()):
        return
    for each in entries:
        if len(spoken[each.id]) == 1:
            other = "en" if each.lang == "zh" else "zh"
            note = t(f"tickets.language_{other}", language)
            yield Finding("untranslated", (each.id,), each.source, note=note)


def _unused(entries: Sequence[Entry], used: Mapping[str, Use]) -> Iterator[Finding]:
    if sum(each.answers for each in used.values()) >= _ENOUGH:
        for entry_id, source in {each.id: each.source for each in entries}.items():
            if entry_id not in used:
                yield Finding("unused", (entry_id,), source)
