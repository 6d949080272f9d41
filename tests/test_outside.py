"""`bot doctor` asks the servers of the settings, and says what to do about their answers."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import outside
from bot.errors import ModelError
from bot.findings import Finding
from bot.settings import Settings
from tests import shopify
from tests.model_server import fails, model_server, sends
from tests.smtp import mail_server


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
