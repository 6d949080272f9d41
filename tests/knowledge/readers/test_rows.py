"""FAQ rows and products from JSONL, CSV and YAML."""

import json
from datetime import date
from pathlib import Path

import pytest

from bot.knowledge.entry import Knowledge
from tests.support.reading import read_file


def said(knowledge: Knowledge) -> list[str]:
    return [f"{problem.where} {problem.message('en')}" for problem in knowledge.problems]


def test_jsonl_row_carries_all_its_fields(tmp_path: Path) -> None:
    row = {
        "id": 7,
        "question": "  Do you\tship to Oslo? ",
        "variants": ["Norway?", "", 5],
        "answer": "Yes.\x00\u200b\r\nCafe\u0301 too. ",
        "lang": "en",
        "valid_until": "2026-12-31",
        "tags": ["shipping"],
        "url": "https://juniperandtide.example/shipping",
    }
    (entry,) = read_file(tmp_path, "faq.jsonl", json.dumps(row)).entries
    assert (entry.id, entry.question, entry.title) == ("7",) + ("Do you ship to Oslo?",) * 2
    assert (entry.variants, entry.tags) == (("Norway?", "5"), ("shipping",))
    assert entry.answer == "Yes.\nCaf\xe9 too."
    assert (entry.valid_until, entry.kind) == (date(2026, 12, 31), "faq")
    assert (entry.source, entry.url) == ("faq.jsonl", "https://juniperandtide.example/shipping")


def test_html_and_marks_in_a_row_become_text(tmp_path: Path) -> None:
    row = {
        "id": "ship",
        "question": "How <b>long</b> does **shipping** take?",
        "answer": "<p>It takes <b>3</b> days.</p><ul><li>EU: 2</li></ul>Fine<br>print, <name>",
    }
    (entry,) = read_file(tmp_path, "a.jsonl", json.dumps(row)).entries
    assert entry.question == entry.title == "How long does shipping take?"
    assert entry.answer == "It takes 3 days.\n\n- EU: 2\n\nFine\nprint, <name>"


def test_row_without_a_question_keeps_it_empty(tmp_path: Path) -> None:
    row = '{"id": "a", "question": null, "answer": "Glazed.", "url": null, "lang": null}'
    knowledge = read_file(tmp_path, "a.jsonl", row)
    assert (knowledge.entries[0].question, knowledge.entries[0].title) == ("", "Glazed.")


def test_wrong_rows_are_named_by_line_and_field(tmp_path: Path) -> None:
    lines = [
        '{"question": "", "answer": "y"}',
        '{"id": "b", "answer": "  "}',
        '{"id": "c", "answer": "y", "lang": "fr", "valid_until": "soon", "url": "ftp://x"}',
        '["id"]',
        '{"id": "d", "answer": {}, "variants": 3}',
        '{"id": "e", "answer": "\\ud800"}',
        "[" * 5000,
        '{"id": "f", "answer": "fine", "anwser": 1, "answer ": 2}',
        '{"id": "g", "answer": "fine", "anwser": 1}',
    ]
    knowledge = read_file(tmp_path, "a.jsonl", "\n".join(lines))
    assert [entry.id for entry in knowledge.entries] == ["f", "g"]
    texts = said(knowledge)
    assert texts[:2] == [
        "a.jsonl:1 The field id is missing.",
        "a.jsonl:2 The field answer is empty.",
    ]
    assert [text.split(" ")[3] for text in texts[2:5]] == ["lang", "valid_until", "url"]
    assert texts[5].startswith("a.jsonl:4 An entry must be")
    assert [text.split(" ")[3] for text in texts[6:8]] == ["variants", "answer"]
    assert texts[8].startswith("a.jsonl:6 This line is not valid JSON")
    assert texts[9].startswith("a.jsonl:7 This line is not valid JSON")
    assert texts[10:] == [
        "a.jsonl:8 The field anwser is unknown and not used. Check its spelling.",
        "a.jsonl:8 The field answer  is unknown and not used. Check its spelling.",
    ]
    assert all(problem.message("zh") for problem in knowledge.problems)


def test_one_line_of_a_megabyte_is_fine(tmp_path: Path) -> None:
    row = json.dumps({"id": "big", "question": "x", "answer": "word " * 200_000})
    assert len(read_file(tmp_path, "a.jsonl", row).entries[0].answer) == 999_999


def test_a_hundred_thousand_lines_are_read_whole(tmp_path: Path) -> None:
    row = (
        '{"id": "r%d", "question": "怎么退货 %d？", "variants": ["a", "b"], "answer": "三十天内。"}'
    )
    content = "\n".join(row % (number, number) for number in range(100_000))
    assert len(read_file(tmp_path, "a.jsonl", content).entries) == 100_000


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_as_spreadsheets_save_it(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [
        ["ID", "Question", "Variants", "Answer"],
        ["退货", "怎么退货？", "退款|我要退货", '"三十天内，\r\n""未使用""。"'],
        ["x", "y", '"[""a"", ""b|c""]"', "z"],
    ]
    text = "\r\n".join(delimiter.join(row) for row in rows) + "\r\n" + delimiter * 3 + "\r\n"
    knowledge = read_file(tmp_path, "faq.csv", text.encode(encoding))
    first, second = knowledge.entries
    assert (first.id, first.lang, first.variants) == ("退货", "zh", ("退款", "我要退货"))
    assert first.answer == '三十天内，\n"未使用"。'
    assert second.variants == ("a", "b|c")
    assert knowledge.problems == ()


def test_a_line_may_name_the_delimiter(tmp_path: Path) -> None:
    [entry] = read_file(
        tmp_path, "faq.csv", "\ufeffsep=|\r\nid|answer\r\na|one, two; three\r\n"
    ).entries
    assert entry.answer == "one, two; three"


def test_csv_header_names_what_is_missing_or_double(tmp_path: Path) -> None:
    assert said(read_file(tmp_path, "a.csv", "id,question,question\n1,2,3\n")) == [
        "a.csv:1 The column question appears twice in the header. Remove one.",
        "a.csv:1 The column answer is missing from the header.",
    ]


def test_a_last_day_is_read_unless_it_may_be_two(tmp_path: Path) -> None:
    days = ["31.1.2027", "31/01/2027", "1/31/2027", "2027年1月31日", "05/06/2027", "31/31/2027"]
    rows = "".join(f"Q{at},A,{day}\n" for at, day in enumerate(days))
    knowledge = read_file(tmp_path, "a.csv", "Question,Answer,Valid Until\n" + rows)
    assert [entry.valid_until for entry in knowledge.entries] == [date(2027, 1, 31)] * 4
    assert [problem.line for problem in knowledge.problems] == [6, 7]


def test_csv_goes_on_after_a_broken_row(tmp_path: Path) -> None:
    text = 'id,answer\na,"x"y\nb,"two\nlines"\nc,x,extra\n,x\nd,x\n'
    knowledge = read_file(tmp_path, "a.csv", text)
    assert [entry.id for entry in knowledge.entries] == ["b", "d"]
    assert [problem.line for problem in knowledge.problems] == [2, 5, 6]


def test_a_sheet_of_questions_and_answers_is_enough(tmp_path: Path) -> None:
    text = "No;Question;Answer\n1;Do you ship to Oslo?;Yes.\n2;Gifts?;Yes.\n"
    text += "3;Do you ship to Oslo;No.\n"
    knowledge = read_file(tmp_path, "help.en.csv", text.encode("utf-16"))
    assert [(entry.id, entry.question) for entry in knowledge.entries] == [
        ("help#do-you-ship-to-oslo", "Do you ship to Oslo?"),
        ("help#gifts", "Gifts?"),
    ]
    assert [(problem.line, problem.key) for problem in knowledge.problems] == [
        (2, "knowledge.unknown_field"),
        (4, "knowledge.duplicate"),
    ]
    [entry] = read_file(tmp_path, "help.en.csv", "Q,A\n" + "why " * 100 + ",So.").entries
    assert len(entry.id) < 100


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "faq.csv",
            "问题,答案,Question EN,answer_en\n能退吗？,三十天。,Can I return it?,30 days.\n",
        ),
        (
            "faq.jsonl",
            '{"问题": "能退吗？", "回答": "三十天。", '
            '"q_en": "Can I return it?", "a_en": "30 days."}',
        ),
        (
            "faq.yaml",
            "- Q: {zh: 能退吗？, en: Can I return it?}\n  A: {zh: 三十天。, en: 30 days.}\n",
        ),
    ],
)
def test_questions_in_two_languages_are_one_entry_in_each(
    tmp_path: Path, name: str, text: str
) -> None:
    knowledge = read_file(tmp_path, name, text)
    assert knowledge.problems == ()
    assert {(each.lang, each.question, each.answer) for each in knowledge.entries} == {
        ("zh", "能退吗？", "三十天。"),
        ("en", "Can I return it?", "30 days."),
    }
    assert {each.id for each in knowledge.entries} == {"faq#能退吗"}


def test_an_entry_that_is_no_yaml_loses_no_other(tmp_path: Path) -> None:
    text = """lang: en
entries:
- id: a
  answer: Note: we ship on Mondays.
- id: b
  answer: |
    Two ways:
    - by post
- id: c
  answer: "unclosed
- {id: d, answer: fine}
- id: e
  answer: fine
  answer: again
"""
    knowledge = read_file(tmp_path, "faq.yaml", text)
    assert [(entry.id, entry.lang) for entry in knowledge.entries] == [("b", "en"), ("d", "en")]
    assert [(problem.line, problem.params.get("column")) for problem in knowledge.problems] == [
        (4, 15),
        (10, 20),
        (14, None),
    ]
    assert "quotation marks" in knowledge.problems[0].message("en")


def test_yaml_scalars_stay_text_and_problems_have_their_own_line(tmp_path: Path) -> None:
    text = """lang: en
entries:
- id: 0012
  question: no
  answer: yes
- id: b
  answer: |
    Two
    lines.
  valid_until: 2026-13-45
- id: c
  id: d
  answer: x
"""
    knowledge = read_file(tmp_path, "a.yaml", text)
    (entry,) = knowledge.entries
    assert (entry.id, entry.question, entry.answer, entry.lang) == ("0012", "no", "yes", "en")
    assert [(problem.line, problem.params["field"]) for problem in knowledge.problems] == [
        (10, "valid_until"),
        (12, "id"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "- " * 100_000,
        "a: &a [1]\n" + "b: [" + "*a, " * 2000 + "]\n",
        "- !!python/object/apply:os.system [echo]\n",
        "- {? [a, b] : c, id: x}\n",
        "just text\n",
        "- id: a\n\tanswer: x\n",
    ],
)
def test_hostile_or_broken_yaml_is_a_problem_and_no_crash(tmp_path: Path, text: str) -> None:
    knowledge = read_file(tmp_path, "a.yaml", text)
    assert knowledge.entries == ()
    assert knowledge.problems[0].line is not None


PRODUCT = """products:
- sku: JT-KET-01
  name: {en: Harbor kettle, zh: 海港手冲壶}
  category: {en: Kitchen, zh: 厨房}
  description: {en: Pours in a thin stream., zh: 出水细而稳。}
  attributes:
    en: {Material: steel, Colours: [blue, black]}
    zh: {材质: 不锈钢, 颜色: [蓝色, 黑色]}
  price: 1064.5
  currency: USD
  stock: 23
  tags: [kettle]
  url: https://juniperandtide.example/p/harbor
- {sku: 2, name: Plain bowl, attributes: {material: {en: oak, zh: 橡木}}, price: $5, stock: 0}
- {sku: 3, name: {en: "", zh: ""}}
- {sku: 4, name: Bad bowl, price: cheap, stock: -1}
"""


def test_product_becomes_one_entry_in_each_language(tmp_path: Path) -> None:
    knowledge = read_file(tmp_path, "products.yaml", PRODUCT)
    english, chinese, plain = knowledge.entries
    assert (english.id, english.kind, english.title) == (
        "product/JT-KET-01",
        "product",
        "Harbor kettle",
    )
    assert english.answer.split("\n") == [
        "Pours in a thin stream.",
        "Material: steel",
        "Colours: blue, black",
        "Price: $1,064.50",
        "In stock (23)",
    ]
    assert "How much does the Harbor kettle cost?" in english.variants
    assert 3 <= len(english.variants) <= 5
    assert (chinese.id, chinese.lang, chinese.question) == (english.id, "zh", "海港手冲壶")
    assert chinese.answer.split("\n")[1:4] == [
        "材质：不锈钢",
        "颜色：蓝色、黑色",
        "价格：1,064.50 美元",
    ]
    assert "海港手冲壶多少钱？" in chinese.variants
    assert plain.answer == "Material: oak\nPrice: $5.00\nSold out right now"
    assert [(problem.line, problem.params["field"]) for problem in knowledge.problems] == [
        (15, "name"),
        (16, "price"),
        (16, "stock"),
    ]


def test_products_are_read_from_csv_and_jsonl_too(tmp_path: Path) -> None:
    text = 'sku,name,price,stock\nA1,"{""en"": ""Vase"", ""zh"": ""花瓶""}",$30,\n'
    (tmp_path / "p.csv").write_text(text)
    knowledge = read_file(
        tmp_path, "p.jsonl", '{"sku": "B", "name": "茶盘", "price": "¥12", "stock": null}'
    )
    assert [(entry.id, entry.lang, entry.title) for entry in knowledge.entries] == [
        ("product/A1", "en", "Vase"),
        ("product/A1", "zh", "花瓶"),
        ("product/B", "zh", "茶盘"),
    ]
    assert knowledge.problems == ()


@pytest.mark.parametrize(
    "cell",
    [
        "Top: spruce | Keys: 61, not weighted | Weight: 1.4 kg",
        "Top: spruce; Keys: 61, not weighted; Weight: 1.4 kg",
        "Top：spruce；Keys：61, not weighted；Weight：1.4 kg",
        "Top = spruce\nKeys = 61, not weighted\nWeight = 1.4 kg",
    ],
)
def test_attributes_in_one_cell(tmp_path: Path, cell: str) -> None:
    sheet = f'sku,name,attributes,price\n1,Lark guitar,"{cell}",EUR 149\n'
    (entry,) = read_file(tmp_path, "products.csv", sheet).entries
    assert entry.facts is not None
    told = (("Top", "spruce"), ("Keys", "61, not weighted"), ("Weight", "1.4 kg"))
    assert entry.facts.attributes == told


@pytest.mark.parametrize(
    "cell", ["made of oak, by hand", "One thing: it has two sides. Weight: little"]
)
def test_a_text_about_a_product_stays_one(tmp_path: Path, cell: str) -> None:
    sheet = f'sku,name,attributes,price\n1,Oak bowl,"{cell}",EUR 149\n'
    (entry,) = read_file(tmp_path, "products.csv", sheet).entries
    assert entry.facts is not None
    assert entry.facts.attributes == ()
    assert cell in entry.answer
