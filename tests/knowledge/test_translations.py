"""Entries of different files that are each other's translation have one id."""

from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.entry import Knowledge
from tests.support.reading import read_knowledge

ENGLISH = (
    "# Policies\n\nOurs.\n\n## Returns {#returns}\n\n60 days.\n\n## Repairs {#repairs}\n\nYes."
)
CHINESE = "# 店铺政策\n\n本店的。\n\n## 退货 {#returns}\n\n60 天。\n\n## 维修 {#repairs}\n\n可以。"
ROWS = "Question,Answer\nDo you have a shop?,No.\nHow do I get an invoice?,Within 3 days.\n"
CHINESE_ROWS = "问题,答案\n有实体店吗？,没有。\n怎么开发票？,3 天内寄出。\n"


def read(folder: Path, **files: str) -> Knowledge:
    """Files by name; "__" stands for "/" and "_" before the extension for "."."""
    for name, content in files.items():
        path = folder / ".".join(name.replace("__", "/").rsplit("_", 1))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return read_knowledge(folder, date(2026, 11, 22))


def both(knowledge: Knowledge) -> list[str]:
    """The ids that are there in both languages."""
    found = [entry.id for entry in knowledge.entries]
    return [each for each in dict.fromkeys(found) if found.count(each) == 2]


def told(knowledge: Knowledge) -> list[tuple[str, str, str]]:
    return [(p.severity, p.where, p.key.removeprefix("knowledge.")) for p in knowledge.problems]


def test_sections_with_one_id_are_linked_whatever_their_files_are_called(tmp_path: Path) -> None:
    knowledge = read(tmp_path, policies_md=ENGLISH, 店铺政策_md=CHINESE)
    assert both(knowledge) == ["policies", "policies#returns", "policies#repairs"]
    chinese = [passage for passage in knowledge.passages if passage.lang == "zh"]
    assert {passage.entry_id for passage in chinese} == set(both(knowledge))
    assert knowledge.problems == ()


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("en__policies_md", "zh__policies_md"),
        ("docs__EN__policies_md", "docs__zh-CN__policies_md"),
        ("policies_md", "中文__policies_md"),
        ("policies-en_md", "policies-zh_md"),
        ("policies.en_md", "policies.zh-Hans_md"),
    ],
)
def test_folders_and_names_of_languages_link(tmp_path: Path, english: str, chinese: str) -> None:
    knowledge = read(tmp_path, **{english: ENGLISH, chinese: CHINESE})
    assert len(both(knowledge)) == 3
    assert knowledge.problems == ()


def test_rows_without_ids_are_linked_in_order_in_files_called_alike(tmp_path: Path) -> None:
    knowledge = read(tmp_path, **{"faq.en_csv": ROWS, "faq.zh_csv": CHINESE_ROWS})
    assert both(knowledge) == ["faq#do-you-have-a-shop", "faq#how-do-i-get-an-invoice"]
    assert told(knowledge) == [("info", "faq.zh.csv", "linked_in_order")]


@pytest.mark.parametrize(
    "rows", [CHINESE_ROWS + "能自提吗？,能。\n", CHINESE_ROWS.replace("3", "5")]
)
def test_rows_that_do_not_go_one_by_one_are_not_linked(tmp_path: Path, rows: str) -> None:
    knowledge = read(tmp_path, en__faq_csv=ROWS, zh__faq_csv=rows)
    assert both(knowledge) == []
    assert told(knowledge) == [("warning", "zh/faq.csv:2", "not_in_step")]


def test_an_id_in_several_files_goes_by_the_others_or_is_named(tmp_path: Path) -> None:
    more = {
        "terms_md": "## Costs {#costs}\n\n5 euros.",
        "shipping_md": "## Costs {#costs}\n\n9 euros.",
    }
    chinese = "## 费用 {#costs}\n\n9 欧元。\n\n## 时间 {#time}\n\n3 天。"
    knowledge = read(tmp_path, 配送_md=chinese, **more)
    assert both(knowledge) == []
    assert told(knowledge) == [("warning", "配送.md:1", "ids_not_linked")]
    assert knowledge.problems[0].params["files"] == "shipping.md, terms.md, 配送.md"
    more["shipping_md"] += "\n\n## Time {#time}\n\n3 days."
    knowledge = read(tmp_path, **more)
    assert both(knowledge) == ["shipping#costs", "shipping#time"]
    assert knowledge.problems == ()


def test_ids_that_mean_something_else_by_their_numbers_are_named(tmp_path: Path) -> None:
    knowledge = read(tmp_path, a_md=ENGLISH, 配送_md="## 一 {#returns}\n\n满 75 欧元免运费。")
    assert both(knowledge) == []
    assert told(knowledge) == [("warning", "配送.md:1", "ids_not_linked")]


def test_what_looks_like_a_translation_and_is_not_linked_is_named(tmp_path: Path) -> None:
    rows = "Question,Answer\nWhich batteries fit?,Kestrel 18 V and Ostmark RH-26.\n"
    chinese = "问题,答案\n哪些电池能用？,Kestrel 18V 和 Ostmark RH-26。\n"
    other = 'Question,Answer\nMay I pay with PayPal?,"Yes, from 20 euros."\n'
    knowledge = read(tmp_path, faq_csv=rows, pay_csv=other, 常见问题_csv=chinese)
    assert told(knowledge) == [("warning", "常见问题.csv:2", "looks_translated")]
    for language in ("en", "zh"):
        assert "faq.csv" in knowledge.problems[0].message(language)


def test_rows_with_both_languages_are_one_entry_in_each(tmp_path: Path) -> None:
    knowledge = read(
        tmp_path, faq_csv="Question,Answer,问题,答案\nA shop?,No.,有实体店吗？,没有。\n"
    )
    assert both(knowledge) == ["faq#a-shop"]
    assert knowledge.problems == ()
