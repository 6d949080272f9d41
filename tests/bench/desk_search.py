"""How long the desk's search takes over many turns: `python -m tests.bench.desk_search`.

python -m tests.bench.desk_search --turns 1000000               on SQLite, in a folder of its own
python -m tests.bench.desk_search --database postgresql://…     on an empty PostgreSQL database

Turns are made of the demo shop's words, a tenth of them Chinese; p50 and p95 are of each kind of
question, in milliseconds, with snippets and names, as the page asks for them. On a machine that
others use, only the processor time means something.
"""

import argparse
import random
import re
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from sqlalchemy import insert, text
from sqlmodel import Session

from bot.conversations import search
from bot.database.db import Database
from bot.database.tables import ConversationRow, SearchRow, TicketRow, TurnRow
from bot.tickets import finding
from bot.types import now

ENGLISH = (
    "where is my order the parcel has not arrived robe kettle mug towel lamp linen blue sand size"
    " return refund broken crack delivery express gift wrap voucher address change cancel warranty"
    " how long does it take can you tell me please thanks when will why not price discount stock"
)
CHINESE = (
    "怎么退货运费多少什么时候发货地址修改取消订单包裹没有收到杯子裂缝毛巾台灯尺码价格优惠库存谢谢"
)
WORDS = tuple(re.findall(r"\w+", ENGLISH))
QUESTIONS = {
    "a common word": ("order", "my", "parcel"),
    "two words": ("broken mug", "change address", "gift wrap"),
    "as one types": ("o", "or", "ord", "refu", "vouc"),
    "Chinese": ("退货", "运费多少", "裂"),
    "an order's number": ("J-48213", "W100", "#77"),
    "nothing": ("zeppelin", "齐柏林飞艇"),
}
PER_CONVERSATION, BATCH, ROUNDS = 8, 5000, 12


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.desk_search")
    parser.add_argument("--turns", type=int, default=100_000)
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="deskhand-search-") as folder:
        database = Database(options.database or f"sqlite:///{folder}/search.db")
        database.migrate()
        began = time.perf_counter()
        fill(database, options.turns)
        print(f"{options.turns} turns in {time.perf_counter() - began:.0f} s")
        for kind, questions in QUESTIONS.items():
            both = [each for one in questions for each in asked(database, one)]
            taken, worked = (sorted(times) for times in zip(*both, strict=True))
            print(
                f"{kind:20} p50 {at(taken, 0.5):6.1f} ms  p95 {at(taken, 0.95):6.1f} ms"
                f"  of it processor p50 {at(worked, 0.5):6.1f} ms  p95 {at(worked, 0.95):6.1f} ms"
            )
        database.close()


def asked(database: Database, typed: str) -> Iterator[tuple[float, float]]:
    """Milliseconds by the clock and of this thread, which on SQLite does the database's work."""
    for _ in range(ROUNDS):
        began, busy = time.perf_counter(), time.thread_time()
        with database.read() as session:
            finding.find(session, typed)
        yield (time.perf_counter() - began) * 1000, (time.thread_time() - busy) * 1000


def at(taken: list[float], share: float) -> float:
    return taken[min(len(taken) - 1, int(len(taken) * share))]


def fill(database: Database, turns: int, *, found: bool = True) -> None:
    """Conversations of so many turns; what is not to be `found` is there sooner."""
    chance = random.Random(20)
    for first in range(0, turns, BATCH):
        with database.begin() as session:
            _batch(session, chance, first, min(BATCH, turns - first), found=found)
    with database.begin() as session:
        session.connection().execute(text("ANALYZE"))


def _batch(session: Session, chance: random.Random, first: int, many: int, *, found: bool) -> None:
    chats = range(first // PER_CONVERSATION, (first + many) // PER_CONVERSATION)
    rows = [
        {"id": chat + 1, "channel": "web", "chat_id": f"c{chat}", "name": f"Shopper {chat}"}
        for chat in chats
    ]
    _put(session, ConversationRow, rows)
    names = [
        {"conversation_id": row["id"], "kind": "name", "ref": row["id"]}
        | {"tokens": search.tokens(str(row["name"]))}
        for row in rows
    ]
    _put(session, SearchRow, names)
    tickets = [
        {"conversation_id": chat + 1, "status": "closed", "reason": "request", "priority": 3}
        | {"summary": ""}
        for chat in chats
        if chat % 5 == 0
    ]
    _put(session, TicketRow, tickets)
    said, words = [], []
    for number in range(first + 1, first + many + 1):
        chat = min((number - 1) // PER_CONVERSATION, chats[-1]) + 1
        line = _line(chance, number)
        said.append(
            {"id": number, "conversation_id": chat, "author": "shopper", "text": line}
            | {"language": "en", "buttons": [], "sources": [], "meta": {}, "at": now()}
        )
        kept = {"conversation_id": chat, "kind": "turn", "ref": number}
        words.append(kept | {"tokens": search.tokens(line) if found else ""})
    _put(session, TurnRow, said)
    _put(session, SearchRow, words)


def _put(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(table), rows)


def _line(chance: random.Random, number: int) -> str:
    if number % 10 == 0:
        return "".join(chance.choices(CHINESE, k=18))
    known = f" J-{number % 90000:05}" if number % 7 == 0 else ""
    return " ".join(chance.choices(WORDS, k=12)) + known


if __name__ == "__main__":
    main()
