"""The demo shop's own statements, edited by rule: numbers, denials, units, currencies, terms."""

import random

from bot.knowledge.entry import Entry
from bot.knowledge.index import Index
from bot.knowledge.retriever import ShopRetriever
from bot.writing.grounding import Grounding, Passage, known_links
from bot.writing.grounding.statements import statements
from tests.support.hostile import EDITS

ENTRIES = 60
LET_THROUGH = (
    0.04  # share of the edits: some change nothing, as "not only" and 「有没有」 deny nothing
)
KEPT = 0.8  # share of the statements as they stand


def test_hardly_an_edit_passes_and_most_statements_do(
    demo_index: Index, demo_retriever: ShopRetriever
) -> None:
    rng = random.Random(5)
    known = known_links(demo_index.entries.values())

    def kept(entry: Entry, sentence: str) -> bool:
        found = demo_retriever.candidates(entry.question)[:4]
        passages = [Passage(each.entry_id, each.text, each.title, each.url) for each in found]
        check = Grounding(passages, entry.lang, "", demo_index.encoder, known=known)
        return check.check(sentence).kept

    entries = [each for each in demo_index.entries.values() if each.kind != "product"]
    true: list[bool] = []
    edited: dict[str, bool] = {}
    for entry in rng.sample(entries, ENTRIES):
        said = [each.text for each in statements(entry.answer)]
        for sentence in rng.sample(said, min(2, len(said))):
            true.append(kept(entry, sentence))
            changed = {rule.sub(change, sentence, count=1) for rule, change in EDITS}
            edited |= {each: kept(entry, each) for each in changed - {sentence}}
    passed = [sentence for sentence, sent in edited.items() if sent]
    assert len(edited) >= 70
    assert len(passed) <= LET_THROUGH * len(edited), passed
    assert sum(true) >= KEPT * len(true)
