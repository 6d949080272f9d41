"""A turn as Telegram messages: text, who says it, where it comes from, what can be pressed.

A button carries the turn's id and its own place under it: a value would not always fit into the 64
bytes that Telegram allows, and after a restart the turn is still in the database.
"""

from dataclasses import dataclass, replace

from sqlmodel import Session
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
)

from bot import conversation
from bot.channels.telegram_client import BARE
from bot.channels.telegram_proof import CONTACT
from bot.channels.telegram_text import (
    LIMIT,
    Run,
    parse,
    split,
    to_html,
    to_plain,
    utf16,
    verbatim,
)
from bot.channels.telegram_updates import NAME, PERSON, Place, Press
from bot.conversation import chat_of
from bot.feedback import DOWN, UP, Value, ratable
from bot.tables import ConversationRow, TurnRow
from bot.texts import t
from bot.types import Author, Button, Incoming, Language, Media, Turn

CAPTION_LIMIT = 1024  # UTF-16 units, as Telegram counts
_LABEL = 60  # characters; a telephone cuts longer ones


@dataclass(frozen=True)
class Part:
    """One message: as HTML, and the same as plain text for when the HTML is refused. With `media`
    it is the caption, which some kinds cannot have."""

    html: str
    plain: str
    keyboard: InlineKeyboardMarkup | ReplyKeyboardMarkup | None = None
    media: Media | None = None


def parts(turn: Turn, limit: int = LIMIT, *, private: bool = False) -> tuple[Part, ...]:
    """The messages that a turn becomes, the buttons under the last; empty for a blank turn.

    A button that asks for the shopper's contact is one of the keyboard under a `private` chat, and
    comes with a message of its own where there are others; elsewhere Telegram has none such.
    """
    runs = parse(turn.text) if turn.author is Author.BOT else verbatim(turn.text)
    if turn.author is Author.AGENT and turn.agent and runs:
        runs = [Run(f"{t('telegram.agent', turn.language, name=turn.agent)}\n", ("b",)), *runs]
    if runs:
        runs = _sourced(runs, turn, limit)
    messages = [Part(to_html(part), to_plain(part, limit)) for part in split(runs, limit)]
    if turn.media is not None and messages:
        messages = _with_file(messages, turn.media)
    if messages:
        messages[-1] = replace(messages[-1], keyboard=keyboard(turn))
        asked = next((button for button in turn.buttons if button.value == CONTACT), None)
        if asked is not None and private:
            messages = _with_contact(messages, asked, turn.language)
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


def keyboard(turn: Turn, rating: Value | None = None) -> InlineKeyboardMarkup | None:
    """The turn's buttons, one a row, since most are whole questions; 👍 and 👎 under an answer, the
    pressed one marked; a way to a person last, where they may not have found what they wanted."""
    rows = [
        [InlineKeyboardButton(_label(button.label), callback_data=f"t{turn.id}:{index}")]
        for index, button in enumerate(turn.buttons)
        if button.value != CONTACT
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
    if PERSON not in values and lost:
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


def pressed(session: Session, press: Press) -> Incoming | None:
    """The message that a press is; None when its turn is not there or not of this chat."""
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
    return Incoming(
        chat=chat_of(row),
        message_id=f"press-{press.query_id}",
        text=label,
        sender=press.sender,
        language=said.language,
        choice=value,
    )


def _with_file(messages: list[Part], media: Media) -> list[Part]:
    """The file with the text under it, or before it where it takes no text, or not so much."""
    first = messages[0]
    if media.kind in BARE or len(messages) > 1 or utf16(first.plain) > CAPTION_LIMIT:
        return [Part("", "", media=media), *messages]
    return [replace(first, media=media)]


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
    line = " ".join(label.split()) or "…"
    return line if len(line) <= _LABEL else f"{line[: _LABEL - 1].rstrip()}…"
