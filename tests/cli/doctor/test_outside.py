"""`bot doctor` asks the servers of the settings, and says what to do about their answers."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.cli.doctor import outside
from bot.cli.doctor.findings import Finding
from bot.errors import ModelError
from bot.settings import Settings
from bot.types import now
from tests.support import shopify
from tests.support.model_server import fails, model_server, sends
from tests.support.smtp import mail_server
from tests.support.telegram import TOKEN, FakeTelegram
from tests.support.telegram.somebody import said, somebody
from tests.support.telegram.world import Webhook


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None)


def asked(settings: Settings, **changed: object) -> list[str]:
    """How the models are found: keys of texts, or kinds of errors."""
    found = outside.model(settings.model_copy(update=changed))
    return [
        each.detail.kind if isinstance(each.detail, ModelError) else str(each.detail)
        for each in found
    ]


async def test_a_models_server_is_asked_for_its_models(settings: Settings) -> None:
    listed = sends(
        '{"object": "list", "data": [{"id": "small", "object": "model"}]}', "application/json"
    )
    async with model_server(listed) as server:
        changed = {"openai_base_url": server.url, "bot_llm": "openai:small"}
        assert await asyncio.to_thread(asked, settings, **changed) == ["model_ok"]
        changed["bot_llm"] = "openai:large"
        assert await asyncio.to_thread(asked, settings, **changed) == ["model_unlisted"]
        server.otherwise = fails(401)
        assert await asyncio.to_thread(asked, settings, **changed) == ["refused_key"]


def test_a_server_that_is_not_there_is_an_error(settings: Settings, unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}/v1"
    assert asked(settings, openai_base_url=url, bot_llm="openai:small") == ["unreachable"]


def test_a_local_model_is_there_or_yet_to_come(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "config.json").touch()
    there, hub = f"local:{tmp_path}", "local:nobody/such-model"
    assert asked(settings, bot_llm=there, bot_llm_fallback=hub) == ["model_ok", "model_to_fetch"]
    assert asked(settings, bot_llm="local:/no/such/model") == ["no_such_path"]


def test_packages_that_a_local_model_needs_are_missed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.gguf").touch()
    assert asked(settings, bot_llm=f"local:{tmp_path}") == ["model_ok"]
    monkeypatch.setitem(sys.modules, "accelerate", None)  # as if it were not installed
    assert asked(settings, bot_llm=f"local:{tmp_path}") == ["no_extra"]


def test_a_live_source_of_orders_is_asked(settings: Settings) -> None:
    with shopify.running() as api:
        right = {"bot_orders_source": "shopify", "bot_orders_url": api.url}
        for token, severity in ((shopify.TOKEN, "ok"), ("wrong", "error")):
            changed = {**right, "bot_orders_token": SecretStr(token)}
            [found] = outside.orders(settings.model_copy(update=changed))
            assert found.severity == severity
            assert token not in found.message("en")
        [found] = outside.orders(settings.model_copy(update=right))
        assert "BOT_ORDERS_TOKEN" in found.message("en")
    assert list(outside.orders(settings)) == []


def mailed(settings: Settings, url: str, sender: str = "Shop <codes@shop.example>") -> Finding:
    changed = {"bot_smtp_url": SecretStr(url), "bot_mail_from": sender}
    [found] = outside.letters(settings.model_copy(update=changed))
    for language in ("en", "zh"):
        assert "{" not in found.message(language)
        assert "tops3cret" not in found.message(language)
    return found


def test_the_mail_server_is_tried_without_sending_anything(settings: Settings) -> None:
    with mail_server(password="tops3cret") as server:
        found = mailed(settings, server.url.replace("://", "://shop:tops3cret@"))
        assert (found.severity, found.detail) == ("ok", "mail_ok")
        assert {"AUTH", "MAIL", "RSET", "QUIT"} <= set(server.verbs)
        assert not {"RCPT", "DATA"} & set(server.verbs)
        assert server.letters == []


def test_a_mail_server_that_would_not_send_is_an_error_with_what_to_do(
    settings: Settings, unused_tcp_port: int
) -> None:
    with mail_server(password="tops3cret") as server, mail_server(refuse="MAIL") as strict:
        for url, word in {
            server.url.replace("://", "://shop:wrong-one@"): "password in BOT_SMTP_URL",
            server.url.replace("smtp", "smtps"): "smtps:// for port 465",
            strict.url: "BOT_MAIL_FROM",
            strict.url.replace("://", "://shop:any@"): "Leave user and password out",
            f"smtp://127.0.0.1:{unused_tcp_port}": "firewall",
            "mail.example": "file:FOLDER",
        }.items():
            found = mailed(settings, url)
            assert found.severity == "error"
            assert word in found.message("en")
        assert "BOT_MAIL_FROM" in mailed(settings, server.url, sender="").message("zh")


def test_letters_in_a_folder_are_for_developing(settings: Settings, tmp_path: Path) -> None:
    found = mailed(settings, f"file:{tmp_path / 'mail'}")
    assert (found.severity, found.detail) == ("warning", "mail_folder")
    assert not (tmp_path / "mail").exists()
    (tmp_path / "taken").touch()
    assert mailed(settings, f"file:{tmp_path / 'taken'}").severity == "error"
    [none] = outside.letters(settings)
    assert (none.severity, none.detail) == ("ok", "mail_none")


@pytest.fixture
def server() -> Iterator[FakeTelegram]:
    running = FakeTelegram().start_thread()
    yield running
    running.stop_thread()


def telegram(settings: Settings, server: FakeTelegram, **changed: object) -> dict[str, Finding]:
    known: dict[str, object] = {
        "telegram_bot_token": SecretStr(server.token),
        "telegram_api_base_url": server.settings["TELEGRAM_API_BASE_URL"],
    }
    found = {
        each.key: each for each in outside.telegram(settings.model_copy(update=known | changed))
    }
    for finding in found.values():
        for language in ("en", "zh"):
            assert finding.title(language)
            assert "{" not in finding.message(language)
            assert server.token not in finding.message(language)
    return found


def test_telegram_is_asked_and_nothing_is_changed_there(
    settings: Settings, server: FakeTelegram
) -> None:
    found = telegram(settings, server)
    assert {key: each.severity for key, each in found.items()} == {"telegram": "ok"}
    assert "@juniper_tide_bot" in found["telegram"].message("en")
    assert {call.method for call in server.calls} == {"getMe", "getWebhookInfo"}
    [none] = outside.telegram(settings)
    assert (none.severity, none.detail) == ("ok", "telegram_none")


def test_wrong_token_and_whoever_answers_in_telegrams_place_are_told_apart(
    settings: Settings, server: FakeTelegram, unused_tcp_port: int
) -> None:
    wrong = telegram(settings, server, telegram_bot_token=SecretStr("123456:somebody-else"))
    assert "@BotFather" in wrong["telegram"].message("en")
    nobody = f"http://127.0.0.1:{unused_tcp_port}"
    away = telegram(settings, server, telegram_api_base_url=nobody)
    assert "cannot be reached" in away["telegram"].message("en")
    for status in (200, 401, 403, 404):
        server.fail_next("getMe", status, body="<html>Blocked</html>")
        found = telegram(settings, server)
        assert "TELEGRAM_API_BASE_URL" in found["telegram"].message("en")
        assert "@BotFather" not in found["telegram"].message("en")
    assert {each["telegram"].severity for each in (wrong, away, found)} == {"error"}


async def test_webhook_of_another_installation_or_one_that_fails_is_a_warning(
    settings: Settings, server: FakeTelegram
) -> None:
    server.world.webhook = Webhook("https://elsewhere.example/telegram/webhook", None, 40)
    found = await asyncio.to_thread(telegram, settings, server)
    assert found["telegram_webhook"].severity == "warning"
    assert "elsewhere.example" in found["telegram_webhook"].message("en")
    ours = {"bot_public_url": "https://shop.example/"}
    server.world.webhook = Webhook("https://shop.example/telegram/webhook", None, 40)
    assert "telegram_webhook" not in await asyncio.to_thread(telegram, settings, server, **ours)
    server.world.webhook.last_error_at = server.clock()
    server.world.webhook.last_error = "Wrong response from the webhook: 502 Bad Gateway"
    found = await asyncio.to_thread(telegram, settings, server, **ours)
    assert "502 Bad Gateway" in found["telegram_webhook"].message("en")


async def test_updates_that_pile_up_are_a_warning(settings: Settings, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    for number in range(101):
        await mia.writes(f"question {number}")
    found = await asyncio.to_thread(telegram, settings, server)
    assert found["telegram"].severity == "warning"
    assert "101" in found["telegram"].message("en")


async def test_a_clock_that_is_not_telegrams_is_a_warning(settings: Settings) -> None:
    me = {"id": 1, "is_bot": True, "first_name": "Juniper", "username": "juniper_bot"}
    info = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
    date = format_datetime(now() - timedelta(minutes=5), usegmt=True)
    async with somebody(said(200, {"ok": True, "result": me | info}, f"Date: {date}")) as url:
        known = {"telegram_bot_token": SecretStr(TOKEN), "telegram_api_base_url": url}
        asked = settings.model_copy(update=known)
        _, clock = await asyncio.to_thread(lambda: list(outside.telegram(asked)))
    assert (clock.key, clock.severity) == ("telegram_clock", "warning")
