"""Facts in both languages: how they are written does not matter, what they say does."""

import pytest

from bot.writing.grounding.facts import facts

SAME = [
    ("30 days", "thirty days"),
    ("30 days", "30-day window"),
    ("30 days", "三十天"),
    ("30 天", "三十天"),
    ("two weeks", "两周"),
    ("5–7 business days", "5 to 7 business days"),
    ("5–7 business days", "五到七个工作日"),
    ("5-7 business days", "between 5 and 7 business days"),
    ("within a week", "within 1 week"),
    ("half an hour", "半小时"),
    ("an hour and more", "1 小时"),
    ("1.5 months", "一个半月"),
    ("$39", "39 US dollars"),
    ("$39.00", "39 dollars"),
    ("$1,250", "1250 美元"),
    ("two hundred and fifty dollars", "$250"),
    ("¥199", "199 元"),
    ("€20", "20 欧元"),
    ("twenty-five pounds", "£25"),
    ("50 cents", "$0.50"),
    ("10%", "ten percent"),
    ("10%", "百分之十"),
    ("10% off", "打九折"),
    ("15% off", "八五折"),
    ("24 December", "December 24th"),
    ("December 24, 2026", "2026-12-24"),
    ("24 December 2026", "2026年12月24日"),
    ("on Mondays", "每周一"),
    ("9 am", "上午9点"),
    ("6:30 pm", "18:30"),
    ("350 ml", "350 毫升"),
    ("1.5 litres", "1.5 升"),
    ("100 °C", "100℃"),
    ("free of charge", "免费"),
    ("free shipping", "包邮"),
    ("at no extra cost", "不收取任何费用"),
    ("3 photos", "三张照片"),
    ("a dozen glasses", "12 glasses"),
    ("30,000 points", "3万积分"),
    ("next day", "次日"),
]
DIFFERENT = [
    ("30 days", "60 days"),
    ("30 days", "30 weeks"),
    ("30 days", "30 business days"),
    ("30 days", "13 days"),
    ("三十天", "60天"),
    ("两周", "两个月"),
    ("5–7 days", "7 days"),
    ("$39", "€39"),
    ("$39", "$93"),
    ("39 美元", "39 元"),
    ("10%", "$10"),
    ("九折", "八折"),
    ("10%", "1%"),
    ("24 December", "25 December"),
    ("12月24日", "12月25日"),
    ("24 December 2026", "24 December 2027"),
    ("Monday", "Tuesday"),
    ("周一", "周日"),
    ("9 am", "9 pm"),
    ("上午9点", "下午9点"),
    ("350 ml", "350 l"),
    ("1.5 升", "15 升"),
    ("two photos", "three photos"),
    ("today", "tomorrow"),
]
NONE = [
    "one of them",
    "the new one",
    "feel free to ask",
    "lead-free glass",
    "一起",
    "万一",
    "十分感谢",
    "统一发货",
    "日本",
    "You may return it",
]


def keys(text: str) -> list[tuple[object, ...]]:
    return [fact.key for fact in facts(text)]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_fact_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert keys(one)
    assert keys(one) == keys(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_number_unit_or_day_is_another_fact(one: str, other: str) -> None:
    assert keys(one)
    assert keys(other)
    assert set(keys(one)).isdisjoint(keys(other))


@pytest.mark.parametrize("text", NONE)
def test_words_that_only_look_like_numbers_are_none(text: str) -> None:
    assert keys(text) == []


BOUNDS = [  # written, source, may it be said
    ("within 30 days", "30 days", True),
    ("30 days", "within 30 days", True),
    ("at least 30 days", "within 30 days", False),
    ("over $75", "under $75", False),
    ("满 75 美元", "75 美元以下", False),
    ("20% off", "up to 20% off", False),
    ("up to 20% off", "20% off", False),
    ("3 days", "about 3 days", False),
    ("3天", "3天左右", False),
    ("about 3 days", "about 3 days", True),
    ("三天内", "3 天以内", True),
    ("超过三天", "3 天以内", False),
]


@pytest.mark.parametrize(("written", "source", "agrees"), BOUNDS)
def test_a_limit_may_not_be_turned_round_or_dropped(
    written: str, source: str, agrees: bool
) -> None:
    assert facts(written)[0].agrees(facts(source)[0]) is agrees
