"""What `/metrics` shows after things happened."""

from collections.abc import Mapping
from datetime import UTC, datetime

import httpx
import pytest
from prometheus_client import REGISTRY
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.routing import Route

from bot import metrics
from bot.conversations import inbox
from bot.database.db import Database
from bot.database.tables import TicketRow
from bot.types import Chat, Incoming, Reason, now


async def look(
    route: Route, address: str = "127.0.0.1", headers: Mapping[str, str] | None = None
) -> httpx.Response:
    transport = httpx.ASGITransport(app=Starlette(routes=[route]), client=(address, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        return await client.get("/metrics", headers=headers)


async def scrape(database: Database) -> str:
    response = await look(metrics.route(database))
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    return response.text


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize("given", ["", "Bearer wrong", "bearer right", "Basic right"])
async def test_with_a_token_only_who_sends_it_sees_figures(
    sqlite_database: Database, given: str
) -> None:
    route = metrics.route(sqlite_database, token="right")
    refused = await look(route, headers={"Authorization": given} if given else {})
    assert refused.status_code == 401
    assert "BOT_METRICS_TOKEN" in refused.text
    assert "deskhand_" not in refused.text
    shown = await look(route, "192.0.2.1", {"Authorization": "Bearer right"})
    assert "deskhand_inbox_backlog" in shown.text


async def test_without_a_token_only_this_machine_sees_figures(sqlite_database: Database) -> None:
    assert (await look(metrics.route(sqlite_database), "192.0.2.1")).status_code == 403
    assert (await look(metrics.route(sqlite_database), "::1")).status_code == 200
    behind_a_proxy = metrics.route(sqlite_database, local=False)
    refused = await look(behind_a_proxy, headers={"Accept-Language": "zh"})
    assert refused.status_code == 403
    assert "运维" in refused.text


def test_decisions_are_counted_by_action_and_reason() -> None:
    before = value("deskhand_decisions_total", action="escalate", reason="negative_mood")
    metrics.decided("escalate", Reason.NEGATIVE_MOOD)
    metrics.decided("reply")
    after = value("deskhand_decisions_total", action="escalate", reason="negative_mood")
    assert after - before == 1
    assert value("deskhand_decisions_total", action="reply", reason="") >= 1


def test_repeats_are_not_counted_as_accepted() -> None:
    before = value("deskhand_messages_accepted_total", channel="web")
    metrics.accepted("web")
    metrics.accepted("web", new=False)
    assert value("deskhand_messages_accepted_total", channel="web") - before == 1
    assert value("deskhand_messages_repeated_total", channel="web") >= 1


@pytest.mark.parametrize("seconds", [0.004, 2.0])
def test_latencies_fall_into_buckets(seconds: float) -> None:
    before = value("deskhand_answer_seconds_count"), value("deskhand_retrieval_seconds_count")
    metrics.answered(seconds)
    metrics.retrieved(seconds)
    after = value("deskhand_answer_seconds_count"), value("deskhand_retrieval_seconds_count")
    assert after == (before[0] + 1, before[1] + 1)


async def test_what_waits_is_counted_in_the_database(database: Database) -> None:
    def fill(session: Session) -> None:
        hello = Incoming(Chat("web", "a"), "1", "Where is my parcel?")
        place = inbox.accept(session, hello, backlog_cap=10, at=now())
        session.add(
            TicketRow(
                conversation_id=place.conversation_id,
                reason="low_confidence",
                priority=3,
                summary="",
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )

    await database.write(fill)
    text = await scrape(database)
    assert "deskhand_inbox_backlog 1.0" in text
    assert 'deskhand_tickets_open{status="open"} 1.0' in text
    assert 'deskhand_dead_letters{box="outbox"} 0.0' in text
    assert "deskhand_database_up 1.0" in text
    assert value("deskhand_ticket_wait_seconds") > 86_400


async def test_counters_are_shown_while_the_database_is_away(sqlite_database: Database) -> None:
    sqlite_database.engine.dispose()
    path = sqlite_database.url.database
    assert path is not None
    with open(path, "wb") as file:  # noqa: PTH123
        file.write(b"this is no database" * 100)
    metrics.refused("web")
    metrics.delivery_failed("telegram", permanent=True)
    metrics.answer_failed()
    text = await scrape(sqlite_database)
    assert "deskhand_database_up 0.0" in text
    assert 'deskhand_delivery_failures_total{channel="telegram",permanent="true"}' in text


def test_ratings_are_counted_by_what_was_pressed() -> None:
    for pressed in (1, -1, -1):
        metrics.rated(pressed)
    name = "deskhand_ratings_total"
    up, down = (REGISTRY.get_sample_value(name, {"value": each}) for each in ("up", "down"))
    assert (up or 0) >= 1
    assert (down or 0) >= 2


def test_served_build_and_its_time_are_shown() -> None:
    metrics.serving("20260101-000000-abc", "wheel:x", datetime(2026, 1, 1, tzinfo=UTC))
    shown = REGISTRY.get_sample_value(
        "deskhand_index_info", {"build": "20260101-000000-abc", "model": "wheel:x"}
    )
    assert shown == 1
    assert value("deskhand_index_built_timestamp_seconds") == 1767225600
