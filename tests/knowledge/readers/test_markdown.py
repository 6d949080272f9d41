"""Markdown: paragraphs in one line."""

import pytest

from bot.knowledge.readers.markdown import cut


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("We refund the\ncheapest option\nonly.", "We refund the cheapest option only."),
        ("琴弦拆包后不能退，\n乐谱也不能退。", "琴弦拆包后不能退，乐谱也不能退。"),
        ("- one that\n  goes on\n- two", "- one that goes on\n- two"),
        ("A break  \nthat is meant", "A break  \nthat is meant"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("a | b\n--- | ---\n1 | 2", "a | b\n--- | ---\n1 | 2"),
        ("> said\n> so", "> said\n> so"),
        ("```\nx\n  y\n```", "```\nx\n  y\n```"),
    ],
)
def test_broken_line_goes_on_within_its_paragraph(written: str, read: str) -> None:
    sections = cut(f"# Title\n\n## First\n{written}\n\n## Next\nmore", 2)
    assert [each.body for each in sections[2:]] == [read, "more"]
    assert sections[3].line == written.count("\n") + 6
