"""A shop with an agents' group as a process of its own, to be killed.

`python -m tests.support.agents_process DATABASE_URL BASE_URL TOKEN`; it prints
"ready" once it runs.
"""

import asyncio
import sys

from bot.channels.telegram.budget import Budget
from bot.channels.telegram.channel import Telegram
from bot.database.db import Database
from bot.desk.group.group import AgentsGroup
from bot.desk.group.reindex import Reindex
from bot.types import Incoming
from tests.support.agents_shop import GROUP, well
from tests.support.telegram_shop import FAST, SECRET


async def main(database_url: str, base_url: str, token: str) -> None:
    database = Database(database_url)
    channel = Telegram(
        token,
        db=database,
        base_url=base_url,
        public_url=None,
        webhook_secret=SECRET,
        budget=Budget(FAST),
        poll_timeout=1,
    )
    group = AgentsGroup(
        database,
        channel,
        chat_id=GROUP,
        language=None,
        public_url=None,
        health=well,
        reindex=Reindex(["false"]),
        poll=0.1,
    )
    channel.aside = group.take
    print("ready", flush=True)
    await asyncio.gather(channel.run(_nobody), group.run())


async def _nobody(_: Incoming) -> None:
    """No shopper writes to this one."""


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
