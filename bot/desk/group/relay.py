"""A conversation's turns as messages for its topic, or for answers to its card. Pure.

Texts that follow each other become one message, since the whole group shares 20 a minute; what is
not text is copied by itself.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.channels.telegram.text import parse, split, verbatim
from bot.desk.group.cards import Words, title, who
from bot.desk.group.state import Card, TopicTurn
from bot.language.markdown import Run
from bot.texts import t
from bot.types import Author, Language


@dataclass(frozen=True)
class Text:
    """Messages of text; with them everything up to the turn `upto` has been said."""

    upto: int
    parts: list[list[Run]]


@dataclass(frozen=True)
class File:
    """Something to copy from the shopper's chat (`message_id`), or a file to send (`file_id`),
    with a caption; `instead` is the same in words."""

    upto: int
    caption: list[Run]
    instead: Text
    message_id: int | None
    kind: str
    file_id: str


@dataclass(frozen=True)
class Nothing:
    """Turns that need not be said in the topic."""

    upto: int


Piece = Text | File | Nothing


def pieces(card: Card, turns: Sequence[TopicTurn], words: Words, *, topic: bool) -> Iterator[Piece]:
    """What to send, in order. Without a topic each begins with the ticket's number."""
    waiting: list[Run] = []
    upto = 0
    for each in turns:
        if each.message_id is not None or each.file_id:
            if waiting:
                yield Text(upto, split(waiting))
                waiting = []
            upto = each.turn.id
            runs = _runs(card, each, words, topic=topic)
            yield File(
                upto, runs, Text(upto, split(runs)), each.message_id, each.kind, each.file_id
            )
            continue
        upto = each.turn.id
        if each.from_here or each.turn.author is Author.SYSTEM or not each.turn.text.strip():
            continue
        waiting += [*([Run("\n\n")] if waiting else []), *_runs(card, each, words, topic=topic)]
    if waiting:
        yield Text(upto, split(waiting))
    elif upto:
        yield Nothing(upto)


def opening(card: Card, words: Words) -> list[Run]:
    """How to work in a topic, under the card that it begins with."""
    language = words.of(card)
    return [Run(t("agents_group.topic_hint", language), ("i",))]


def ending(card: Card, words: Words) -> list[Run]:
    """The last line of a topic; the next ticket of the conversation opens it again."""
    return verbatim(f"✅ {title(card, words)}\n{t('agents_group.topic_over', words.of(card))}")


def _runs(card: Card, each: TopicTurn, words: Words, *, topic: bool) -> list[Run]:
    name = _name(card, each, words, words.of(card))
    number = "" if topic else f"#{card.id} · "
    read = parse if each.turn.author is Author.BOT else verbatim
    return [Run(f"{number}{name}\n", ("b",)), *read(each.turn.text)]


def _name(card: Card, each: TopicTurn, words: Words, language: Language) -> str:
    turn = each.turn
    if turn.author is Author.SHOPPER:
        edited = (turn.message_id or "").startswith("edit-")
        return f"👤 {who(card, words)}{' ✏️' if edited else ''}"
    if turn.author is Author.AGENT:
        return f"🎧 {turn.agent or t('tickets.author_agent', language)}"
    return f"🤖 {t('tickets.author_bot', language)}"
