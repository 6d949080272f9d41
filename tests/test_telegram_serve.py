"""`bot serve` with a Telegram token: the real client and answers, the stand-in as Telegram."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Served
from tests.telegram import FakeTelegram


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    server = FakeTelegram()
    server.start_thread()
    yield server
    server.stop_thread()


@pytest.fixture
def shop(telegram: FakeTelegram, tmp_path: Path, demo_index_dir: Path) -> Iterator[Served]:
    served = Served(
        tmp_path,
        demo_index_dir,
        TELEGRAM_BOT_TOKEN=telegram.token,
        TELEGRAM_API_BASE_URL=telegram.base_url.removesuffix("/bot"),
    )
    served.start()
    yield served
    served.stop()


async def test_shoppers_on_telegram_are_answered_from_the_knowledge_in_both_languages(
    telegram: FakeTelegram, shop: Served
) -> None:
    ann = telegram.private_chat(7, "Ann", "en")
    li = telegram.private_chat(8, "李雷", "zh-hans")
    await ann.writes("How long is the warranty?")
    await li.writes("怎么退货")
    answer = await ann.sees("2 years", 30)
    assert "Source" in answer.text
    await li.sees("申请退货", 30)
    await li.writes("转人工")
    await li.sees("同事", 30)
    assert telegram.violations == []


async def test_start_greets_with_topics_and_a_topic_is_answered(
    telegram: FakeTelegram, shop: Served
) -> None:
    li = telegram.private_chat(8, "李雷", "zh-hans")
    await li.starts()
    greeting = await li.sees("您好", 30)
    assert len(greeting.buttons) == 5  # four topics and a person
    await li.presses(greeting.buttons[0])
    await li.sees("来源", 30)


async def test_what_was_written_while_the_bot_was_killed_is_answered_once(
    telegram: FakeTelegram, shop: Served
) -> None:
    ann = telegram.private_chat(7, "Ann", "en")
    await ann.writes("How long is the warranty?")
    await ann.sees("2 years", 30)
    shop.kill()
    await ann.writes("Do you take PayPal?")
    shop.start()
    await ann.sees("PayPal", 30)
    await ann.sees_nothing(1)
