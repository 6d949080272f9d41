"""Fixed replies to commands and to what is not text, in both languages."""

import pytest

from bot.dialogue import commands
from bot.dialogue.commands import COMMANDS, MEDIA, canned, is_canned, is_caption
from bot.texts import LANGUAGES, t
from bot.types import Button, Language, Message


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "choice", [*(f"command:{each}" for each in COMMANDS), *(f"media:{each}" for each in MEDIA)]
)
def test_every_command_and_medium_has_its_reply(choice: str, language: Language) -> None:
    say = canned(choice, language, "Juniper & Tide")
    assert say.text
    assert say.language == language
    assert "{" not in say.text


@pytest.mark.parametrize(
    "choice",
    [
        "person",
        "entry:returns",
        "media:photo:caption",
        "start",
        "",
        None,
    ],
)
def test_everything_else_is_answered_like_any_message(choice: str | None) -> None:
    assert not is_canned(choice)


@pytest.mark.parametrize("choice", ["command:", "command:no", "command:language:fr"])
def test_unknown_commands_get_a_reply_that_says_so(choice: str) -> None:
    assert is_canned(choice)
    assert canned(choice, "en", "Shop").text == t("commands.unknown", "en")


def test_only_the_text_beside_a_picture_is_a_caption() -> None:
    assert is_caption("media:photo:caption")
    assert not is_caption("media:photo")
    assert not is_caption(None)


def test_greeting_names_the_shop_and_offers_topics_and_a_person() -> None:
    topic = Button("Returns", "entry:returns")
    say = canned("command:start", "en", "Little Shop", [topic])
    assert "Little Shop" in say.text
    assert say.buttons == (topic, Button("Talk to a person", "person"))
    demo = canned("command:start", "zh", "")
    assert t("web.shop_name", "zh") in demo.text


def test_the_shops_own_greeting_and_starters_take_their_place() -> None:
    starter = commands.starter("How long does delivery take?")
    say = canned("command:start", "en", "Little Shop", [starter], greeting="Ahoy!")
    assert say.text == "Ahoy!"
    assert [button.label for button in say.buttons] == [
        "How long does delivery take?",
        "Talk to a person",
    ]
    assert canned("command:help", "en", "Little Shop", greeting="Ahoy!").text != "Ahoy!"
    pressed = Message(1, 1, starter.label, starter.value, 0)
    asked = commands.as_question(pressed, "en")
    assert (asked.text, asked.choice) == ("How long does delivery take?", None)
    assert not is_canned(starter.value)


def test_language_is_offered_in_its_own_words_and_answered_in_the_chosen_one() -> None:
    say = canned("command:language", "en", "Shop")
    assert [(button.label, button.value) for button in say.buttons] == [
        ("English", "command:language:en"),
        ("中文", "command:language:zh"),
    ]
    chosen = canned("command:language:zh", "en", "Shop")
    assert chosen.language == "zh"
    assert "中文" in chosen.text


@pytest.mark.parametrize("choice", ["command:help", "media:voice", "media:photo", "media:file"])
def test_what_the_bot_cannot_do_a_person_can(choice: str) -> None:
    say = canned(choice, "zh", "Shop")
    assert say.buttons == (Button("转人工", "person"),)


@pytest.mark.parametrize(("language", "text"), [("en", "Show me my orders"), ("zh", "我的订单")])
def test_the_orders_command_is_a_question(language: Language, text: str) -> None:
    for said, choice in (("/orders", "command:orders"), ("/orders", None)):
        message = Message(1, 1, said, choice, 0)
        assert not is_canned(choice)
        assert commands.as_question(message, language).text == text
    assert commands.as_question(Message(1, 1, "hello", None, 0), language).text == "hello"


def test_privacy_says_how_long_conversations_are_kept() -> None:
    assert "30 days after" in canned("command:privacy", "en", "", retention_days=30).text
    assert "30 天" in canned("command:privacy", "zh", "", retention_days=30).text
    assert "no longer needed" in canned("command:privacy", "en", "").text
