"""A turn as Telegram messages."""

from telegram import InlineKeyboardMarkup

from bot.channels.telegram.message import parts
from bot.types import Author, Button, Media, Source
from tests.support.telegram_shop import RETURNS, turn


def test_sources_without_an_address_are_named_and_each_only_once() -> None:
    plain = Source("a", "faq/a.yaml", 0.9, "Returns <30 days>")
    (part,) = parts(turn("Yes.", language="zh", sources=(plain, plain, RETURNS)))
    assert part.plain == "Yes.\n\n来源：Returns <30 days> · Returns & refunds (https://x.example/r)"
    assert "&lt;30 days&gt;" in part.html
    nameless = Source("a", "faq/a.yaml", 0.9)
    (part,) = parts(turn("Yes.", sources=(nameless,)))
    assert part.html == "Yes."


def test_long_label_is_shortened_and_its_value_is_not_sent() -> None:
    button = Button("word " * 30, f"entry:{'x' * 200}")
    (part,) = parts(turn("Which?", 12, buttons=(button, Button("A person", "person"))))
    assert isinstance(part.keyboard, InlineKeyboardMarkup)
    (first,), (second,) = part.keyboard.inline_keyboard
    assert first.text.endswith("…")
    assert len(first.text) <= 60
    assert (first.callback_data, second.callback_data) == ("t12:0", "t12:1")


def test_file_of_an_agent_carries_its_words_where_it_can() -> None:
    photo, sticker = Media("photo", "p1"), Media("sticker", "s1")
    said = turn("Like <this>?", author=Author.AGENT, agent="Noor", media=photo)
    (part,) = parts(said)
    assert (part.media, part.html) == (photo, "<b>👤 Noor\n</b>Like &lt;this&gt;?")
    file, words = parts(turn("x" * 1100, author=Author.AGENT, agent="Noor", media=photo))
    assert (file.media, file.plain, words.media) == (photo, "", None)
    file, words = parts(turn("[sticker]", author=Author.AGENT, agent="Noor", media=sticker))
    assert (file.media, words.plain) == (sticker, "👤 Noor\n[sticker]")
