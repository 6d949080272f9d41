"""`bot replay`: a file of messages through the whole flow."""

from pathlib import Path

import pytest

from bot.app import App
from bot.cli.replay import Line, read, told
from bot.errors import InputError


def file(folder: Path, text: str) -> Path:
    path = folder / "lines.jsonl"
    path.write_text(text, encoding="utf-8")
    return path


def test_lines_are_read(tmp_path: Path) -> None:
    path = file(
        tmp_path, '{"chat": "a", "text": "hi"}\n\n{"chat": 7, "text": "x", "choice": "y"}\n'
    )
    assert read(path) == [Line("a", "hi"), Line(7, "x", "y")]


@pytest.mark.parametrize(
    "row",
    [
        "{",
        "[]",
        '{"chat": "a"}',
        '{"text": "hi"}',
        '{"chat": "a", "text": ["hi"]}',
        '{"chat": "a", "text": " "}',
        r'{"chat": "a", "text": "\ud83d"}',
        '{"chat": true, "text": "hi"}',
        '{"chat": "a", "text": "hi", "choice": 1}',
    ],
)
def test_a_line_that_is_none_is_named(tmp_path: Path, row: str) -> None:
    path = file(tmp_path, f'{{"chat": "a", "text": "hi"}}\n{row}\n')
    with pytest.raises(InputError) as raised:
        read(path)
    assert raised.value.params["line"] == 2


def test_an_empty_file_and_none_at_all_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no messages"):
        read(file(tmp_path, "\n"))
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "missing.jsonl")


async def test_chats_are_conversations_of_their_own(demo_app: App) -> None:
    lines = [
        Line("replay-1", "how much is the harbor kettle"),
        Line("replay-2", "how much is the tideline mug"),
        Line("replay-1", "what colours"),
        Line("replay-2", "what colours"),
    ]
    found = [result async for _, result in told(demo_app, lines)]
    assert [each["products"] for each in found] == [
        *(["JT-KET-01"], ["JT-MUG-01"], ["JT-KET-01"], ["JT-MUG-01"]),
    ]
    assert {each["action"] for each in found} == {"reply"}
    assert found[0]["acts"] == ["AskProduct"]
