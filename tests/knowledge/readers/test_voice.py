"""How the shop speaks: `shop.yaml` for both languages or for each; what is wrong, by its line."""

from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.entry import Knowledge, Voice
from tests.support.paths import ROOT
from tests.support.reading import read_knowledge

TODAY = date(2026, 11, 22)
ROW = '{"id": "hours", "question": "When?", "answer": "Monday to Saturday."}'


def read(folder: Path, text: str | bytes, name: str = "shop.yaml") -> Knowledge:
    """A folder with one entry and this file."""
    (folder / "faq.jsonl").write_text(ROW, encoding="utf-8")
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_knowledge(folder, TODAY)


def wrong(knowledge: Knowledge) -> list[tuple[str, str, str]]:
    return [(p.severity, p.where, p.key.removeprefix("knowledge.")) for p in knowledge.problems]


def test_each_is_given_by_language_or_once_for_both(tmp_path: Path) -> None:
    text = """
greeting: {en: "Hello\\n\\nAsk away!", zh: 您好}
starters:
  en: [How long?, "  Any   mugs? "]
  zh:
    - 多久？
tone: Warm and
  brief.
"""
    knowledge = read(tmp_path, text)
    assert knowledge.voices == {
        "en": Voice("Hello\n\nAsk away!", ("How long?", "Any mugs?"), "Warm and brief."),
        "zh": Voice("您好", ("多久？",), "Warm and brief."),
    }
    assert knowledge.problems == ()
    assert [entry.id for entry in knowledge.entries] == ["hours"]
    assert list(knowledge.files) == ["shop.yaml", "faq.jsonl"]


def test_what_is_left_out_is_left_to_the_bot(tmp_path: Path) -> None:
    assert read(tmp_path, "starters: {zh: [多久？]}\ntone:\n").voices == {
        "zh": Voice(starters=("多久？",))
    }


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("greeting: Hi\nsmell: blue\n", [("warning", "shop.yaml:2", "unknown_field")]),
        ("greeting: Hi\ntone: [a, b]\n", [("error", "shop.yaml:2", "voice_no_text")]),
        ("greeting: Hi\nstarters: What?\n", [("error", "shop.yaml:2", "voice_no_list")]),
        ("greeting: Hi\nstarters:\n  - {a: b}\n", [("error", "shop.yaml:3", "voice_no_text")]),
        ("greeting: Hi\ntone:\n  de: Warm\n", [("error", "shop.yaml:3", "voice_language")]),
        ("greeting: Hi\ncurrency: Taler\n", [("error", "shop.yaml:2", "voice_currency")]),
        ("greeting: Hi\ngreeting: Ho\n", [("error", "shop.yaml:2", "duplicate_field")]),
        (f"greeting: Hi\ntone: {'x' * 301}\n", [("error", "shop.yaml:2", "voice_too_long")]),
        (f"greeting: Hi\nstarters: [{'x' * 61}]\n", [("error", "shop.yaml:2", "voice_too_long")]),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_the_rest_is_used(
    text: str, problems: list[tuple[str, str, str]], tmp_path: Path
) -> None:
    knowledge = read(tmp_path, text)
    assert wrong(knowledge) == problems
    assert knowledge.voices == {"en": Voice("Hi"), "zh": Voice("Hi")}
    for problem in knowledge.problems:
        assert problem.message("en") != problem.message("zh")


def test_of_many_starters_the_first_six_are_used(tmp_path: Path) -> None:
    rows = "".join(f"    - Question {n}?\n" for n in range(8))
    knowledge = read(tmp_path, f"starters:\n  en:\n{rows}")
    assert wrong(knowledge) == [("error", "shop.yaml:9", "voice_too_many")]
    assert knowledge.voices["en"].starters == tuple(f"Question {n}?" for n in range(6))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("greeting: [", "not_yaml"),
        ("greeting: 'a\n", "not_yaml"),
        (b"greeting: caf\x81\n", "undecodable"),
        ("greeting: " + "[" * 60 + "]" * 60, "yaml_too_deep"),
    ],
)
def test_a_broken_file_is_named_and_loses_nothing_else(
    text: str | bytes, problem: str, tmp_path: Path
) -> None:
    knowledge = read(tmp_path, text)
    [(severity, where, key)] = wrong(knowledge)
    assert (severity, where.partition(":")[0], key) == ("error", "shop.yaml", problem)
    assert knowledge.voices == {}
    assert [entry.id for entry in knowledge.entries] == ["hours"]


def test_only_the_file_at_the_root_speaks_for_the_shop(tmp_path: Path) -> None:
    assert read(tmp_path, "greeting: Hi\n", "faq/shop.yaml").voices == {}


def test_a_file_of_entries_by_that_name_is_one(tmp_path: Path) -> None:
    knowledge = read(tmp_path, "- id: shop\n  question: Where?\n  answer: In Rotterdam.\n")
    assert [entry.id for entry in knowledge.entries] == ["shop", "hours"]
    assert (knowledge.voices, knowledge.problems) == ({}, ())


def test_the_demo_shop_speaks_in_both_languages(tmp_path: Path) -> None:
    knowledge = read(tmp_path, (ROOT / "knowledge" / "shop.yaml").read_bytes())
    assert knowledge.problems == ()
    for language in ("en", "zh"):
        voice = knowledge.voices[language]
        assert voice.greeting
        assert voice.tone
        assert len(voice.starters) == 4
