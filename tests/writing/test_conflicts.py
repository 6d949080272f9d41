"""Entries that cannot both be right are told from entries on different things."""

import pytest

from bot.knowledge.entry import Entry
from bot.types import Language
from bot.writing.conflicts import conflicts, figures_apart
from tests.bench.conflicts import EACH, SHOPS, planted, shop


def entry(entry_id: str, question: str, answer: str, lang: Language = "en") -> Entry:
    return Entry(entry_id, lang, question, (), answer, "faq.yaml", question, "faq")


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Unused towels can come back for 30 days.", "Unused towels can come back for 14 days.", 1),
        ("Unused towels come back for 2 weeks.", "Unused towels come back for 14 days.", 0),
        ("Express delivery to Norway costs $29.", "Express delivery to Norway costs $25.", 1),
        ("Express delivery to Norway costs $29.", "Express delivery to Sweden costs $25.", 0),
        ("Silk robes can be washed by hand.", "Silk robes cannot be washed by hand.", 2),
        ("Silk robes can't be tumbled.", "Silk robes can be washed by hand.", 0),
        ("Gift cards are valid for three years.", "Gift cards are valid for 3 years.", 0),
        ("未使用的毛巾 30 天内可以退货。", "未使用的毛巾 14 天内可以退货。", 1),
        ("未使用的毛巾三十天内可以退货。", "未使用的毛巾 30 天内可以退货。", 0),
        ("真丝睡袍可以用洗衣机清洗。", "真丝睡袍不可以用洗衣机清洗。", 2),
    ],
)
def test_two_statements(one: str, other: str, kind: int) -> None:
    lang: Language = "zh" if one > "一" else "en"
    found = conflicts([entry("a", "First?", one, lang), entry("b", "Second?", other, lang)])
    assert [each.kind for each in found] == [["figures"], ["negation"]][kind - 1] * bool(kind)


def test_yes_and_no_to_one_question() -> None:
    asked = "Do you ship to Norway?"
    found = conflicts([entry("a", asked, "Yes, we do."), entry("b", asked, "No, sorry.")])
    assert [(each.one, each.other, each.kind) for each in found] == [("a", "b", "negation")]


def test_what_a_short_statement_says_is_said_of_its_title() -> None:
    express = entry("express", "How long does express delivery take?", "It takes 2 days.")
    standard = entry("standard", "How long does standard delivery take?", "It takes 5 days.")
    again = entry("again", "How long does express delivery take", "It takes 3 days.")
    assert conflicts([express, standard]) == []
    assert len(conflicts([express, standard, again])) == 1


def test_a_translation_with_other_figures() -> None:
    english = entry("a", "Returns?", "Within 30 days, for $5.")
    assert figures_apart(english, entry("a", "退货？", "30 天内，5 美元。", "zh")) is None
    soon = entry("a", "When?", "It takes two or three days, twice a year.")
    assert figures_apart(soon, entry("a", "多久？", "一年两次，两三天。", "zh")) is None
    told = figures_apart(english, entry("a", "退货？", "14 天内，5 美元。", "zh"))
    assert told is not None
    assert "30" in told[0]
    assert "14" in told[1]


def test_planted_contradictions_are_found_and_nothing_else() -> None:
    shops = {path.stem: shop(path) for path in sorted(SHOPS.glob("b0*.json"))}
    asked = {each.id: each.question for of in shops.values() for each in of}
    plants = list(planted(shops, asked))
    assert len(plants) > 3 * EACH
    entries = [each for of in shops.values() for each in of]
    before = conflicts(entries)
    found = conflicts([*entries, *(each.entry for each in plants)])
    pairs = {frozenset((each.one, each.other)) for each in found}
    hit = sum(frozenset((each.of, each.entry.id)) in pairs for each in plants)
    assert hit >= 0.9 * len(plants)
    assert len(pairs) - hit <= 5
    assert len(before) <= 5
