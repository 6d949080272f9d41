"""Fixed replies to commands and to what is not text, in both languages."""

import pytest

from bot.commands import COMMANDS, MEDIA, canned
from bot.texts import LANGUAGES, t
from bot.types import Button, Language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "choice", [*(f"command:{each}" for each in COMMANDS), *(f"media:{each}" for each in MEDIA)]
)
def test_every_command_and_medium_has_its_reply(choice: str, language: Language) -> None:
    say = canned(choice, language, "Juniper & Tide")
    assert say is not None
    assert say.text
    assert say.language == language
    assert "{" not in say.text


@pytest.mark.parametrize(
    "choice",
    [
        "person",
        "entry:returns",
        "command:",
        "command:no",
        "command:language:fr",
        "media:x",
        "media:photo:caption",
        "start",
        "",
    ],
)
def test_everything_else_is_answered_like_any_message(choice: str) -> None:
    assert canned(choice, "en", "Shop") is None


def test_greeting_names_the_shop_and_offers_topics_and_a_person() -> None:
    topic = Button("Returns", "entry:returns")
    say = canned("command:start", "en", "Little Shop", [topic])
    assert say is not None
    assert "Little Shop" in say.text
    assert say.buttons == (topic, Button("Talk to a person", "person"))
    demo = canned("command:start", "zh", "")
    assert demo is not None
    assert t("web.shop_name", "zh") in demo.text


def test_language_is_offered_in_its_own_words_and_answered_in_the_chosen_one() -> None:
    say = canned("command:language", "en", "Shop")
    assert say is not None
    assert [(button.label, button.value) for button in say.buttons] == [
        ("English", "command:language:en"),
        ("中文", "command:language:zh"),
    ]
    chosen = canned("command:language:zh", "en", "Shop")
    assert chosen is not None
    assert chosen.language == "zh"
    assert "中文" in chosen.text


@pytest.mark.parametrize("choice", ["command:orders", "media:voice", "media:photo", "media:file"])
def test_what_the_bot_cannot_do_a_person_can(choice: str) -> None:
    say = canned(choice, "zh", "Shop")
    assert say is not None
    assert say.buttons == (Button("转人工", "person"),)
