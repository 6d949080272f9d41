"""Dialogue files: what is read, and what is said about lines that are none."""

import json
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.writing.training.dialogues import Said, read
from tests.support.paths import DATA

OWN = DATA / "dialogues.jsonl"


def write(folder: Path, *lines: object) -> Path:
    path = folder / "dialogues.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


def test_both_shapes_are_read_and_other_fields_left_alone(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"question": " Where is it? ", "answer": "In Rotterdam.", "intent": "track"},
        "",
        {"turns": [{"role": "User", "text": "Hi"}, {"author": "agent", "text": "Hello!"}]},
    )
    first, second = read(path)
    assert first.said == (Said("shopper", "Where is it?"), Said("agent", "In Rotterdam."))
    assert second.said == (Said("shopper", "Hi"), Said("agent", "Hello!"))


def test_messages_in_a_row_are_one_turn_and_loose_ends_go(tmp_path: Path) -> None:
    said = ["agent:Good day", "shopper:Hello", "shopper:my order?", "agent:Sent.", "shopper:ok"]
    turns = [dict(zip(("role", "text"), one.split(":"), strict=True)) for one in said]
    (dialogue,) = read(write(tmp_path, {"turns": turns}))
    assert dialogue.said == (Said("shopper", "Hello\nmy order?"), Said("agent", "Sent."))


def test_the_same_dialogue_counts_once(tmp_path: Path) -> None:
    row = {"question": "Where is it?", "answer": "In Rotterdam."}
    assert len(read(write(tmp_path, row, row))) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ({"question": "Where is it?"}, 'needs "question" and "answer"'),
        ({"question": "Where is it?", "answer": " "}, "not empty"),
        ({"question": 5, "answer": "In Rotterdam."}, "not empty"),
        ({"turns": "Hello"}, '"turns" needs a list'),
        ({"turns": [{"role": "user"}]}, '"turns" needs a list'),
        ({"turns": [{"role": "system", "text": "Be brief."}]}, "role must be"),
        ({"turns": [{"role": "user", "text": "Hello"}]}, "holds no answer"),
    ],
)
def test_a_bad_line_is_named_with_its_reason(tmp_path: Path, line: object, reason: str) -> None:
    path = write(tmp_path, {"question": "Where is it?", "answer": "In Rotterdam."}, line)
    with pytest.raises(InputError) as caught:
        read(path)
    assert "line 2: " in caught.value.message("en")
    assert reason in caught.value.message("en")
    assert "第 2 行" in caught.value.message("zh")


def test_all_bad_lines_are_told_up_to_twenty(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(write(tmp_path, *["{"] * 23))
    lines = caught.value.message("en").splitlines()
    assert "23 lines" in lines[0]
    assert len(lines) == 22
    assert lines[-1] == "… and 3 more."


def test_a_file_without_dialogues_or_of_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no dialogues"):
        read(write(tmp_path, "", "  "))
    path = tmp_path / "latin.jsonl"
    path.write_bytes('{"question": "größe?", "answer": "M"}'.encode("latin-1"))
    with pytest.raises(InputError, match="UTF-8"):
        read(path)
    with pytest.raises(InputError, match="missing"):
        read(tmp_path / "missing.jsonl")


def test_our_own_dialogues_are_read() -> None:
    dialogues = read(OWN)
    assert len(dialogues) == len(OWN.read_text(encoding="utf-8").splitlines())
