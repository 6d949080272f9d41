"""Replies to commands and to what is not text: fixed words, the same on every channel.

It finds nothing in the knowledge and decides nothing about tickets; where a person is needed, it
offers the button. Choices are "command:<name>", "command:language:<en|zh>" and "media:<kind>".
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.catalogue.recommender.suggest import PEOPLE
from bot.dialogue.compose import LABEL
from bot.dialogue.hearing import PERSON
from bot.texts import LANGUAGES, shorten, t
from bot.types import Button, Candidate, Language, Message, Say

START = "command:start"  # the one whose reply offers topics
_CAPTION = ":caption"
_LANGUAGE = "command:language:"
ASK = "ask:"  # before the question that a button asks
GOES_WITH = "goes:"  # before the SKU of a product that something is to go with
_SUGGESTIONS = "command:suggestions:"  # "off" or "on", from the shopper's own orders
ORDERS = "command:orders"  # the one that is a question
COMMANDS = ("start", "help", "language", "privacy", "unknown")
MEDIA = ("sticker", "voice", "photo", "video", "file", "large", "location", "contact", "other")
_TO_A_PERSON = (
    *("help", "unknown"),
    *("voice", "photo", "video", "file", "large", "location", "other"),
)


def is_canned(choice: str | None) -> bool:
    """Whether a message with this choice has a fixed reply, whatever its text."""
    area = (choice or "").partition(":")[0]
    if area == "media":
        return not is_caption(choice)
    return area == "rate" or (area == "command" and choice != ORDERS)


def is_caption(choice: str | None) -> bool:
    """Whether the text is a caption ("media:photo:caption"): a message like any other."""
    return choice is not None and choice.startswith("media:") and choice.endswith(_CAPTION)


def as_question(message: Message, language: Language) -> Message:
    """A message that has no fixed reply, as a question: a caption and a starter their text,
    /orders its meaning."""
    if message.choice == ORDERS or message.text.strip() == "/orders":
        return replace(message, text=t("commands.orders_question", language), choice=None)
    asked = is_caption(message.choice) or (message.choice or "").startswith(ASK)
    return replace(message, choice=None) if asked else message


def starter(question: str) -> Button:
    """A button for a question of the shop's own choosing that a greeting offers."""
    return Button(shorten(question, LABEL), f"{ASK}{question}")


def topic(entry: Candidate) -> Button:
    """A button for an entry that a greeting offers."""
    return Button(shorten(entry.title, LABEL), f"entry:{entry.entry_id}")


def refusal(choice: str) -> bool | None:
    """Whether a button refuses suggestions from the shopper's orders (True), or takes that back."""
    return {f"{_SUGGESTIONS}off": True, f"{_SUGGESTIONS}on": False}.get(choice)


def refusal_reply(refuses: bool, language: Language) -> Say:
    """What is said to that, with the button that takes it back."""
    key, other = ("turned_off", "on") if refuses else ("turned_on", "off")
    return _say_of("suggest", key, language, [_suggestions_button(other, language)])


def _suggestions_button(state: str, language: Language) -> Button:
    return Button(t(f"suggest.button_{state}", language), f"{_SUGGESTIONS}{state}")


def chosen_language(choices: Iterable[str | None]) -> Language | None:
    """The language that the last of these choices sets for the conversation."""
    chosen: Language | None = None
    for choice in choices:
        name = (choice or "").removeprefix(_LANGUAGE)
        if name != choice and name in LANGUAGES:
            chosen = name
    return chosen


def canned(
    choice: str,
    language: Language,
    shop: str,
    topics: Sequence[Button] = (),
    retention_days: int = 0,
    greeting: str = "",
) -> Say:
    """The fixed reply to a `choice` for which `is_canned` holds; an unknown one gets "unknown".

    `retention_days` is how long conversations are kept (0: until somebody wants them gone).
    `shop` empty means the demo shop; `topics` are buttons for the greeting, and `greeting` is the
    shop's own wording of it. Whoever stores the reply keeps its language for the conversation: it
    is the one that was chosen.
    """
    area, _, name = choice.partition(":")
    if chosen := chosen_language([choice]):
        return _say("language_chosen", chosen, ())
    if (refuses := refusal(choice)) is not None:
        return refusal_reply(refuses, language)
    if area == "media":
        name = name if name in MEDIA else "other"
        return _say(f"media_{name}", language, _buttons(name, language, topics))
    name = name if name in COMMANDS else "unknown"
    known = {"shop": shop or t("web.shop_name", language)} if name in ("start", "help") else {}
    if name == "start" and greeting:
        return Say(greeting, language, tuple(_buttons(name, language, topics)))
    if name == "privacy":
        key = "privacy_days" if retention_days else "privacy_kept"
        kept = t(f"commands.{key}", language, days=retention_days)
        known = {"kept": kept, "suggested": t("suggest.privacy", language, people=PEOPLE)}
    return _say(name, language, _buttons(name, language, topics), **known)


def _say(key: str, language: Language, buttons: Sequence[Button], **known: str) -> Say:
    return _say_of("commands", key, language, buttons, **known)


def _say_of(
    area: str, key: str, language: Language, buttons: Sequence[Button], **known: str
) -> Say:
    return Say(t(f"{area}.{key}", language, **known), language, tuple(buttons))


def _buttons(name: str, language: Language, topics: Sequence[Button]) -> list[Button]:
    if name == "start":
        return [*topics, person_button(language)]
    if name == "language":
        return [
            Button(t("commands.this_language", each), f"command:language:{each}")
            for each in LANGUAGES
        ]
    if name == "privacy":  # a person beside it, so that "ok" presses neither
        return [_suggestions_button("off", language), person_button(language)]
    return [person_button(language)] if name in _TO_A_PERSON else []


def person_button(language: Language) -> Button:
    return Button(t("commands.button_person", language), PERSON)
