"""A channel asked to send without an outbox behind it: how far it came is kept in memory alone."""

from bot.types import Channel, Chat, Progress, Turn


def progress(arrived: int = 0) -> Progress:
    """Of a delivery of which `arrived` messages are there."""

    async def nowhere(_: int) -> None:
        return

    return Progress(nowhere, arrived)


async def send(channel: Channel, chat: Chat, turn: Turn) -> None:
    """Have `turn` sent from its beginning, and noted as sent."""
    receipt = await channel.send(chat, turn, progress())
    if receipt is not None:
        receipt()
