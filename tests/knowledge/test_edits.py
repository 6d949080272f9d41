"""What was edited at the desk goes before its file, whatever becomes of that file."""

from datetime import date
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.knowledge import edits, folder
from bot.knowledge.documents import EDITED, read_knowledge
from bot.knowledge.edits import Edit
from bot.knowledge.entry import Entry, Replaced

DAY = date(2026, 11, 28)
HEAD = "id,question,variants,answer\n"
WAS = Replaced("faq.csv", "Norway?", (), "Yes.")


def shop(folder_: Path, rows: str, *put: Edit) -> tuple[dict[str, Entry], list[str]]:
    """The entries of a shop whose `faq.csv` has these rows, and the problems."""
    (folder_ / "faq.csv").write_text(HEAD + rows, encoding="utf-8")
    if put:
        data, seen = edits.changed(folder_, put)
        folder.put(folder_, EDITED, data, by="Ada", seen=seen)
    found = read_knowledge(folder_, DAY)
    return {each.id: each for each in found.entries}, [each.key for each in found.problems]


def test_an_edit_stands_in_for_its_entry_in_its_file(tmp_path: Path) -> None:
    edit = Edit("norway", "en", "Do you ship to Norway?", "In 5 days.", ("oslo",), edit_of=WAS)
    entries, problems = shop(tmp_path, "norway,Norway?,,Yes.\nswede,Sweden?,,No.\n", edit)
    norway = entries["norway"]
    assert (norway.question, norway.answer, norway.source) == (
        "Do you ship to Norway?",
        "In 5 days.",
        "faq.csv",
    )
    assert (entries["swede"].answer, problems) == ("No.", [])


def test_an_edit_survives_a_new_version_of_its_file(tmp_path: Path) -> None:
    edit = Edit("norway", "en", "Norway?", "In 5 days.", edit_of=WAS)
    entries, problems = shop(tmp_path, "norway,Norway?,,Not any more.\n", edit)
    assert (entries["norway"].answer, problems) == ("In 5 days.", ["knowledge.edited_meanwhile"])
    # The file now says what was edited: nothing is at odds.
    entries, problems = shop(tmp_path, "norway,Norway?,,In 5 days.\n")
    assert (entries["norway"].answer, problems) == ("In 5 days.", [])
    # And now it has lost the entry.
    entries, problems = shop(tmp_path, "swede,Sweden?,,No.\n")
    assert (entries["norway"].answer, entries["norway"].source) == ("In 5 days.", EDITED)
    assert problems == ["knowledge.edited_gone"]


def test_an_edit_of_one_language_leaves_the_other(tmp_path: Path) -> None:
    (tmp_path / "faq.yaml").write_text(
        "- id: norway\n  question: {en: Norway?, zh: 挪威？}\n  answer: {en: 'Yes.', zh: 可以。}\n",
        encoding="utf-8",
    )
    data, seen = edits.changed(tmp_path, [Edit("norway", "zh", "挪威？", "五天。")])
    folder.put(tmp_path, EDITED, data, by="Ada", seen=seen)
    found = read_knowledge(tmp_path, DAY)
    answers = {each.lang: each.answer for each in found.entries}
    assert answers == {"en": "Yes.", "zh": "五天。"}


def test_rows_without_ids_keep_their_translation(tmp_path: Path) -> None:
    for lang, row in (("en", "Norway?,Yes."), ("zh", "挪威？,可以。")):
        (tmp_path / f"faq.{lang}.csv").write_text(f"question,answer\n{row}\n", encoding="utf-8")
    edit = Edit("faq#norway", "en", "Do you ship to Norway?", "In 5 days.")
    data, seen = edits.changed(tmp_path, [edit])
    folder.put(tmp_path, EDITED, data, by="Ada", seen=seen)
    entries = read_knowledge(tmp_path, DAY).entries
    assert [each.id for each in entries] == ["faq#norway"] * 2
    assert [each.answer for each in entries] == ["In 5 days.", "可以。"]


def test_an_edit_that_has_expired_is_left_out(tmp_path: Path) -> None:
    edit = Edit("norway", "en", "Norway?", "Yes.", valid_until="2026-11-27", edit_of=WAS)
    entries, problems = shop(tmp_path, "norway,Norway?,,Yes.\na,A?,,B.\n", edit)
    assert (list(entries), problems) == (["a"], ["knowledge.expired"])


def test_a_product_is_not_edited_as_a_question(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text("sku,name\nK1,Kettle\n", encoding="utf-8")
    entries, problems = shop(tmp_path, "a,A?,,B.\n", Edit("product/K1", "en", "Kettle?", "Hot."))
    assert entries["product/K1"].kind == "product"
    assert problems == ["knowledge.duplicate"]


def test_edits_are_put_and_dropped(tmp_path: Path) -> None:
    one, two = Edit("a", "en", "A?", "A."), Edit("b", "zh", "乙？", "乙。", tags=("x",))
    shop(tmp_path, "z,Z?,,Z.\n", one, two)
    assert edits.read(tmp_path) == {one.key: one, two.key: two}
    data, _ = edits.changed(tmp_path, [], [one.key, ("gone", "en")])
    assert data is not None
    assert b'"a"' not in data
    assert edits.changed(tmp_path, [], [one.key, two.key])[0] is None


def test_a_line_that_is_no_edit_is_named(tmp_path: Path) -> None:
    (tmp_path / EDITED).write_text('\n{"id": 1}\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 2"):
        edits.read(tmp_path)
