"""What goes to Telegram, under attack: sends that hang, a proxy that answers in Telegram's place,
a shopper who floods, and as many answers as the budget has."""

import asyncio
from collections.abc import Sequence

import httpx

from bot.database.db import Database
from tests.proofs.attack import Ground, Row
from tests.proofs.reconcile import Verdict, open_work, verdict
from tests.proofs.rush import (
    HANGING,
    HELD,
    P95,
    RATE,
    WITHIN,
    ask,
    hang,
    refused,
    rush,
    seats,
    shop,
    warm,
)
from tests.proofs.shopper import questions
from tests.proofs.telegram import TelegramServer

PAGE = "<html><h1>Blocked by your administrator</h1></html>"
STATUSES = (400, 401, 403, 404)
_BEHIND_THE_PROXY, _FLOODING, _BESIDE = 300, 400, 410
_PATIENT = 90.0  # seconds; what waits is tried again after a growing pause


async def attack(ground: Ground) -> Sequence[Row]:
    """Each against the same running shop, one after the other."""
    async with shop(ground.folder, ground.index) as server:
        known = await (warm(server, 5.0, 10, 20) if ground.short else warm(server))
        return [
            await _hanging(server, ground.short),
            await _foreign(server),
            await _flood(server, 20 if ground.short else 200),
            await _rush(server, known, ground.short),
        ]


async def _hanging(server: TelegramServer, short: bool) -> Row:
    """The short form measures nothing: that all are answered is its point."""
    found = await hang(server, 1, 3.0, hangs=5.0) if short else await hang(server, 4, 15.0)
    whole = found.answered >= HANGING and len(found.meanwhile.waits) > 0
    return Row(
        f"sends into {HANGING} chats hang for a minute",
        f"other shoppers' p95 at most {WITHIN} times its own; the hanging answers come, too",
        f"{found.ratio:.2f} times ({found.meanwhile.p95 * 1000:.0f} ms, "
        f"alone {found.alone.p95 * 1000:.0f} ms); {found.answered} came",
        whole and (short or found.ratio < WITHIN),
    )


async def _foreign(server: TelegramServer) -> Row:
    """Each shopper's answer is refused in HTML first; then the polls are, too."""
    telegram = server.telegram
    shoppers = seats(telegram, _BEHIND_THE_PROXY, len(STATUSES))
    for shopper, status in zip(shoppers, STATUSES, strict=True):
        telegram.fail_next("sendMessage", status, body=PAGE, chat_id=shopper.chat.id)
        await shopper.writes(questions(known=True)[0])
    for shopper in shoppers:
        await shopper.sees("", timeout=_PATIENT)
    for status in STATUSES:
        telegram.fail_next("getUpdates", status, body=PAGE)
    for shopper in shoppers:
        await shopper.writes(questions(known=True)[1])
    async with httpx.AsyncClient(trust_env=False, verify=False) as web:
        health = await web.get(f"{server.base}/health")
    for shopper in shoppers:
        await shopper.sees("", timeout=_PATIENT)
    found = await _outcome(server)
    return Row(
        "a proxy answers sends and polls with HTML: " + ", ".join(map(str, STATUSES)),
        "no chat counts as gone, no token as wrong: every answer comes, /health stays 200",
        f"{found.undelivered + found.dead} answers did not come; /health {health.status_code}, "
        f"Telegram {health.json()['channels']['telegram']['status']}",
        found.undelivered + found.dead == 0 and health.status_code == 200,
    )


async def _flood(server: TelegramServer, messages: int) -> Row:
    """One shopper writes as fast as they can, another asks meanwhile."""
    telegram = server.telegram
    [mia] = seats(telegram, _FLOODING, 1)
    beside = seats(telegram, _BESIDE, 2)
    met = refused(telegram)
    for number in range(messages):
        await mia.writes(questions(known=True)[number % 50])
    others = await ask(server, beside, questions(known=True), 4.0, period=2.0)
    await mia.sees("", timeout=_PATIENT)
    found, met = await _outcome(server), refused(telegram) - met
    return Row(
        f"{messages} messages at once in one chat",
        "others are answered meanwhile, Telegram's budgets are kept, nothing is lost",
        f"{len(others.waits)} answers to others, {met} sends refused, {found.lost} messages lost",
        met == found.lost == found.undelivered == 0 and len(others.waits) > 0,
    )


async def _rush(server: TelegramServer, known: Sequence[str], short: bool) -> Row:
    """The short form asks at a pace that a busy machine keeps, too."""
    met = refused(server.telegram)
    found = await (rush(server, known, 4.0, 5.0, 10) if short else rush(server, known, 30.0))
    met = refused(server.telegram) - met
    held = found.rate >= RATE * HELD and found.p95 < P95
    return Row(
        f"{RATE:.0f} questions a second",
        f"all are answered, p95 under {P95 * 1000:.0f} ms, within Telegram's budget",
        f"{found.rate:.1f} answers a second, p95 {found.p95 * 1000:.0f} ms, {met} sends refused",
        met == 0 and (short or held),
    )


async def _outcome(server: TelegramServer) -> Verdict:
    """What became of everything that was written, once nothing is on its way."""
    await server.telegram.confirmed(timeout=_PATIENT)
    database = Database(server.database_url)
    try:
        for _ in range(600):
            if not await database.query(open_work):
                break
            await asyncio.sleep(0.1)
        return await database.query(lambda session: verdict(session, {}))
    finally:
        database.close()
