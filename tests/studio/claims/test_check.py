"""Claims are found in their context, and look-alikes are left alone."""

import re
from pathlib import Path

import pytest

from bot.studio.claims import findings
from bot.studio.claims.check import MOST
from bot.studio.claims.rules import law, rules
from bot.texts import t
from tests.bench.claims import HELD_OUT, OURS, score


@pytest.mark.parametrize("cases", [OURS, HELD_OUT], ids=lambda path: path.stem)
def test_our_cases_in_both_languages_are_told_from_their_look_alikes(cases: Path) -> None:
    assert score(cases).f1 >= 0.95


def test_a_finding_says_where_why_and_by_which_law() -> None:
    text = "这款锅是全网最低价。最佳使用时间为三年。"
    [found] = findings(text, "zh")
    assert text[found.start : found.end].startswith("全网最低")
    assert found.why("zh") == t("claims.absolute", "zh")
    assert "第九条第（三）项" in found.laws("zh")[0]


def test_places_are_those_of_the_text_as_it_was_written() -> None:
    text = "ＡＢ：The WORLD’S BEST rug。純羊毛，零甲醛。"
    found = {each.rule: text[each.start : each.end] for each in findings(text, "")}
    assert found == {"absolute": "WORLD’S BEST", "safety": "零甲醛"}


def test_every_rule_has_its_texts_and_its_laws() -> None:
    for rule in rules():
        for language in ("en", "zh"):
            assert t(rule.text, language)
            assert rule.laws
            assert all(law(each, language) for each in rule.laws)


@pytest.mark.parametrize("text", ["a" * 21_000, "最" * 21_000, "the best " * 2400, "not " * 5300])
def test_a_long_text_is_read_in_bounds(text: str) -> None:
    assert all(each.end <= MOST for each in findings(text, ""))


def test_no_pattern_repeats_a_repetition() -> None:
    for rule in rules():
        assert not re.search(r"[*+]\)[*+]", rule.claims.pattern), rule.id
