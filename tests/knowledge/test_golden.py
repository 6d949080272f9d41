"""The shop's golden questions: kept in one file, each once, and never half written."""

from pathlib import Path

import pytest

from bot.errors import InputError
from bot.knowledge import golden


def test_a_question_is_kept_once_and_can_be_forgotten(tmp_path: Path) -> None:
    assert golden.read(tmp_path) == []
    golden.keep(tmp_path, "  Do you ship\nto Norway? ", "norway")
    golden.keep(tmp_path, "能寄到挪威吗？", ["norway", "zh"])
    golden.keep(tmp_path, "Do you ship to Norway?", None)
    asked = golden.read(tmp_path)
    assert [(each.question, each.expect) for each in asked] == [
        ("能寄到挪威吗？", ["norway", "zh"]),
        ("Do you ship to Norway?", None),
    ]
    golden.remove(tmp_path, "能寄到挪威吗？")
    golden.remove(tmp_path, "never asked")
    assert [each.question for each in golden.read(tmp_path)] == ["Do you ship to Norway?"]


@pytest.mark.parametrize("question", ["", " \n", "a" * 501])
def test_what_is_no_question_is_refused(tmp_path: Path, question: str) -> None:
    with pytest.raises(InputError) as refused:
        golden.keep(tmp_path, question, "id")
    assert refused.value.key == "golden.length"
    assert golden.read(tmp_path) == []


def test_a_file_that_somebody_broke_is_named_and_kept(tmp_path: Path) -> None:
    path = tmp_path / golden.FILE
    path.write_text('{"question": "Shipping?", "expect": "a"}\n{"question": 7}\n', encoding="utf-8")
    with pytest.raises(InputError) as refused:
        golden.keep(tmp_path, "New?", "id")
    assert refused.value.params["line"] == 2
    assert "7" in path.read_text(encoding="utf-8")


def test_a_folder_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        golden.keep(tmp_path / "gone", "New?", "id")
    assert refused.value.key == "golden.no_folder"
