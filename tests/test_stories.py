"""Golden conversations: each chat in `stories/*.md` goes through the shop as it is served.

A story is a fenced block under a `##` heading. Its lines:

    shopper: words             several in a row are a burst
    shopper clicks 2           a button of the bot's last message; or `shopper clicks person`
    shopper repeats: words     the same message once more, as a channel does after a broken line
    bot [reply id]: words      the answer's entry ("a | b": one of these), and what it contains
    bot [clarify id id]        the entries it offers, among others
    bot [escalate reason]: words
    system: words              what the shop says of itself ("Mei has joined")
    (silence)                  the bot says nothing
    agent Mei: words           also `agent Mei takes`, `… hands back`, `… closes`
    desk [reason]              why this chat is in the queue; or `desk [nobody]`

"…" stands for anything. A heading that ends in "(both databases)" is told on PostgreSQL, too.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session, select

from bot.app import App, answering
from bot.conversations import conversation, inbox
from bot.database.tables import OutboxRow, TurnRow
from bot.tickets import assignment, queue
from bot.types import Author, Chat, Draft, Handler, Incoming, Progress, Turn, now
from tests.support.demo import shop_on
from tests.support.postgres import Postgres

FOLDER = Path(__file__).parent / "stories"
BOTH = "(both databases)"
_ENOUGH = 60  # seconds for any step


@dataclass(frozen=True)
class Story:
    title: str
    lines: tuple[tuple[str, str], ...]  # (where, line)


def told(path: Path) -> list[Story]:
    """The stories of a file; prose around the blocks is for people."""
    stories: list[Story] = []
    lines: list[tuple[str, str]] = []
    title, inside = "", False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            if inside:
                stories.append(Story(title, tuple(lines)))
            inside, lines = not inside, []
        elif inside and line.strip():
            lines.append((f"{path.name}:{number}", line.strip()))
        elif line.startswith("## "):
            title = line.removeprefix("## ")
    return stories


STORIES = [story for path in sorted(FOLDER.glob("*.md")) for story in told(path)]


@dataclass
class Recorder:
    """A channel whose shopper only listens."""

    name: str = "web"
    heard: list[Turn] = field(default_factory=list)

    async def run(self, handler: Handler) -> None:
        """Nothing comes in by itself."""

    async def send(self, chat: Chat, reply: Turn, progress: Progress) -> None:
        self.heard.append(reply)

    async def typing(self, chat: Chat) -> None:
        """Nobody watches."""

    async def preview(self, chat: Chat, draft: Draft) -> None:
        """Nobody watches."""


class Stage:
    """One story being told: the shop, a shopper's chat, and what has been said but not read."""

    def __init__(self, app: App, chat_id: str) -> None:
        self.app = app
        self.chat = Chat("web", f"{chat_id} {uuid4()}")  # another one when it is told again
        self.channel = Recorder()
        self.last = Turn(0, Author.BOT, "", "en", now())
        self.spoken: Incoming | None = None
        self.count = 0

    async def tell(self, line: str) -> None:
        for pattern, act in _LINES:
            if found := re.fullmatch(pattern, line):
                await act(self, *found.groups())
                return
        pytest.fail(f"not a line of a story: {line}")

    async def settle(self) -> None:
        """Let the shop work until nothing is left to answer or to deliver."""
        async with answering(self.app, {self.channel.name: self.channel}), asyncio.timeout(_ENOUGH):
            while await self.app.db.query(self._busy):
                await asyncio.sleep(0.01)

    def _busy(self, session: Session) -> bool:
        unsent = select(OutboxRow.id).where(OutboxRow.status == "open")
        return inbox.backlog(session) > 0 or session.exec(unsent).first() is not None

    async def shopper(self, text: str, choice: str | None = None) -> None:
        assert not self.channel.heard, f"nobody read: {self.channel.heard[0].text}"
        self.count += 1
        self.spoken = Incoming(self.chat, f"m{self.count}", text, choice=choice)
        await self.app.flow.receive(self.spoken)

    async def repeats(self, text: str) -> None:
        assert self.spoken is not None
        assert self.spoken.text == text
        await self.app.flow.receive(self.spoken)

    async def clicks(self, which: str) -> None:
        if which == "person":
            await self.shopper("Talk to a person", "person")
            return
        button = self.last.buttons[int(which) - 1]
        await self.shopper(button.label, button.value)

    async def next(self, author: Author) -> tuple[Turn, dict[str, Any]]:
        """What is heard next, and what the bot noted with it."""
        await self.settle()
        assert self.channel.heard, "nobody said anything"
        self.last = turn = self.channel.heard.pop(0)
        assert turn.author is author, f"{turn.author} said: {turn.text}"
        return turn, await self.app.db.query(lambda s: dict(s.get_one(TurnRow, turn.id).meta))

    async def bot(self, action: str, rest: str, words: str) -> None:
        turn, meta = await self.next(Author.BOT)
        shown = f"{meta} {[each.id for each in turn.sources]} {turn.text}"
        assert meta["action"] == action, shown
        named = rest.replace("|", " ").split()
        if action == "escalate":
            assert meta["reason"] in named, shown
        elif action == "clarify":
            assert 1 <= len(turn.buttons) <= 3, shown
            assert {f"entry:{each}" for each in named} <= {b.value for b in turn.buttons}, shown
        elif "|" in rest:
            assert turn.sources[0].id in named, shown
        else:
            assert [source.id for source in turn.sources] == named, shown
        contains(turn.text, words)

    async def system(self, words: str) -> None:
        contains((await self.next(Author.SYSTEM))[0].text, words)

    async def silence(self) -> None:
        await self.settle()
        assert not self.channel.heard, self.channel.heard[0].text

    async def agent(self, name: str, words: str) -> None:
        await self._act(lambda s, ticket: assignment.reply(s, ticket, name, words, now()))
        turn, _ = await self.next(Author.AGENT)
        assert (turn.agent, turn.text) == (name, words)

    async def takes(self, name: str) -> None:
        await self._act(lambda s, ticket: assignment.take(s, ticket, name, now()))

    async def hands_back(self, name: str) -> None:
        await self._act(lambda s, ticket: assignment.hand_back(s, ticket, name, now()))

    async def closes(self, name: str) -> None:
        await self._act(lambda s, ticket: assignment.close(s, ticket, name, now()))

    async def desk(self, reason: str) -> None:
        await self.settle()
        waiting = [view for view in await self.app.db.query(queue.queue) if view.chat == self.chat]
        if reason == "nobody":
            assert not waiting
        else:
            assert [view.reason in reason.replace("|", " ").split() for view in waiting] == [True]

    async def _act(self, work: Callable[[Session, int], object]) -> None:
        """Do something to the chat's ticket; what was said before it has been heard."""
        await self.settle()

        def now_(session: Session) -> object:
            row = conversation.find(session, self.chat)
            assert row is not None
            mine = [view for view in queue.queue(session) if view.conversation_id == row.id]
            return work(session, mine[0].id)

        await self.app.db.write(now_)
        await self.settle()


def contains(text: str, words: str) -> None:
    """Fail unless the pieces between "…" appear in `text` in this order."""
    rest = text
    for piece in filter(None, (part.strip() for part in words.split("…"))):
        assert piece in rest, f"{piece!r} is not in: {text}"
        rest = rest[rest.index(piece) + len(piece) :]


_LINES: list[tuple[str, Callable[..., Any]]] = [
    (r"shopper: (.+)", Stage.shopper),
    (r"shopper repeats: (.+)", Stage.repeats),
    (r"shopper clicks (person|\d)", Stage.clicks),
    (r"bot \[(reply|clarify|escalate) ?([^\]]*)\]:? ?(.*)", Stage.bot),
    (r"system: (.+)", Stage.system),
    (r"\(silence\)", Stage.silence),
    (r"agent (\w+): (.+)", Stage.agent),
    (r"agent (\w+) takes", Stage.takes),
    (r"agent (\w+) hands back", Stage.hands_back),
    (r"agent (\w+) closes", Stage.closes),
    (r"desk \[([^\]]+)\]", Stage.desk),
]


async def tell(app: App, story: Story) -> None:
    stage = Stage(app, story.title)
    for where, line in story.lines:
        try:
            await stage.tell(line)
        except AssertionError as error:
            raise AssertionError(f"{where}: {line}\n{error}") from error
    await stage.silence()


def _ids(stories: list[Story]) -> list[str]:
    return [story.title for story in stories]


def test_stories_have_names_of_their_own() -> None:
    assert len(STORIES) > 20
    assert len(set(_ids(STORIES))) == len(STORIES)


@pytest.mark.parametrize("story", STORIES, ids=_ids(STORIES))
async def test_story(story: Story, demo_app: App) -> None:
    await tell(demo_app, story)


ON_BOTH = [story for story in STORIES if story.title.endswith(BOTH)]


@pytest.mark.parametrize("story", ON_BOTH, ids=_ids(ON_BOTH))
async def test_story_on_postgresql(
    story: Story, migrated_postgres: str, postgres: Postgres, demo_index_dir: Path
) -> None:
    with postgres.lend_again(migrated_postgres) as url:
        app = shop_on(url, demo_index_dir)
        try:
            await tell(app, story)
        finally:
            app.db.close()
