"""The settings, and that `.env.example` and the README tell the truth about them."""

import re
from pathlib import Path

import pytest

from bot import settings as module
from bot.errors import SettingsError
from bot.settings import Settings
from tests.support.paths import ROOT

EXAMPLE = ROOT / ".env.example"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither this machine's variables nor its .env have a say here."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def blocks() -> list[list[str]]:
    """The example's settings, each as its lines: English, Chinese, NAME=default."""
    return [block.splitlines() for block in EXAMPLE.read_text("utf-8").strip().split("\n\n")][1:]


def test_example_lists_every_setting_in_order_and_nothing_else() -> None:
    listed = [block[-1].split("=", 1)[0] for block in blocks()]
    assert listed == [name.upper() for name in Settings.model_fields]


@pytest.mark.parametrize("block", blocks(), ids=lambda block: block[-1].split("=")[0])
def test_example_explains_each_setting_in_both_languages(block: list[str]) -> None:
    english, chinese, line = block
    field = Settings.model_fields[line.split("=")[0].lower()]
    assert english == f"# {field.description}"
    assert chinese.startswith("# ")
    assert CHINESE.search(chinese)


def test_example_as_it_is_changes_nothing() -> None:
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_readmes_name_every_setting(readme: str) -> None:
    text = (ROOT / readme).read_text(encoding="utf-8")
    missing = [name for name in map(str.upper, Settings.model_fields) if f"`{name}`" not in text]
    assert missing == []


@pytest.mark.parametrize("value", ["changeme", "your-key-here", "<token>", "XXX", "secret"])
@pytest.mark.parametrize("name", ["BOT_SECRET_KEY", "OPENAI_API_KEY", "TELEGRAM_BOT_TOKEN"])
def test_placeholder_is_refused_by_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        module.settings()
    for language in ("en", "zh"):
        assert name in caught.value.message(language)
    assert caught.value.key == "settings.placeholder"
    assert value not in caught.value.message("en").replace(name, "")


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("BOT_SECRET_KEY", "k" * 31, "settings.short_secret"),
        ("BOT_LLM", "gpt", "settings.unknown_llm"),
        ("BOT_LLM", "openai:", "settings.unknown_llm"),
        ("BOT_PORT", "http", "settings.invalid"),
        ("BOT_PORT", "0", "settings.invalid"),
        ("BOT_MAX_WRONG_RATE", "5", "settings.invalid"),
        ("BOT_LOG_FORMAT", "xml", "settings.invalid"),
        ("BOT_LANGUAGE", "de", "settings.invalid"),
        ("BOT_TRUSTED_PROXIES", "*", "settings.unknown_proxies"),
        ("BOT_TRUSTED_PROXIES", "10.0.0.1, proxy", "settings.unknown_proxies"),
        ("BOT_ALLOWED_HOSTS", "https://chat.shop.example", "settings.unknown_hosts"),
        ("BOT_ALLOWED_HOSTS", "*", "settings.unknown_hosts"),
        ("BOT_HOURS", "9:00-18:00", "settings.hours_form"),
        ("BOT_HOURS", "mon-fri 9:00-18:00, son 9:00-12:00", "settings.hours_day"),
        ("BOT_HOURS", "mon-fri 9:00-25:00", "settings.hours_time"),
        ("BOT_HOURS", "mon-sun closed", "settings.hours_none"),
        ("BOT_HOLIDAYS", "25.12.2026", "settings.no_holiday"),
    ],
)
def test_wrong_value_is_refused_by_name(
    name: str, value: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        module.settings()
    assert caught.value.key == key
    for language in ("en", "zh"):
        assert name in caught.value.message(language)


def test_wrong_hours_are_quoted_and_the_form_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_HOURS", "mon-fri 9:00-18:00, sat 10:00-30:00")
    with pytest.raises(SettingsError) as caught:
        module.settings()
    for language in ("en", "zh"):
        assert "“10:00-30:00”" in caught.value.message(language)
        assert "mon-fri 9:00-18:00, sat 10:00-14:00" in caught.value.message(language)


@pytest.mark.parametrize(
    "value",
    [
        "123:abc-DEF_1",
        " 123:abc-DEF_1\n",
        '"123:abc-DEF_1"',
        "\t'123:abc-DEF_1' ",
        "“123:abc-DEF_1”",
    ],
)
def test_what_was_copied_with_a_key_is_no_part_of_it(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", value)
    token = module.settings().telegram_bot_token
    assert token is not None
    assert token.get_secret_value() == "123:abc-DEF_1"


@pytest.mark.parametrize("value", ["123:abc DEF", "123:\nabc", "TELEGRAM_BOT_TOKEN = 123:abc"])
@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "TELEGRAM_BOT_TOKEN"])
def test_key_with_a_blank_inside_is_refused_by_name(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        module.settings()
    assert caught.value.key == "settings.blank_inside"
    for language in ("en", "zh"):
        assert name in caught.value.message(language)
        assert "abc" not in caught.value.message(language)


def test_empty_means_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "  ")
    assert module.settings() == Settings(_env_file=None)


def test_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("BOT_PORT=9000\nBOT_SHOP_NAME=杜松与潮\n", encoding="utf-8")
    monkeypatch.setenv("BOT_PORT", "9001")
    found = module.settings()
    assert (found.bot_port, found.bot_shop_name) == (9001, "杜松与潮")


def test_keys_do_not_show_in_a_printed_settings_object(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real-looking-key")
    monkeypatch.setenv("BOT_SECRET_KEY", "k" * 40)
    printed = repr(module.settings())
    assert "sk-real" not in printed
    assert "kkkk" not in printed


@pytest.mark.parametrize(
    ("url", "secure"), [("https://bot.shop.example", True), ("http://10.0.0.1", False), ("", False)]
)
def test_cookies_are_secure_where_shoppers_come_over_https(
    url: str, secure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_PUBLIC_URL", url)
    assert module.settings().secure is secure


def test_the_public_host_is_served_wherever_hosts_are_named() -> None:
    shop = Settings(_env_file=None, bot_public_url="https://Chat.shop.example:8443/")
    assert shop.allowed_hosts == []
    named = shop.model_copy(update={"bot_allowed_hosts": "a.example, *.b.example,"})
    assert named.allowed_hosts == ["a.example", "*.b.example", "chat.shop.example"]


def in_shop_yaml(text: str) -> Settings:
    """The settings where the knowledge folder has that `shop.yaml`."""
    Path("knowledge").mkdir(exist_ok=True)
    Path("knowledge", "shop.yaml").write_text(text, encoding="utf-8")
    return module.settings()


def test_shop_yaml_says_what_the_environment_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "greeting: {shop_name: no}\nshop_name: Juniper\nhours: mon 9-18\nreturn_days: 14\n"
    settings = in_shop_yaml(text)
    told = (settings.bot_shop_name, settings.bot_hours, settings.bot_return_days)
    assert told == ("Juniper", "mon 9-18", 14)
    assert settings.shop == {}
    monkeypatch.setenv("BOT_SHOP_NAME", "Tide")
    settings = in_shop_yaml(text)
    assert (settings.bot_shop_name, settings.shop) == ("Tide", {"shop_name": "Tide"})
    with pytest.raises(SettingsError):
        in_shop_yaml("hours: whenever\n")


@pytest.mark.parametrize(
    "text",
    [
        *("shop_name: [", "- shop_name\n- x\n", "shop_name:\n", "tone: &a x\nshop_name: *a\n"),
        *(
            "[" * 100_000,
            "a: {shop_name: x}\n",
            "shop_name: {en: x}\n",
            "\x00",
            "? [shop_name]\n: x",
        ),
    ],
)
def test_a_shop_yaml_that_says_nothing_of_it_changes_nothing(text: str) -> None:
    assert in_shop_yaml(text) == Settings(_env_file=None)
