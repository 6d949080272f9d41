"""START HERE: the desk's pages, and who may open each. Mounted at / because paths name /desk."""

from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.conversations.live import Live
from bot.database.db import Database
from bot.desk import numbers
from bot.desk.pages import (
    account,
    acts,
    alerts,
    audit,
    bench,
    builds,
    bulk,
    canned,
    connections,
    copilot,
    drafts,
    entries,
    events,
    experiments,
    feeding,
    files,
    gaps,
    health,
    insights,
    llm,
    prices,
    protection,
    queue,
    ratings,
    recalls,
    rejections,
    replay,
    requests,
    reviews,
    rows,
    schedule,
    searching,
    setup,
    teams,
    telegram,
    tickets,
    wall,
)
from bot.desk.pages.advisers import Adviser
from bot.desk.pages.door import Door
from bot.desk.pages.feeds import Feed
from bot.desk.pages.guard import Desk, Endpoint, Handler, guarded, with_headers
from bot.desk.pages.library import Library
from bot.desk.pages.llms import Model
from bot.desk.pages.render import STATIC
from bot.desk.pages.rooms import Room
from bot.desk.pages.setups import Setup
from bot.desk.pages.sheeted import Sheets
from bot.desk.pages.trials import Bench
from bot.studio.studio import Studio
from bot.studio.wares import Wares
from bot.tickets.copilot import Helper
from bot.tickets.schedule import Scheduled
from bot.tickets.sla import Sla
from bot.types import now

numbers.register()


_NO_SLA = Sla()


def _no_bot() -> str:
    return ""


def _nothing(_: str) -> None:
    return


def routes(
    db: Database,
    live: Live,
    *,
    secure_cookies: bool,
    on_reply: Callable[[int], None],
    telegram_bot: Callable[[], str] = _no_bot,
    on_password: Callable[[str], None] = _nothing,
    sla: Sla = _NO_SLA,
    hold: timedelta = timedelta(),
    code_roles: Collection[str] = (),
    zone: tzinfo = UTC,
    helper: Helper | None = None,
    room: Room | None = None,
    library: Library | None = None,
    feed: Feed | None = None,
    test_bench: Bench | None = None,
    shop_setup: Setup | None = None,
    scheduled: Scheduled | None = None,
    wares: Callable[[], Wares] = dict,
    adviser: Adviser | None = None,
    studio: Studio | None = None,
    shop_model: Model | None = None,
    sheets: Sheets | None = None,
    clock: Callable[[], datetime] = now,
) -> list[Route | Mount]:
    """Everything under /desk; `on_reply(conversation_id)` is called after each committed write."""
    door = Door(db, clock)
    desk = Desk(
        *(db, live, secure_cookies, on_reply, door, telegram_bot, on_password, sla, hold),
        code_roles=code_roles,
        zone=zone,
        helper=helper,
        room=room,
        library=library,
        feed=feed,
        bench=test_bench,
        setup=shop_setup,
        scheduled=scheduled,
        wares=wares,
        adviser=adviser,
        studio=studio,
        model=shop_model,
        sheets=sheets,
    )

    def get(path: str, handler: Handler, **who: Any) -> Route:
        return Route(path, guarded(desk, handler, **who))

    def post(path: str, handler: Handler, **who: Any) -> Route:
        return Route(path, guarded(desk, handler, **who), methods=["POST"])

    ticket = "/desk/tickets/{ticket_id:row}"
    return [
        Mount("/desk/static", StaticFiles(directory=STATIC)),
        Route("/desk/login", _open(desk, account.login_page)),
        Route("/desk/login", _open(desk, account.log_in), methods=["POST"]),
        Route("/desk/language", with_headers(account.choose_language)),
        post("/desk/logout", account.log_out, during=("code", "password", "security")),
        get("/desk/password", account.password_page, during=("password",)),
        post("/desk/password", account.change_password, during=("password",)),
        get("/desk/code", protection.code_page, during=("code",)),
        post("/desk/code", protection.give_code, during=("code",)),
        get("/desk/security", protection.security_page, during=("security",)),
        post("/desk/security/on", protection.turn_on, during=("security",)),
        post("/desk/security/off", protection.turn_off),
        post("/desk/security/recovery", protection.renew_recovery),
        post("/desk/security/end", protection.end_logins),
        get("/desk/name", account.name_page),
        post("/desk/name", account.change_name),
        get("/desk/telegram", telegram.telegram_page),
        post("/desk/telegram/connect", telegram.connect),
        post("/desk/telegram/off", telegram.disconnect),
        get("/desk", queue.queue_page),
        get("/desk/queue", queue.queue_fragment),
        post("/desk/bulk", bulk.bulk),
        get("/desk/alerts", alerts.alerts_page),
        post("/desk/alerts", alerts.choose),
        post("/desk/away", alerts.away),
        post("/desk/views/keep", queue.keep_view),
        post("/desk/views/remove", queue.remove_view),
        post(f"{ticket}/tags", acts.tag),
        get("/desk/search", searching.search_page),
        get("/desk/search/results", searching.results),
        get("/desk/conversations/{conversation_id:row}", searching.conversation_page),
        get("/desk/events", events.queue_events),
        get(ticket, tickets.ticket_page),
        get(f"{ticket}/fragment", tickets.ticket_fragment),
        get(f"{ticket}/events", events.ticket_events),
        get(f"{ticket}/replay", replay.download),
        post(f"{ticket}/take", acts.take),
        post(f"{ticket}/reply", tickets.reply, files=True),
        post(f"{ticket}/note", tickets.note),
        post(f"{ticket}/undo", acts.undo_last),
        post(f"{ticket}/amend", acts.amend),
        post(f"{ticket}/back", acts.hand_back),
        post(f"{ticket}/close", acts.close),
        post(f"{ticket}/assign", acts.assign),
        post(f"{ticket}/snooze", acts.snooze),
        post(f"{ticket}/reopen", acts.reopen),
        post(f"{ticket}/typing", acts.typing),
        post(f"{ticket}/contact", tickets.contact),
        post(f"{ticket}/draft", tickets.draft),
        get(f"{ticket}/entry", entries.entry_page, lead=True),
        post(f"{ticket}/entry", entries.download, lead=True),
        post(f"{ticket}/copilot", copilot.draft),
        post(f"{ticket}/copilot/discard", copilot.discard),
        post(f"{ticket}/translate", copilot.translate),
        get("/desk/knowledge", copilot.knowledge),
        get(f"{ticket}/canned", canned.offered),
        get("/desk/colleagues", canned.colleagues),
        get("/desk/canned", canned.canned_page, lead=True),
        post("/desk/canned/put", canned.put, lead=True),
        post("/desk/canned/remove", canned.remove, lead=True),
        post(f"{ticket}/requests/{{request_id:row}}", requests.decide),
        get("/desk/files/{file_id:row}", files.download),
        get("/desk/report", insights.report_page, lead=True),
        get("/desk/report.csv", insights.download, lead=True),
        get("/desk/report/{figure}", insights.behind_page, lead=True),
        get("/desk/reviews", reviews.reviews_page, admin=True),
        get("/desk/reviews.csv", reviews.download, admin=True),
        get("/desk/reviews/quotes", reviews.quotes_page, admin=True),
        get("/desk/ratings", ratings.ratings_page, admin=True),
        get("/desk/builds", builds.builds_page, admin=True),
        post("/desk/builds/serve", builds.serve, admin=True),
        post("/desk/builds/golden", builds.keep, admin=True),
        post("/desk/builds/forget", builds.forget, admin=True),
        get("/desk/gaps", gaps.gaps_page, admin=True),
        get("/desk/gaps/{turn:row}", gaps.gap_page, admin=True),
        post("/desk/gaps/{turn:row}/approve", gaps.approve, admin=True),
        post("/desk/gaps/{turn:row}/leave", gaps.leave, admin=True),
        get("/desk/health", health.health_page, admin=True),
        get("/desk/recalls", recalls.recalls_page, admin=True),
        get("/desk/recalls/entry", recalls.recall_page, admin=True),
        post("/desk/recalls/send", recalls.send, admin=True),
        post("/desk/recalls/leave", recalls.leave, admin=True),
        get("/desk/knowledge/files", feeding.files_page, admin=True),
        post("/desk/knowledge/files", feeding.preview, admin=True, files=True),
        post("/desk/knowledge/pages", feeding.put_pages, admin=True, files=True),
        post("/desk/knowledge/save", feeding.save, admin=True),
        post("/desk/knowledge/remove", feeding.remove, admin=True),
        post("/desk/knowledge/undo", feeding.undo, admin=True),
        get("/desk/knowledge/file", feeding.file_page, admin=True),
        get("/desk/knowledge/download", feeding.download, admin=True),
        get("/desk/knowledge/entry", feeding.entry_page, admin=True),
        post("/desk/knowledge/entry", feeding.put_entry, admin=True, files=True),
        post("/desk/knowledge/settle", feeding.settle, admin=True),
        get("/desk/knowledge/table", feeding.table_page, admin=True),
        post("/desk/knowledge/table", feeding.put_table, admin=True, files=True),
        get("/desk/knowledge/rows", rows.rows_page, admin=True),
        post("/desk/knowledge/rows", rows.put_rows, admin=True, files=True),
        post("/desk/knowledge/rows/settle", rows.settle_row, admin=True),
        get("/desk/knowledge/build", feeding.building, admin=True),
        post("/desk/knowledge/build", feeding.build, admin=True),
        get("/desk/bench", bench.bench_page, admin=True),
        post("/desk/bench", bench.ask, admin=True),
        post("/desk/bench/should", bench.should, admin=True),
        get("/desk/setup", setup.setup_page, admin=True),
        post("/desk/setup", setup.save, admin=True),
        get("/desk/experiments", experiments.experiments_page, admin=True),
        post("/desk/experiments", experiments.start, admin=True),
        get("/desk/experiments/one", experiments.one_page, admin=True),
        post("/desk/experiments/stop", experiments.stop, admin=True),
        get("/desk/drafts", drafts.drafts_page, admin=True),
        post("/desk/drafts/make", drafts.make, admin=True),
        post("/desk/drafts/approve", drafts.approve_all, admin=True),
        post("/desk/drafts/jobs", drafts.job, admin=True),
        post("/desk/drafts/export", drafts.download, admin=True),
        get("/desk/drafts/{draft_id:row}", drafts.draft_page, admin=True),
        post("/desk/drafts/{draft_id:row}/edit", drafts.edit, admin=True),
        post("/desk/drafts/{draft_id:row}/undo", drafts.undo, admin=True),
        post("/desk/drafts/{draft_id:row}/sign", drafts.sign, admin=True),
        post("/desk/drafts/{draft_id:row}/approve", drafts.approve, admin=True),
        post("/desk/drafts/{draft_id:row}/reject", drafts.reject, admin=True),
        post("/desk/drafts/{draft_id:row}/reopen", drafts.reopen, admin=True),
        get("/desk/prices", prices.prices_page, admin=True),
        post("/desk/prices", prices.upload, admin=True, files=True),
        post("/desk/setup/model", llm.keep, admin=True),
        post("/desk/setup/model/try", llm.try_it, admin=True),
        get("/desk/rejections", rejections.rejections_page, admin=True),
        get("/desk/audit", audit.audit_page, admin=True),
        get("/desk/audit.csv", audit.download, admin=True),
        get("/desk/connections", connections.connections_page, admin=True),
        post("/desk/connections/tokens", connections.make_token, admin=True),
        post("/desk/connections/tokens/revoke", connections.revoke_token, admin=True),
        post("/desk/connections/webhooks", connections.add_webhook, admin=True),
        post("/desk/connections/webhooks/ping", connections.ping, admin=True),
        post("/desk/connections/webhooks/remove", connections.remove_webhook, admin=True),
        get("/desk/wall", wall.wall_page),
        get("/desk/wall/fragment", wall.fragment),
        get("/desk/wall/events", events.wall_events),
        get("/desk/schedule", schedule.schedule_page, admin=True),
        post("/desk/schedule", schedule.keep, admin=True),
        get("/desk/teams", teams.teams_page, admin=True),
        post("/desk/teams/add", teams.add, admin=True),
        post("/desk/teams/remove", teams.remove, admin=True),
        post("/desk/teams/change", teams.change, admin=True),
        post("/desk/teams/suits", teams.suits, admin=True),
        get("/desk/users", account.users_page, admin=True),
        post("/desk/users/add", account.add_user, admin=True),
        post("/desk/users/reset", account.reset_password, admin=True),
        post("/desk/users/remove", account.remove_user, admin=True),
        post("/desk/users/logins", account.end_logins, admin=True),
        post("/desk/users/code-off", account.turn_code_off, admin=True),
        post("/desk/users/telegram", telegram.connect_user, admin=True),
        post("/desk/users/telegram-off", telegram.disconnect_user, admin=True),
    ]


def _open(desk: Desk, handler: Callable[[Desk, Request], Awaitable[Response]]) -> Endpoint:
    """A page for people who are not logged in."""

    async def endpoint(request: Request) -> Response:
        return await handler(desk, request)

    return with_headers(endpoint)
