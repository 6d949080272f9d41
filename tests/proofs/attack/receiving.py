"""What Telegram brings, at its worst: updates of no known shape, a flooded group, double taps.

It runs `bot serve` by polling and by webhook against the stand-in, which keeps Telegram's budgets:
a group gets 20 messages a minute, no more.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

from sqlmodel import Session, select

from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow
from bot.tickets import assignment
from bot.types import now
from tests.proofs.attack import Ground, Row
from tests.proofs.telegram import TelegramServer
from tests.support.telegram import Group, PrivateChat

JSON = dict[str, Any]
QUESTION, ANSWER = "How long is the warranty?", "2 years"
_GROUP = -4242
_TAPS = 3
_PATIENCE = 60.0  # seconds for anything that no budget holds back
_A_MESSAGE = 4.0  # seconds for each of a group's, which Telegram takes 20 a minute of
_SIZE = {"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}
_FILE = {"file_id": "f", "file_unique_id": "u"}


def _deep(levels: int) -> Any:
    nest: Any = {}
    for _ in range(levels):
        nest = {"story": [nest]}
    return nest


# Beside words that can be read, whatever they stand beside.
BESIDE_TEXT: Sequence[JSON] = (
    {"entities": [{"type": "bold"}]},
    {"entities": {"type": "mention"}},
    {"entities": [{"type": 5, "offset": 10**20, "length": -1}]},
    {"reply_to_message": "9"},
    {"reply_to_message": {"text": 5}},
    {"reply_to_message": _deep(200)},
    {"forward_origin": {"type": "user", "date": 10**20}},
    {"via_bot": 5},
    {"quote": {"text": ["a"]}, "external_reply": "?"},
    {"message_thread_id": 10**30, "is_topic_message": True},
    {"link_preview_options": []},
    {"edit_date": 10**20},
    {"sender_tag": _deep(200)},
)
BESIDE_CAPTION: Sequence[JSON] = (
    {"photo": [{"file_id": "f"}]},
    {"photo": "f"},
    {"photo": [_SIZE, {"width": "wide"}]},
    {"live_photo": {"file_id": "f", "photo": 3}},
    {"document": {**_FILE, "file_size": 10**30}},
    {"document": {**_FILE, "file_name": ["a"], "mime_type": {}}},
    {"document": {**_FILE, "mime_type": "text/html\r\nSet-Cookie: a=b"}},
    {"video": _deep(200)},
    {"voice": []},
    {"sticker": "👍"},
    {"story": _deep(200)},
    {"paid_media": {"star_count": 1, "paid_media": [{"type": "dream"}]}},
    {"poll": {"question": 5}},
    {"hologram": {**_FILE, "depth": 10**30}},
)
# In place of a message, or of what says whose it is: nobody can be answered.
NOBODYS: Sequence[JSON] = (
    {"chat": None},
    {"chat": {"id": 10**30, "type": "private"}},
    {"chat": {"id": "5", "type": "private"}},
    {"chat": {"id": [5], "type": "private"}},
    {"chat": {"id": {}, "type": []}},
    {"from": []},
    {"from": {"id": 10**30, "is_bot": False, "first_name": "M"}},
    {"message_id": 10**30},
    {"message_id": None},
    {"date": 10**30},
    {"date": "today"},
    {"text": 5},
    {"text": ["?"]},
    {"migrate_to_chat_id": 10**30},
    {"migrate_to_chat_id": "?"},
    {"direct_messages_topic": {"topic_id": "?"}},
    {"sender_chat": "?"},
)
OTHERS: Sequence[tuple[str, Any]] = (
    ("message", None),
    ("message", []),
    ("edited_message", {"message_id": 1}),
    ("callback_query", {"id": "1"}),
    ("callback_query", {"id": 1, "from": "?", "chat_instance": "", "data": 5}),
    ("my_chat_member", {"chat": 5}),
    ("business_connection", {"id": "c", "rights": "all"}),
    ("business_message", {"message_id": 1, "business_connection_id": 5}),
)
KINDS = len(BESIDE_TEXT) + len(BESIDE_CAPTION) + len(NOBODYS) + len(OTHERS)


async def attack(ground: Ground) -> Sequence[Row]:
    """Attack by polling and by webhook."""
    rows: list[Row] = []
    people = 8 if ground.short else 50
    for way in ("polling", "webhook"):
        folder = ground.folder / f"received-{way}"
        folder.mkdir(parents=True)
        url = f"sqlite:///{folder / 'shop.db'}"
        server = TelegramServer(url, folder, ground.index, webhook=way == "webhook")
        async with server.telegram:
            await server.start()
            try:
                await server.ready()
                rows.append(await _malformed(server, way))
                rows.append(await _double_taps(server, way, people=5 if ground.short else 25))
                rows.append(await _flood(server, way, people))
            finally:
                await server.stop()
    return rows


async def _malformed(server: TelegramServer, way: str) -> Row:
    """Every kind once, each in a chat of its own; then each of these chats asks a question."""
    world = server.telegram.world
    bodies = [{"text": QUESTION, **fields} for fields in BESIDE_TEXT]
    bodies += [{"caption": QUESTION, **fields} for fields in BESIDE_CAPTION]
    readable = len(bodies)
    bodies += [{"text": QUESTION, **fields} for fields in NOBODYS]
    seats = [server.telegram.private_chat(30_000 + number) for number in range(len(bodies))]
    for seat, fields in zip(seats, bodies, strict=True):
        with world.lock:
            seat.chat.opened = True
            own = {"message_id": world.number(), "date": int(world.clock())}
            message = {**own, "chat": seat.chat.json, "from": seat.person, **fields}
            world.emit("message", message, seat.chat.queue)
    for kind, body in OTHERS:
        world.emit(kind, body, f"others:{kind}")
    heard = await _count(seat.sees(ANSWER, _PATIENCE) for seat in seats[:readable])
    for seat in seats:
        await seat.writes("Do you take PayPal?")
    after = await _count(seat.sees("PayPal", _PATIENCE) for seat in seats)
    confirmed = await _count([server.telegram.confirmed(_PATIENCE)])
    return Row(
        f"{KINDS} kinds of malformed updates, by {way}",
        "words that can be read are answered; everybody is answered afterwards",
        f"{heard} of {readable} read; {after} of {len(seats)} answered afterwards; "
        f"{'all' if confirmed else 'not all'} confirmed",
        heard == readable and after == len(seats) and confirmed == 1,
    )


async def _double_taps(server: TelegramServer, way: str, people: int) -> Row:
    """Each presses a topic of the greeting several times at once."""
    seats = [server.telegram.private_chat(40_000 + number) for number in range(people)]

    async def tap(seat: PrivateChat) -> None:
        await seat.starts("campaign_42")
        greeting = await seat.sees("Hello", _PATIENCE)
        await seat.presses(greeting.buttons[0], taps=_TAPS)
        await seat.sees("Source", _PATIENCE)

    answered = await _count(tap(seat) for seat in seats)
    await server.telegram.confirmed(_PATIENCE)
    await asyncio.sleep(2.0)  # for whatever would come a second time
    answers = [sum("Source" in line for line in seat.bot_says) for seat in seats]
    return Row(
        f"{people} shoppers tap a button {_TAPS} times at once, by {way}",
        "one answer each",
        f"{answered} answered, {sum(answers)} answers",
        answered == people and answers == [1] * people,
    )


async def _flood(server: TelegramServer, way: str, people: int) -> Row:
    """All of a group ask at once while an agent has one of them; somebody else asks in private."""
    group = server.telegram.group(_GROUP, "Friends")
    first = group.member(50_000, "First")
    await first.mentions_bot("I want to talk to a person")
    await group.sees("colleague", _PATIENCE)
    database = Database(server.database_url)
    ticket_id = await database.write(_take)
    await group.sees("Noor", _PATIENCE)
    members = [group.member(50_001 + number, f"P{number}") for number in range(people - 1)]
    asked = {await member.mentions_bot(QUESTION): member for member in members}
    silent = await first.mentions_bot(QUESTION)
    ann = server.telegram.private_chat(60_000, "Ann")
    began = server.telegram.clock()
    await ann.writes(QUESTION)
    alone = await _count([ann.sees(ANSWER, _PATIENCE)])
    waited = server.telegram.clock() - began

    def done() -> bool | None:
        return len(_answered(group)) >= len(asked) or None

    await server.telegram.world.signal.until(done, _PATIENCE + _A_MESSAGE * people)
    await server.telegram.confirmed(_PATIENCE)
    answered = _answered(group)
    taken = await database.query(lambda session: session.get_one(TicketRow, ticket_id).status)
    database.close()
    return Row(
        f"a group of {people} asks at once, one of them has a person, by {way}",
        "everybody else is answered by a reply to their own message, a private chat at once",
        f"{len(answered & asked.keys())} of {len(asked)} answered in the group; "
        f"a private chat in {waited:.1f} s",
        answered == set(asked) and silent not in answered and taken == "taken" and alone == 1,
    )


def _answered(group: Group) -> set[int]:
    """The messages of the group that the bot has answered by a reply."""
    lines = (line for line in group.log if line.from_bot and ANSWER in line.text)
    return {int(line.message.get("reply_to_message", {}).get("message_id", 0)) for line in lines}


def _take(session: Session) -> int:
    """An agent takes the group's only ticket."""
    query = select(TicketRow).join(ConversationRow).where(TicketRow.status == "open")
    found = session.exec(query.where(ConversationRow.chat_id == f"{_GROUP}:50000")).one()
    return int(assignment.take(session, found.id or 0, "Noor", now()).id or 0)


async def _count(waiting: Iterable[Awaitable[object]]) -> int:
    """How many of these came to pass."""
    results = await asyncio.gather(*waiting, return_exceptions=True)
    return sum(not isinstance(result, BaseException) for result in results)
