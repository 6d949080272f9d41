"""Where a burst can be taken apart."""

import pytest

from bot.dialogue import parts


@pytest.mark.parametrize(
    ("texts", "ways"),
    [
        (["How do I return? What does it cost?"], [["How do I return?", "What does it cost?"]]),
        (["怎么退货？运费谁出？"], [["怎么退货？", "运费谁出？"]]),
        (["hi", "How do I return?", "What is it?"], [["How do I return?", "What is it?"]]),
        (["hello!", "how do I return this"], []),
        (
            ["do you sell cards and how do i use them"],
            [["do you sell cards", "how do i use them"]],
        ),
        (["羽绒枕能机洗吗？还有亚麻床单缩水吗"], [["羽绒枕能机洗吗？", "亚麻床单缩水吗"]]),
        (["salt and pepper"], []),
        (["a b? c d? e f? g h?"], []),
        (["one two?\nthree four?"], [["one two?", "three four?"]]),
    ],
)
def test_the_ways_to_take_a_burst_apart(texts: list[str], ways: list[list[str]]) -> None:
    assert list(parts.ways(texts)) == ways


@pytest.mark.parametrize(
    ("texts", "question"),
    [
        (["hi", "hello"], "hi hello"),
        (["hello!", "how do I return this"], "how do I return this"),
        (["I bought a lamp.", "Can I return it?"], "I bought a lamp. Can I return it?"),
    ],
)
def test_the_whole_is_without_courtesies(texts: list[str], question: str) -> None:
    assert parts.question(texts) == question


@pytest.mark.parametrize(
    ("part", "remark"),
    [
        ("I'm in Canada", True),
        ("so my foot is rather wide", True),
        ("我住在北京", True),
        ("who pays for that?", False),
        ("I wonder how long it takes?", False),
        ("return it", False),
        ("我什么时候能收到", False),
        ("邮费谁出", False),
    ],
)
def test_what_only_tells_of_the_shopper_is_a_remark(part: str, remark: bool) -> None:
    assert parts.is_remark(part) is remark
