"""Somebody knows an e-mail and tries order numbers, from fresh chats and many addresses.

Behind a proxy that tells addresses, every number that an order may have is tried with the
customer's e-mail, and strangers ask for codes to it until they get no more. Meanwhile the customer
comes again and again: by number and e-mail in a chat that was there before, by a link, by a code.
"""

import asyncio
import random
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx
from sqlmodel import Session, col, select

from bot.customers import identity, proof_dialogue
from bot.database.db import Database
from bot.database.tables import ConversationRow, ProofRow, TicketRow
from bot.orders.record import State
from bot.types import now
from tests.proofs.attack import Ground, Row
from tests.proofs.servers import ServeServer
from tests.support.talk import ANNA, KETTLE, bought, shop_with

NUMBERS = range(1_000, 11_000)  # all that an order of the shop may have
HERS = (1_377, 2_891, 4_404, 6_150, 8_123, 9_876)
EMAIL = str(ANNA.email)
SIDE_BY_SIDE = 16
_WATCHED = 40  # tries that are made one by one, to see which of them raises the alarm
_ALARM_WITHIN = 30
_TIMES = 4  # that she comes in one chat: more would be a flood
_PATIENCE = 60.0  # seconds


@dataclass(frozen=True)
class Size:
    """How much is tried: by the guesser, and by the customer in each way."""

    tries: int
    chats: int
    addresses: int
    by_number: int
    by_link: int
    by_code: int = 3  # an hour's letters to a chat that is known as hers


LONG = Size(10_000, 1_000, 50, by_number=50, by_link=47)
SHORT = Size(150, 40, 12, by_number=6, by_link=5)


class Browser:
    """One shopper's browser behind the proxy."""

    def __init__(self, base: str, address: str) -> None:
        headers = {"X-Forwarded-For": address}
        self._http = httpx.AsyncClient(
            base_url=base, headers=headers, trust_env=False, verify=False, timeout=_PATIENCE
        )

    async def __aenter__(self) -> Self:
        await self._http.get("/chat")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def says(self, text: str, choice: str | None = None, *, patient: bool = True) -> bool:
        """Whether the message was taken; one that has to wait is sent again by the `patient`."""
        message = {"id": str(uuid4()), "text": text, "language": "en", "choice": choice}
        while True:
            try:
                answer = await self._http.post("/api/chat/messages", json=message)
            except httpx.TransportError:  # a connection that was idle for too long: once more
                continue
            if answer.status_code == 202 or not patient:
                return answer.status_code == 202
            await asyncio.sleep(float(answer.headers.get("Retry-After", 1)))

    async def opens(self, token: str) -> None:
        """Open a link of the shop's."""
        answer = await self._http.post("/api/chat/proof", json={"token": token})
        answer.raise_for_status()

    @property
    def cookie(self) -> str:
        """`<chat id>~<which session>.<time>.<signature>`."""
        return self._http.cookies["deskhand_chat"]

    @property
    def chat(self) -> str:
        return self.cookie.rsplit(".", 2)[0].partition("~")[0]

    async def proven(self) -> bool:
        """Whether the shop takes this shopper for a customer."""
        return bool((await self._http.get("/api/chat/turns")).json()["proven"])


@dataclass
class Shop:
    """The server, what it keeps, and the letters that it sent."""

    server: ServeServer
    db: Database
    letters: Path

    def mail(self) -> list[str]:
        """The letters' words, oldest first."""
        files = sorted(self.letters.glob("*.eml"), key=lambda each: each.stat().st_mtime_ns)
        read = (message_from_bytes(file.read_bytes(), policy=policy.default) for file in files)
        return [f"{each['Subject']}\n{each.get_content()}" for each in read]

    def codes(self) -> list[str]:
        found = (re.search(r"^(\d{6,8}) is your code", each, re.MULTILINE) for each in self.mail())
        return [code[1] for code in found if code]

    def proven(self, session: Session) -> frozenset[str]:
        """The chats in which somebody has proven to be somebody."""
        query = select(ConversationRow.chat_id).join(
            ProofRow, col(ProofRow.conversation_id) == col(ConversationRow.id)
        )
        return frozenset(session.exec(query))

    async def alarmed(self) -> bool:
        """Whether the log has said it and a ticket is at the desk."""

        def ticket(session: Session) -> bool:
            query = select(TicketRow.id).where(TicketRow.reason == "guessing")
            return session.exec(query.limit(1)).first() is not None

        said = "proof.attack" in await asyncio.to_thread(self.server.log_tail, 10_000)
        return said and await self.db.query(ticket)


async def attack(ground: Ground) -> Sequence[Row]:
    """The guesser and the customer at once, in a shop of their own."""
    size = SHORT if ground.short else LONG
    url, letters = f"sqlite:///{ground.folder / 'shop.db'}", ground.folder / "letters"
    db = Database(url)
    db.migrate()
    shop_with(db, *(bought(f"#W{number}", State.SHIPPED, KETTLE) for number in HERS))
    settings = {
        "BOT_TRUSTED_PROXIES": "127.0.0.1",
        "BOT_SMTP_URL": f"file:{letters}",
        "BOT_MAIL_FROM": "shop@example.com",
    }
    shop = Shop(ServeServer(url, ground.folder, ground.index, settings), db, letters)
    await shop.server.start()
    try:
        await shop.server.ready()
        return await _both(shop, size)
    finally:
        await shop.server.stop()
        db.close()


async def _both(shop: Shop, size: Size) -> Sequence[Row]:
    async with AsyncExitStack() as open_pages:
        customer = Customer(shop, size, open_pages)
        await customer.was_there()
        guesser = Guesser(shop, size, open_pages)
        alarm = await guesser.begins()
        await guesser.asks_for_codes()
        guessing = asyncio.create_task(guesser.goes_on())
        await customer.comes_again_and_again()
        await guessing
        opened = await shop.db.query(shop.proven) & guesser.chats
    told = sum(letter.startswith("Was this you?") for letter in shop.mail())
    strangers = len(shop.codes()) - size.by_code
    came, got_in = customer.came.total(), customer.got_in.total()
    ways = ", ".join(f"{customer.got_in[way]} by {way}" for way in customer.came)
    tried = f"{size.tries} tries, {size.chats} chats, {size.addresses} addresses"
    refused = f"{size.tries - guesser.taken} of the tries refused by other limits"
    return [
        Row(
            "an e-mail is known, numbers are tried",
            tried,
            f"{len(opened)} opened; {refused}",
            not opened,
        ),
        Row("the same", f"alarm within {_ALARM_WITHIN}", f"at try {alarm}", alarm <= _ALARM_WITHIN),
        Row("the same", f"the customer gets in {came} times", f"{got_in}: {ways}", got_in == came),
        Row(
            "strangers ask for codes",
            "three letters, and one that asks whose tries they are",
            f"{strangers} and {told}",
            strangers <= 3 and told == 1,
        ),
    ]


class Guesser:
    """Tries all numbers, some with each chat, one address after the other."""

    def __init__(self, shop: Shop, size: Size, pages: AsyncExitStack) -> None:
        self._shop, self._size, self._pages = shop, size, pages
        rest = [number for number in NUMBERS if number not in HERS]
        self._numbers = [*HERS, *random.Random(5).sample(rest, size.tries - len(HERS))]
        random.Random(6).shuffle(self._numbers)
        self._browsers: list[Browser] = []
        self._next = 0
        self.taken = 0

    @property
    def chats(self) -> frozenset[str]:
        return frozenset(browser.chat for browser in self._browsers)

    async def begins(self) -> int:
        """Try one by one until the alarm is raised; the how manieth try that was."""
        for number in range(1, _WATCHED + 1):
            await self._try(self._numbers.pop())
            for _ in range(20):  # the ticket is the worker's, a moment later
                if await self._shop.alarmed():
                    return number
                await asyncio.sleep(0.02)
        return _WATCHED + 1

    async def asks_for_codes(self) -> None:
        """From five fresh chats, until there are no more letters for strangers."""
        for number in range(5):
            browser = await self._browser(number)
            await browser.says("Send me a code", proof_dialogue.CODE)
            await browser.says(EMAIL)

    async def goes_on(self) -> None:
        """Try what is left, side by side."""

        async def one_of_many() -> None:
            while self._numbers:
                await self._try(self._numbers.pop())

        await asyncio.gather(*(one_of_many() for _ in range(SIDE_BY_SIDE)))

    async def _try(self, number: int) -> None:
        self._next += 1
        at = self._next % self._size.chats
        if at >= len(self._browsers):
            await self._browser(at % self._size.addresses)
        browser = self._browsers[min(at, len(self._browsers) - 1)]
        taken = await browser.says(f"W{number} {EMAIL}", patient=False)
        self.taken += taken  # in one step: the others count here, too

    async def _browser(self, address: int) -> Browser:
        browser = Browser(self._shop.server.base, f"203.0.113.{address + 1}")
        self._browsers.append(await self._pages.enter_async_context(browser))
        return browser


class Customer:
    """Comes from addresses of her own; each way must let her in each time."""

    def __init__(self, shop: Shop, size: Size, pages: AsyncExitStack) -> None:
        self._shop, self._size, self._pages = shop, size, pages
        self._older: list[Browser] = []
        self.came: Counter[str] = Counter()
        self.got_in: Counter[str] = Counter()

    async def was_there(self) -> None:
        """Some of her chats are from before; in the first she has shown who she is."""
        for number in range(1 + self._size.by_number // _TIMES):
            browser = await self._browser(number)
            await browser.says("Hello")
            self._older.append(browser)
        await self._older[0].says(f"W{HERS[0]} {EMAIL}")

    async def comes_again_and_again(self) -> None:
        for number in range(self._size.by_number):
            await self._by_number(self._older[1 + number % (len(self._older) - 1)], number)
        for number in range(self._size.by_link):
            await self._by_link(await self._browser(100 + number))
        for _ in range(self._size.by_code):
            await self._by_code(self._older[0])

    async def _by_number(self, browser: Browser, number: int) -> None:
        await browser.says(f"W{HERS[number % len(HERS)]} {EMAIL}")
        await self._note("number in an older chat", browser)
        await browser.says("Log out", proof_dialogue.LEAVE)

    async def _by_link(self, browser: Browser) -> None:
        def link(session: Session) -> str:
            return identity.make_link(session, ANNA.id, at=now())

        await browser.opens(await self._shop.db.write(link))
        await self._note("link", browser)

    async def _by_code(self, browser: Browser) -> None:
        had = len(self._shop.codes())
        await browser.says("Send me a code", proof_dialogue.CODE)
        await browser.says(EMAIL)
        for _ in range(int(_PATIENCE / 0.1)):
            if len(self._shop.codes()) > had:
                break
            await asyncio.sleep(0.1)
        before = browser.cookie
        await browser.says(self._shop.codes()[-1])
        await self._note("code", browser, renewed=browser.cookie != before)

    async def _note(self, way: str, browser: Browser, *, renewed: bool = True) -> None:
        self.came[way] += 1
        self.got_in[way] += renewed and await browser.proven()

    async def _browser(self, number: int) -> Browser:
        browser = Browser(self._shop.server.base, f"198.51.100.{number}")
        return await self._pages.enter_async_context(browser)
