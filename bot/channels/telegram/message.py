"""A turn as Telegram messages: text, who says it, where it comes from, what can be pressed.

A button carries the turn's id and its own place under it: a value would not always fit into the 64
bytes that Telegram allows, and after a restart the turn is still in the database.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlmodel import Session, select
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
)

from bot.channels.telegram.client import BARE
from bot.channels.telegram.past import NONE, Past
from bot.channels.telegram.place import NAME, Place
from bot.channels.telegram.proof import CONTACT
from bot.channels.telegram.text import LIMIT, parse, split, to_html, to_plain, utf16, verbatim
from bot.channels.telegram.updates import PERSON, Press
from bot.conversations import conversation
from bot.conversations.conversation import chat_of
from bot.conversations.feedback import DOWN, UP, Value, ratable
from bot.database.tables import ConversationRow, InboxRow, TurnRow
from bot.language.markdown import Run
from bot.texts import shorten, t
from bot.types import Author, Button, Incoming, Language, Media, Turn

CAPTION_LIMIT = 1024  # UTF-16 units, as Telegram counts
_LABEL = 60  # characters; a telephone cuts longer ones
_PERSON = "p"  # what a button carries that is no choice of the turn's own
_parsed = lru_cache(maxsize=256)(parse)  # most answers are the shop's own, word for word
Markup = InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove


@dataclass(frozen=True)
class Part:
    """One message: as HTML, and the same as plain text for when the HTML is refused. With `media`
    it is the caption, which some kinds cannot have. `answers` is the message that it replies to,
    `picture` the address of one that Telegram shows under it if it can load it, `turn_id` the turn
    that the media belongs to."""

    html: str
    plain: str
    keyboard: Markup | None = None
    media: Media | None = None
    answers: int | None = None
    turn_id: int = 0
    picture: str = ""


def parts(
    turn: Turn, limit: int = LIMIT, *, private: bool = False, past: Past = NONE
) -> tuple[Part, ...]:
    """The messages that a turn becomes, the buttons under the last; empty for a blank turn.

    A button that asks for the shopper's contact is one of the keyboard under a `private` chat, and
    comes with a message of its own where there are others; elsewhere Telegram has none such. Once
    the contact is shared, that keyboard goes with the answer.
    """
    if turn.media is not None and not turn.media.caption:
        return (Part("", "", media=turn.media, answers=past.answers, turn_id=turn.id),)
    runs = _parsed(turn.text) if turn.author is Author.BOT else verbatim(turn.text)
    if turn.author is Author.AGENT and turn.signature and runs:
        runs = [Run(f"{t('telegram.agent', turn.language, name=turn.signature)}\n", ("b",)), *runs]
    if runs:
        runs = _sourced(runs, turn, limit)
    messages = [Part(to_html(part), to_plain(part, limit)) for part in split(runs, limit)]
    if turn.media is not None and messages:
        messages = _with_file(messages, turn.media, turn.id)
    if messages:
        messages[-1] = replace(messages[-1], keyboard=keyboard(turn))
        asked = next((button for button in turn.buttons if button.value == CONTACT), None)
        if asked is not None and private:
            messages = _with_contact(messages, asked, turn.language)
        elif past.contact:
            messages = _without_contact(messages, turn.language)
        pictures = [source.image for source in turn.sources if source.image]
        picture = pictures[0] if len(pictures) == 1 else ""  # of several it would tell nothing
        messages[0] = replace(messages[0], answers=past.answers, picture=picture)
    return tuple(messages)


def _with_contact(messages: list[Part], asked: Button, language: Language) -> list[Part]:
    share = ReplyKeyboardMarkup(
        [[KeyboardButton(_label(asked.label), request_contact=True)]],
        resize_keyboard=True,
        one_time_keyboard=True,
    )
    if messages[-1].keyboard is None:
        return [*messages[:-1], replace(messages[-1], keyboard=share)]
    hint = verbatim(t("telegram.share_contact", language))
    return [*messages, Part(to_html(hint), to_plain(hint), keyboard=share)]


def _without_contact(messages: list[Part], language: Language) -> list[Part]:
    """A message has one keyboard or takes one away: those with buttons leave that to another."""
    if messages[0].keyboard is None:
        return [replace(messages[0], keyboard=ReplyKeyboardRemove()), *messages[1:]]
    thanks = verbatim(t("telegram.contact_shared", language))
    return [Part(to_html(thanks), to_plain(thanks), keyboard=ReplyKeyboardRemove()), *messages]


def keyboard(
    turn: Turn, rating: Value | None = None, chosen: Collection[str] = ()
) -> InlineKeyboardMarkup | None:
    """The turn's buttons, one a row, since most are whole questions; 👍 and 👎 under an answer, the
    pressed one marked; a way to a person last, where they may not have found what they wanted.

    `chosen` are the buttons that were pressed, by their places, "p" for the way to a person: once
    there is one, the others that were to be chosen from are left out.
    """
    rows = [
        [InlineKeyboardButton(_label(button.label), callback_data=f"t{turn.id}:{index}")]
        for index, button in enumerate(turn.buttons)
        if button.value != CONTACT
        and (not chosen or (button.value == PERSON and str(index) not in chosen))
    ]
    values = {button.value for button in turn.buttons}
    if ratable(turn):
        rows.append(
            [
                InlineKeyboardButton(f"{sign} ✓" if rating == value else sign, callback_data=data)
                for sign, value, data in (
                    ("👍", UP, f"t{turn.id}:u"),
                    ("👎", DOWN, f"t{turn.id}:d"),
                )
            ]
        )
    lost = rating == DOWN or any(value.startswith("entry:") for value in values)
    if PERSON not in values and lost and _PERSON not in chosen:
        label = t("telegram.button_person", turn.language)
        rows.append([InlineKeyboardButton(label, callback_data=f"t{turn.id}:p")])
    return InlineKeyboardMarkup(rows) if rows else None


def under(session: Session, press: Press) -> tuple[ConversationRow, Turn] | None:
    """The turn under which a button was pressed; None when it is not there or not of this chat."""
    turn = session.get(TurnRow, press.turn_id)
    row = session.get(ConversationRow, turn.conversation_id) if turn else None
    if turn is None or row is None or row.channel != NAME:
        return None
    said = conversation.turn_of(turn)
    # What a press carries was ours, but it comes back from whatever program the shopper uses.
    if Place.of(chat_of(row)).chat_id != press.chat_id or said.author is Author.SHOPPER:
        return None
    return row, said


def press_id(turn_id: int, which: str) -> str:
    """What a press is called as a message: the same for the same button, so that a double tap or a
    repeated update is one message. `which` is the button's place, or "p"."""
    return f"press-{turn_id}-{which}"


@dataclass(frozen=True)
class Choice:
    """The message that a press is, and whether it was made `before`; `own` says that the button
    hangs under an answer to whoever pressed it."""

    incoming: Incoming
    own: bool
    before: bool


def pressed(session: Session, press: Press) -> Choice | None:
    """What a press says; None when its turn is not there or not of this chat.

    In a group whoever presses asks for themselves, whosever answer it was.
    """
    found = under(session, press)
    if found is None:
        return None
    row, said = found
    if press.index is None:
        label, value = t("telegram.button_person", said.language), PERSON
    elif press.index < len(said.buttons):
        button = said.buttons[press.index]
        label, value = button.label, button.value
    else:
        return None
    place = Place.of(chat_of(row))
    theirs = replace(place, person=press.sender_id) if place.person is not None else place
    message_id = press_id(press.turn_id, _PERSON if press.index is None else str(press.index))
    incoming = Incoming(
        chat=theirs.chat,
        message_id=message_id,
        text=label,
        sender=press.sender,
        language=said.language,
        choice=value,
    )
    mine = row if theirs == place else conversation.find(session, theirs.chat)
    known = select(InboxRow.id).where(
        InboxRow.conversation_id == (mine.id if mine else 0), InboxRow.message_id == message_id
    )
    before = session.exec(known.limit(1)).first() is not None
    return Choice(incoming, own=theirs == place, before=before)


def _with_file(messages: list[Part], media: Media, turn_id: int) -> list[Part]:
    """The file with the text under it, or before it where it takes no text, or not so much."""
    first = messages[0]
    if media.kind in BARE or len(messages) > 1 or utf16(first.plain) > CAPTION_LIMIT:
        return [Part("", "", media=media, turn_id=turn_id), *messages]
    return [replace(first, media=media, turn_id=turn_id)]


def _sourced(runs: list[Run], turn: Turn, limit: int) -> list[Run]:
    """The runs with a last line that says where they come from, links where the shop has them."""
    titled = {source.title: source for source in reversed(turn.sources) if source.title}
    if not titled:
        return runs
    line: list[Run] = []
    for source in reversed(titled.values()):
        link = source.url or ""
        link = link if link.startswith(("https://", "http://")) else ""
        line += [Run(" · "), Run(" ".join(source.title.split()), ("i",), link)]
    line[0] = Run(t("telegram.source", turn.language), ("i",))
    if sum(utf16(run.text) for run in line) > limit // 2:
        return runs
    return [*runs, Run("\n\n"), *line]


def _label(label: str) -> str:
    return shorten(label, _LABEL) or "…"
