"""Sentences come out as soon as they are complete, the same however the text is cut into pieces."""

import pytest

from bot.writing.sentences import Cutter, joined


def cut(text: str, size: int) -> list[tuple[str, tuple[int, ...]]]:
    cutter = Cutter()
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    found = [each for piece in pieces for each in cutter.feed(piece)] + cutter.close()
    return [(each.text, each.cited) for each in found]


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "You have 30 days. [1] It is free. [2]",
            [("You have 30 days.", (1,)), ("It is free.", (2,))],
        ),
        (
            "You have 30 days [1]. It is free [1, 2].",
            [("You have 30 days.", (1,)), ("It is free.", (1, 2))],
        ),
        ("It costs 3.50 dollars. OK?", [("It costs 3.50 dollars.", ()), ("OK?", ())]),
        ("Towels, e.g. Linen ones, too.", [("Towels, e.g. Linen ones, too.", ())]),
        (
            "See no. 5 for it. No. That is all.",
            [("See no. 5 for it.", ()), ("No.", ()), ("That is all.", ())],
        ),
        ("I count 5. You count 6.", [("I count 5.", ()), ("You count 6.", ())]),
        ("1. Pack it.\n2. Send it.", [("1. Pack it.", ()), ("2. Send it.", ())]),
        (
            "签收后30天内可退。[1]运费由您承担。【2】",
            [("签收后30天内可退。", (1,)), ("运费由您承担。", (2,))],
        ),
        ("可以退吗？可以！", [("可以退吗？", ()), ("可以！", ())]),
        ("No full stop", [("No full stop", ())]),
        ('<passage id="3">\nIt is free.\n</passage>', [("It is free.", ())]),
        ("  \n\n ", []),
        ("[1]", []),
    ],
)
def test_a_text_is_cut_where_its_sentences_end(
    text: str, expected: list[tuple[str, tuple[int, ...]]], size: int
) -> None:
    assert cut(text, size) == expected


def test_a_sentence_is_there_before_the_next_one_is() -> None:
    cutter = Cutter()
    assert cutter.feed("You have 30 days.") == []
    assert [each.text for each in cutter.feed(" I")] == ["You have 30 days."]


def test_what_is_put_together_again_keeps_its_lines() -> None:
    cutter = Cutter()
    text = "Two ways:\n- By post. [1]\n- In the shop. [2]\n\nBoth are free."
    whole = cutter.feed(text) + cutter.close()
    assert joined(whole) == "Two ways:\n- By post.\n- In the shop.\nBoth are free."
    assert joined([whole[0], whole[-1]]) == "Two ways:\nBoth are free."


def test_chinese_sentences_are_joined_without_spaces() -> None:
    cutter = Cutter()
    whole = cutter.feed("可以退。[1] 运费由您承担。") + cutter.close()
    assert joined(whole) == "可以退。 运费由您承担。"
