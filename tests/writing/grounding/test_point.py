"""Which statement of a passage answers the question that it was found for."""

import pytest

from bot.writing.grounding import Passage
from bot.writing.grounding.point import point

RETURNS = Passage(
    "return-window",
    "You have 30 days from delivery, if it is unused. Sale items have 14 days and can be exchanged "
    'only. Items marked "Final sale" can\'t be returned.',
    "How long do I have to return something?",
)
RETURNS_ZH = Passage(
    "return-window",
    "收到货起 30 天内可以退，商品需未使用。打折商品是 14 天，只能换货。"
    "标有「Final sale」的商品不能退。",
    "多少天内可以退货？",
)
DAMAGED = Passage(
    "damaged",
    "We're sorry! Send us a photo within 7 days. You get a new one or your money back.",
    "My item arrived damaged.",
)
DAMAGED_ZH = Passage(
    "damaged", "非常抱歉！请在 7 天内发照片给我们。我们会补发或退款。", "收到的商品破损了怎么办？"
)


@pytest.mark.parametrize(
    ("passage", "question", "beginnings"),
    [
        (RETURNS, "How long do I have to return something?", ["You have 30 days"]),
        (RETURNS, "How long for sale items?", ["Sale items have", "Items marked"]),
        (RETURNS, "And what about things marked final sale?", ["Items marked"]),
        (RETURNS_ZH, "多少天内能退？", ["收到货起 30 天"]),
        (RETURNS_ZH, "打折的多少天内可以退货？", ["打折商品"]),
        (DAMAGED, "My mug arrived damaged", ["Send us"]),
        (DAMAGED, "It arrived damaged, do I get my money?", ["You get"]),
        (DAMAGED_ZH, "收到的杯子破损了怎么办？", ["请在 7 天"]),
        (DAMAGED_ZH, "破损了能退款吗？", ["我们会补发"]),
        (Passage("empty", ""), "Anything?", []),
    ],
)
def test_it_is_what_the_question_names_beyond_the_title_or_else_what_comes_first(
    passage: Passage, question: str, beginnings: list[str]
) -> None:
    found = point(passage, question)
    assert len(found) == len(beginnings)
    assert all(any(each.startswith(start) for each in found) for start in beginnings), found
