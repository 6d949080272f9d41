"""Which ticket an answer means, and what an update brings: pure, no server."""

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import CallbackQuery, Chat, Message, User

from bot.channels.telegram.updates import Me
from bot.desk.group.updates import button_press, group_message

ME = Me(1, "desk_bot")
BOT = User(1, "Desk", is_bot=True)
NOOR = User(21, "Noor", is_bot=False, language_code="zh-hans")
GROUP = Chat(-100, "supergroup")
AT = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def _message(text: str | None = None, sender: User = NOOR, **more: Any) -> Message:
    return Message(7, AT, GROUP, from_user=sender, text=text, **more)


@pytest.mark.parametrize(
    ("answered", "ticket"),
    [
        ("🟠 #12 Asked for a person · High", 12),
        ("#12 · 👤 #99 is my name\nI am #98", 12),
        ("✅ #7 Bot failed", 7),
        ("🗂 8 tickets, 8 waiting\n\n🟠 #12 Asked", None),
        ("Which ticket? … #12 Hello", None),
    ],
)
def test_only_the_first_word_of_the_bots_own_message_names_its_ticket(
    answered: str, ticket: int | None
) -> None:
    said = group_message(_message("Hi", reply_to_message=_message(answered, BOT)), ME, edited=False)
    assert said is not None
    assert (said.about, said.to_bot, said.text) == (ticket, True, "Hi")
    foreign = group_message(_message("Hi", reply_to_message=_message(answered)), ME, edited=False)
    assert foreign is not None
    assert (foreign.about, foreign.to_bot) == (None, False)


def test_answer_to_folded_cards_names_its_ticket_itself() -> None:
    fold = _message("🗂 2 tickets, 2 waiting", BOT)
    for text, command, rest in (
        ("#12 Hello", "", "Hello"),
        ("/note #12 check", "note", "check"),
    ):
        said = group_message(_message(text, reply_to_message=fold), ME, edited=False)
        assert said is not None
        assert (said.about, said.command, said.text) == (12, command, rest)


def test_commands_to_another_bot_and_other_bots_are_not_heard() -> None:
    assert group_message(_message("/close@other_bot"), ME, edited=False) is None
    assert group_message(_message("hello", User(9, "Other", is_bot=True)), ME, edited=False) is None
    said = group_message(_message("/Close@Desk_Bot"), ME, edited=False)
    assert said is not None
    assert said.command == "close"


def test_anonymous_administrator_is_nobody() -> None:
    group_bot = User(1087968824, "Group", is_bot=True)
    said = group_message(_message("/close", group_bot, sender_chat=GROUP), ME, edited=False)
    assert said is not None
    assert said.person.id == 0


@pytest.mark.parametrize(
    ("data", "action", "ticket"),
    [
        ("desk:take:12", "take", 12),
        ("desk:over:3", "over", 3),
        ("desk:close:3", "", 0),
        ("desk:take:-1", "", 0),
        ("desk:take:9999999999", "", 0),
    ],
)
def test_press_is_read_with_care(data: str, action: str, ticket: int) -> None:
    query = CallbackQuery("q", NOOR, "c", message=_message("card", BOT), data=data)
    press = button_press(query)
    assert press is not None
    assert (press.action, press.ticket_id, press.person.language) == (action, ticket, "zh")
    assert button_press(CallbackQuery("q", NOOR, "c", data="t12:0")) is None
