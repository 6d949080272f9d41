"""Telegram for the kill proof: a stand-in that outlives the bot, shoppers in it, and its wire.

The stand-in keeps Telegram's budgets as they are known. A webhook's public address ends at the
bot's local port, as behind a proxy that unwraps TLS.
"""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from sqlmodel import Session, col, select

from bot.channels.telegram.message import parts
from bot.conversations import conversation
from bot.database.tables import ConversationRow, OutboxRow, TurnRow
from tests.proofs.servers import ServeServer
from tests.proofs.shopper import STRANGE, questions
from tests.support.telegram import FakeTelegram, PrivateChat
from tests.support.telegram.markup import parse_html, tidy

Channel = Literal["web", "telegram-polling", "telegram-webhook"]
PUBLIC = "https://shop.example"
_FIRST_CHAT = 7_000_000  # the first shopper's user id
_PATIENT = 0.5  # the share of messages whose answer is awaited before the next one is written
_WAIT = 10.0  # seconds that a patient shopper waits
_LATE = 0.5  # seconds for which a dead process's last words may still come out of the socket


class TelegramServer(ServeServer):
    """`bot serve` with the stand-in as its Telegram, by polling or by webhook."""

    def __init__(
        self,
        database_url: str,
        folder: Path,
        index: Path,
        *,
        webhook: bool,
        retry_after: float = 1.0,
    ) -> None:
        super().__init__(database_url, folder, index)
        self._public = PUBLIC if webhook else ""
        self.telegram = FakeTelegram(webhook_delay=retry_after, ends={PUBLIC: self.base})
        self.kills: list[float] = []

    def environment(self) -> dict[str, str]:
        ours = {"BOT_PUBLIC_URL": self._public}
        return super().environment() | self.telegram.settings | ours

    async def kill(self) -> None:
        self.kills.append(self.telegram.clock())
        await super().kill()

    def unheard(self) -> int:
        return self.telegram.pending

    def wire(self, session: Session) -> "Wire":
        """What went over the wire, held against what the outbox says it sent."""
        return wire(session, self.telegram, self.kills)


class TelegramShopper:
    """One private chat. `accepted` holds the ids of the messages that Telegram took, in order."""

    def __init__(self, telegram: FakeTelegram, number: int, seed: int) -> None:
        self.accepted: list[str] = []
        self.number = number
        self._random = random.Random(f"{seed}/{number}")
        self._seat: PrivateChat = telegram.private_chat(
            _FIRST_CHAT + number, f"Shopper {number}", self._random.choice(["en", "zh-hans"])
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return

    async def say(self) -> None:
        """Write one message; returns at once, or most often once an answer is seen."""
        known = self._random.random() >= STRANGE
        seen = len(self._seat.log)
        written = await self._seat.writes(self._random.choice(questions(known=known)))
        self.accepted.append(str(written))
        if self._random.random() < _PATIENT:

            def answered() -> bool | None:
                return any(line.from_bot for line in self._seat.chat.log[seen:]) or None

            await self._seat.world.signal.until(answered, _WAIT)


@dataclass(frozen=True)
class Wire:
    """What must not have happened on the wire; and, for scale, what may.

    `missing`: answers that never came whole. `misplaced`: messages that no answer of their chat
    explains at that time, a long answer's earlier ones among them. `doubled`: repeats without a
    kill between the two, or for one that the database had noted. `crowded`: chats in which more
    than one message came again after the same kill. `unconfirmed`: updates that the bot never took.
    `repeated`: messages that were on their way at a kill and came again, the first of the two at
    most `window` seconds before it; `together`: the most of them after one kill, each in a chat of
    its own. `refused`: sends that met a budget; and `too_soon` of them, while the chat was closed,
    which a new process cannot know.
    """

    missing: int
    misplaced: int
    doubled: int
    crowded: int
    unconfirmed: int
    answers: int
    messages: int
    repeated: int
    together: int
    window: float
    refused: int
    too_soon: int

    def counts(self) -> dict[str, int]:
        """Everything that must be 0."""
        wrong = ("missing", "misplaced", "doubled", "crowded", "unconfirmed")
        return {name: count for name, count in asdict(self).items() if name in wrong}

    @property
    def clean(self) -> bool:
        return not any(self.counts().values())


@dataclass(frozen=True)
class Sent:
    """One message of the bot, as the stand-in showed it."""

    text: str
    at: float


@dataclass(frozen=True)
class Answer:
    """A turn that the outbox says was sent: from when on, until when, and in which messages."""

    written: float
    noted: float
    texts: tuple[str, ...]


def wire(session: Session, telegram: FakeTelegram, kills: Sequence[float]) -> Wire:
    """Hold every chat against the outbox.

    A message belongs to the first answer of its chat that was not noted as sent by then: the next
    one goes out only after that note.
    """
    calls = [call for call in telegram.calls if call.method == "sendMessage"]
    sent: dict[str, list[Sent]] = defaultdict(list)
    for call in calls:
        if call.status == 200:
            sent[str(call.chat_id)].append(Sent(str(call.result["text"]), call.at))
    expected = _answers(session)
    totals: Counter[str] = Counter()
    after: Counter[tuple[float, str]] = Counter()
    window = 0.0
    for chat in sent.keys() | expected.keys():
        answers, messages = expected.get(chat, []), list(sent.get(chat, []))
        for answer in answers:
            mine = [each for each in messages if each.at <= answer.noted]
            del messages[: len(mine)]
            heard = follow(answer, mine)
            totals["misplaced"] += heard.strangers
            totals["missing"] += heard.arrived != len(answer.texts)
            for first, second in heard.repeats:
                kill = between(kills, first.at, second.at)
                if kill is None:
                    totals["doubled"] += 1
                else:
                    totals["repeated"] += 1
                    after[kill, chat] += 1
                    window = max(window, kill - first.at)
        totals["misplaced"] += len(messages)
    return Wire(
        missing=totals["missing"],
        misplaced=totals["misplaced"],
        doubled=totals["doubled"],
        crowded=sum(number > 1 for number in after.values()),
        together=max(Counter(kill for kill, _ in after).values(), default=0),
        unconfirmed=telegram.pending + len(telegram.world.updates.lost),
        answers=sum(map(len, expected.values())),
        messages=sum(map(len, sent.values())),
        repeated=totals["repeated"],
        window=window,
        refused=sum(call.status == 429 for call in calls),
        too_soon=len(telegram.violations),
    )


def _answers(session: Session) -> dict[str, list[Answer]]:
    """What the outbox says was sent to each chat, in the order in which it must have gone."""
    query = (
        select(OutboxRow, TurnRow, ConversationRow)
        .where(OutboxRow.turn_id == TurnRow.id, TurnRow.conversation_id == ConversationRow.id)
        .where(OutboxRow.status == "sent", OutboxRow.channel == "telegram")
        .order_by(col(OutboxRow.id))
    )
    found: dict[str, list[Answer]] = defaultdict(list)
    for row, turn, talk in session.exec(query):
        messages = parts(conversation.turn_of(turn), private=True)  # as all its chats are
        texts = tuple(tidy(*parse_html(part.html))[0] for part in messages)
        if texts:
            found[talk.chat_id].append(
                Answer(_seconds(row.created_at), _seconds(row.sent_at), texts)
            )
    return found


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at is not None else time.time()


@dataclass(frozen=True)
class Heard:
    """How an answer came: `arrived` of its messages, each after the one before it; what came again,
    each with what it repeats; and how many messages were neither."""

    arrived: int
    repeats: tuple[tuple[Sent, Sent], ...]
    strangers: int


def follow(answer: Answer, messages: Sequence[Sent]) -> Heard:
    """Only the message that came last may come again: the ones before it had been noted."""
    arrived = strangers = 0
    repeats: list[tuple[Sent, Sent]] = []
    last: Sent | None = None
    for message in messages:
        if message.at < answer.written:
            strangers += 1
        elif arrived < len(answer.texts) and message.text == answer.texts[arrived]:
            arrived, last = arrived + 1, message
        elif last is not None and message.text == last.text:
            repeats.append((last, message))
            last = message
        else:
            strangers += 1
    return Heard(arrived, tuple(repeats), strangers)


def between(kills: Sequence[float], first: float, second: float) -> float | None:
    """The kill that explains why what was sent at `first` was sent again at `second`."""
    return next((kill for kill in kills if first <= kill + _LATE and kill <= second), None)
