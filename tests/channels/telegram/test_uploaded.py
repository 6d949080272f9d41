"""A picture that an agent uploads at the desk reaches a shopper on Telegram."""

from bot.channels.telegram.channel import Telegram
from bot.conversations import conversation
from bot.conversations.uploads import uploaded
from bot.database.db import Database
from bot.tickets import assignment, opening
from bot.types import Reason, now
from tests.support.delivery import send
from tests.support.telegram.server import FakeTelegram
from tests.support.telegram_shop import chat

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0IEND\xaeB`\x82"


async def test_what_an_agent_uploads_is_sent_with_its_words(
    channel: Telegram, server: FakeTelegram, sqlite_database: Database
) -> None:
    mia = server.private_chat(5)
    await mia.writes("the lid is broken")
    with sqlite_database.begin() as session:
        row, _ = conversation.opened(session, chat(5), "en", at=now())
        given = {"summary": "", "mood": 0.0, "language": "en", "at": now()}
        ticket = opening.open_ticket(session, row, Reason.REQUEST, **given)  # type: ignore[arg-type]
        said = [
            assignment.reply(session, ticket.id or 0, "Ann", text, now(), file=uploaded(name, data))
            for text, name, data in (
                ("The new one:", "lid.png", PNG),
                ("", "bill.pdf", b"%PDF-1.7"),
            )
        ]
    for turn in said:
        await send(channel, chat(5), turn)
    assert [content for _, content in server.world.files.values()] == [PNG, b"%PDF-1.7"]
    assert "The new one:" in mia.bot_says[0]
    assert len(mia.bot_says) == 2
