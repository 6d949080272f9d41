"""What is asked in words that no catalogue has is answered by the label that they mean."""

from collections.abc import Sequence

import pytest

from bot.catalogue import reading
from bot.catalogue.acts import AskProduct
from bot.catalogue.focus import Focus
from bot.catalogue.related import related
from tests.support import plants
from tests.support.bikes import answer, asked, bikes


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("can I wash them", "GL-1", "Wren cycling gloves: Washable: 30 °C."),
        ("能洗吗", "GL-1", "鹪鹩骑行手套：Washable：30 °C。"),
        ("压力多大", "PM-1", "落地打气筒：Max pressure：11 bar。"),
        ("安全吗", "LK-1", "橡树U型锁：Security level：12。"),
        ("how deep is it", "PM-1", "Track pump: Depth of base: 25 cm."),
        ("how long is the hose", "PM-1", "Track pump: Hose length: 120 cm."),
        ("管子多长", "PM-1", "落地打气筒：Hose length：120 cm。"),
    ],
)
def test_the_label_that_is_meant_is_told(text: str, told: str, said: str) -> None:
    assert answer(text, told) == said


def test_the_encoder_tells_which_label_a_word_is_like() -> None:
    def alike(text: str, others: tuple[str, ...]) -> Sequence[float]:
        return [0.7 if (text, each) == ("shaky", "suspension") else 0.2 for each in others]

    read = reading.read("how shaky is it", bikes())
    meant = related(read, bikes(), Focus(("BK-M",)), alike)
    assert meant is not None
    assert meant.measures == ("suspension",)


@pytest.mark.parametrize("text", ["can I return it", "怎么退货", "where is my order"])
def test_a_matter_with_the_shop_asks_for_no_label(text: str) -> None:
    assert related(reading.read(text, bikes()), bikes(), Focus(("GL-1",)), None) is None


@pytest.mark.parametrize(
    ("text", "told", "said"),
    [
        ("手套有8码吗", "", "鹪鹩骑行手套：8：暂时售罄。"),
        ("9码呢", "GL-1", "鹪鹩骑行手套：9：有货（6 件）。"),
        ("7号有吗", "GL-1", "鹪鹩骑行手套：7：有货（4 件）。"),
    ],
)
def test_a_chinese_size_is_an_option_and_no_length(text: str, told: str, said: str) -> None:
    assert answer(text, *filter(None, [told])) == said


def test_what_is_named_by_a_label_is_not_sure() -> None:
    act = asked("能洗吗", "GL-1")
    assert isinstance(act, AskProduct)
    assert not act.sure


def test_a_label_of_the_same_stem_is_asked_of_each() -> None:
    assert "Washable: no" in plants.answer("can I wash them", "PL-7")
    assert plants.answer("how many are in a pair", "PL-7") == "Gardening gloves: Pieces: 2."
