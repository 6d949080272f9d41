"""The bot in the shop's own account, as chats: connected, muted, disconnected."""

from structlog.testing import capture_logs

from tests.telegram import FakeTelegram
from tests.telegram_shop import Shop, until


async def test_owner_and_operator_hear_of_the_connection(shop: Shop, server: FakeTelegram) -> None:
    business = server.business(900, "Juniper & Tide")
    owner = server.private_chat(900)
    with capture_logs() as logs:
        await business.connects()
        await owner.sees("from now on I answer the customers")
        await business.forbids_replies()
        await owner.sees("I may only read")
        await business.disconnects()
        await owner.sees("no longer answer")
    told = {each["event"]: each["log_level"] for each in logs if "business" in each["event"]}
    assert told == {
        "telegram.business_on": "info",
        "telegram.business_mute": "warning",
        "telegram.business_off": "info",
    }
    await server.confirmed()
    assert server.violations == []


async def test_answers_typing_and_buttons_go_through_the_connection(
    shop: Shop, server: FakeTelegram
) -> None:
    business = server.business()
    customer = business.customer(21, "Noa")
    await customer.writes("choose")
    line = await customer.sees("Did you mean one of these?")
    await customer.presses("Send it back")
    await customer.sees("Send it back")
    assert line.message["business_connection_id"] == business.id
    assert "typing" in customer.actions
    sent = [call for call in server.calls if call.method in ("sendMessage", "sendChatAction")]
    assert {call.params["business_connection_id"] for call in sent} == {business.id}


async def test_answer_that_is_not_allowed_ends_quietly(shop: Shop, server: FakeTelegram) -> None:
    business = server.business(can_reply=False)
    customer = business.customer(21, "Noa")
    with capture_logs() as logs:
        await customer.writes("Hello?")
        await until(lambda: any(each["event"] == "outbox.gone" for each in logs))
    assert not [each for each in logs if each["log_level"] == "error"]
    assert customer.bot_says == []


async def test_same_person_is_two_conversations_here_and_with_the_bot(
    shop: Shop, server: FakeTelegram
) -> None:
    business = server.business()
    with_shop, with_bot = business.customer(21, "Noa"), server.private_chat(21, "Noa")
    await with_shop.writes("to the shop")
    await with_shop.sees("to the shop")
    await with_bot.writes("to the bot")
    await with_bot.sees("to the bot")
    assert [each.chat.id for each in shop.heard] == [f"21@{business.id}", "21"]
