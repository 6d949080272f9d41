"""Buttons: each answers once, and what was chosen is not to be chosen again."""

from typing import Any

from bot.database.db import Database
from tests.support.telegram import FakeTelegram
from tests.support.telegram_shop import Shop, until


async def test_double_tap_answers_once(shop: Shop, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    await mia.writes("choose")
    await mia.sees("Did you mean")
    await mia.presses("Other", taps=2)
    await mia.sees("entry:y: Other")
    await until(lambda: len(mia.notices) == 2)
    await shop.quiet(server)
    assert [line.text for line in mia.log if "entry:y" in line.text and line.kind == "message"] == [
        "entry:y: Other\n\nSource: Returns & refunds"
    ]
    assert sorted(mia.notices) == ["", "You have chosen this already."]


async def test_chosen_buttons_go_and_the_way_to_a_person_stays(
    shop: Shop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("choose")
    asked = await mia.sees("Did you mean")
    await mia.presses("Other")
    await until(lambda: _buttons(server, asked.message_id) == ["Talk to a person"])
    await mia.presses("Talk to a person")
    await mia.sees("person: Talk to a person")
    await until(lambda: _buttons(server, asked.message_id) == [])


async def test_repeated_press_is_one_after_a_restart_too(
    sqlite_database: Database, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    async with Shop(sqlite_database, server).open():
        await mia.writes("choose")
        asked = await mia.sees("Did you mean")
        await mia.presses("Other")
        await mia.sees("entry:y: Other")
    data = asked.message["reply_markup"]["inline_keyboard"][1][0]["callback_data"]
    async with Shop(sqlite_database, server).open() as shop:
        mia._query(asked.message, data)
        await until(lambda: "You have chosen this already." in mia.notices)
        await shop.quiet(server)
    assert [text.split("\n")[0] for text in mia.bot_says] == [
        "Did you mean one of these?",
        "entry:y: Other",
    ]


async def test_rating_brings_no_chosen_button_back(shop: Shop, server: FakeTelegram) -> None:
    mia = server.private_chat(5)
    await mia.writes("Where is it?")
    line = await mia.sees("Where is it?")
    await mia.presses("👎")
    await until(lambda: "Talk to a person" in _buttons(server, line.message_id))
    await mia.presses("Talk to a person")
    await until(lambda: "Talk to a person" not in _buttons(server, line.message_id))
    await mia.sees("person: Talk to a person")  # with a 👍 of its own
    await mia.presses(f"t{_turn(server, line.message_id)}:u")
    await until(lambda: "👍 ✓" in _buttons(server, line.message_id))
    assert "Talk to a person" not in _buttons(server, line.message_id)


async def test_keyboard_that_asked_for_the_contact_goes_once_it_is_shared(
    shop: Shop, server: FakeTelegram
) -> None:
    mia = server.private_chat(5)
    await mia.writes("my parcel")
    await mia.sees("First show who you are.")
    await mia.presses("Share my phone number")
    await mia.sees("Thank you, I have your number.")
    await mia.sees("proof:contact")
    with server.world.lock:
        markups = [each.get("reply_markup", {}) for each in mia.chat.screen.values()]
    assert not [each for each in markups if "keyboard" in each]
    await mia.writes("thanks")
    await mia.sees("thanks")
    assert mia.bot_says.count("Thank you, I have your number.") == 1


def _turn(server: FakeTelegram, message_id: int) -> str:
    """The turn that a message's buttons are of."""
    data = next(button["callback_data"] for button in _under(server, message_id))
    return str(data).removeprefix("t").partition(":")[0]


def _buttons(server: FakeTelegram, message_id: int) -> list[str]:
    return [button["text"] for button in _under(server, message_id)]


def _under(server: FakeTelegram, message_id: int) -> list[dict[str, Any]]:
    with server.world.lock:
        message = server.world.chats[5, None].screen[message_id]
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]
