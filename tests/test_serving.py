"""A serving process: one channel's trouble is nobody else's end, and not its own."""

import asyncio

from structlog.testing import capture_logs

from bot.serving import listen
from bot.types import Chat, Draft, Handler, Incoming, Progress, Turn


class Stumbling:
    """A channel that breaks in a way nobody foresaw, then hears one message, then ends."""

    name = "stumbling"

    def __init__(self) -> None:
        self.runs = 0

    async def run(self, handler: Handler) -> None:
        self.runs += 1
        if self.runs == 1:
            raise KeyError("nobody foresaw this")
        if self.runs == 2:
            await handler(Incoming(Chat(self.name, "a"), "1", "hello"))

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> None:
        return

    async def typing(self, chat: Chat) -> None:
        return

    async def preview(self, chat: Chat, draft: Draft) -> None:
        return


async def test_channel_that_breaks_or_ends_listens_again_until_it_is_told_to_stop() -> None:
    channel, heard = Stumbling(), asyncio.Queue[Incoming]()
    with capture_logs() as logs:
        listening = asyncio.create_task(listen(channel, heard.put, pause=0.01))
        assert (await heard.get()).text == "hello"
        while channel.runs < 4:
            await asyncio.sleep(0.01)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    assert listening.cancelled()
    said = [(line["event"], line["channel"]) for line in logs]
    assert set(said) == {("app.channel_failed", "stumbling")}
