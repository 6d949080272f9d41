"""What people read before they start the bot."""

import pytest

from bot.channels.telegram.about import describe
from bot.channels.telegram.client import Client
from tests.support.telegram import FakeTelegram

KEYS = ("MyDescription", "MyShortDescription")


def _said(server: FakeTelegram) -> list[str]:
    keys = [(name, "[]", code) for name in KEYS for code in ("", "zh")]
    return [server.world.settings.get(key, "") for key in keys]


def _set(server: FakeTelegram) -> int:
    return sum(call.method.startswith("setMy") for call in server.calls)


async def test_bot_is_described_in_both_languages_with_the_shops_name(
    server: FakeTelegram,
) -> None:
    async with Client(server.token, server.base_url) as client:
        await describe(client, "Lamps & Co")
        english, chinese, short, kurz = _said(server)
        assert all("Lamps & Co" in text for text in (english, chinese, short, kurz))
        assert "助手" in chinese
        assert "助手" in kurz
        assert _set(server) == 4
        await describe(client, "Lamps & Co")
        assert _set(server) == 4, "Telegram allows few of these calls"
        await describe(client, "More Lamps")
        assert all("More Lamps" in text for text in _said(server))


async def test_what_somebody_wrote_themselves_stays(server: FakeTelegram) -> None:
    server.world.settings["MyDescription", "[]", ""] = "We are Lamps & Co. Talk to us!"
    async with Client(server.token, server.base_url) as client:
        await describe(client, "Lamps & Co")
    assert _said(server)[0] == "We are Lamps & Co. Talk to us!"
    assert _set(server) == 3


@pytest.mark.parametrize("shop", ["", "L" * 1000, "店" * 300])
async def test_name_of_any_length_fits(server: FakeTelegram, shop: str) -> None:
    async with Client(server.token, server.base_url) as client:
        await describe(client, shop)
    assert all(_said(server))


async def test_refusal_is_no_trouble(server: FakeTelegram) -> None:
    server.fail_next("setMyDescription", 429, retry_after=600)
    async with Client(server.token, server.base_url) as client:
        await describe(client, "Lamps & Co")
