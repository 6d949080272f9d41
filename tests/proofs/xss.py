"""Proof: nothing that somebody else can write runs in a browser, at the desk or in the chat.

`python -m tests.proofs.xss` puts 200 payloads into every field that a shopper, a colleague, a file
of the knowledge or a program can fill, past all checks and straight into the database, and opens
every page that shows them in Chromium, with the content security policy switched off: what the
browser would run, it runs. Counted are runs, and what could run on a press: handlers, `javascript:`
links, frames and objects that are not the page's own.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page
from sqlmodel import Session, select

from bot.conversations import conversation, feedback, outbox, search
from bot.conversations.conversation import saved
from bot.conversations.live import Live
from bot.database import audit
from bot.database.db import Database
from bot.database.tables import (
    CannedRow,
    ConversationRow,
    FeedbackRow,
    NoteRow,
    TagRow,
    TicketRow,
    TokenRow,
    UserRow,
    ViewRow,
    WebhookCallRow,
    WebhookRow,
)
from bot.desk.pages import security
from bot.desk.pages.routes import routes
from bot.tickets import copilot
from bot.tickets.copilot import Drafted, Found, Helper
from bot.tickets.opening import open_ticket
from bot.types import Author, Button, Language, Reason, Source, now
from tests.support import web_shop
from tests.support.browser import chromium
from tests.support.desk_served import running

RUN = "window.__ran&&window.__ran()"
_BREAKS = ("", '">', "'>", "</textarea>", "</title>", "</script>", "--></style>", "</summary></li>")
_BODIES = (
    "<script>RUN</script>",
    "<img src=x onerror=RUN>",
    "<svg onload=RUN>",
    "<svg><script>RUN</script></svg>",
    "<body onload=RUN>",
    "<details open ontoggle=RUN>x</details>",
    "<input autofocus onfocus=RUN>",
    "<video><source onerror=RUN></video>",
    "<audio src=x onerror=RUN></audio>",
    "<iframe srcdoc='<script>parent.__ran()</script>'></iframe>",
    "<iframe src='javascript:RUN'></iframe>",
    "<object data='javascript:RUN'></object>",
    "<math><mtext><style><img src=x onerror=RUN></style></mtext></math>",
    "<a href='javascript:RUN' autofocus onfocus=RUN>x</a>",
    "<style>@keyframes a{}</style><b style='animation:a 1s' onanimationstart=RUN>x</b>",
    '" autofocus onfocus=RUN x="',
    "' autofocus onfocus='RUN",
    "[press](javascript:RUN)",
    "![x](javascript:RUN)",
    "<javascript:RUN>",
    "[x]: javascript:RUN\n\n[x]",
    "[a](data:text/html,<script>RUN</script>)",
    "{{ ''.__class__ }}${RUN}<%= RUN %>",
    '<noscript><p title="</noscript><img src=x onerror=RUN>">',
    "\u2028<ſcript>RUN</ſcript><scr\x00ipt>RUN</scr\x00ipt>",
)
_COULD_RUN = """() => {
  const bad = (element) => [...element.attributes].some((each) => /^on/i.test(each.name));
  const all = [...document.querySelectorAll("*")];
  const to = (element) => element.getAttribute("href") ?? "";
  const links = all.filter((each) => /^\\s*(javascript|data|vbscript):/i.test(to(each)));
  const strange = ["iframe", "object", "embed", "script:not([src])"].map((each) => `body ${each}`);
  const foreign = document.querySelectorAll(strange.join());
  const pictures = all.filter((each) => each.matches("img") && each.getAttribute("src") === "x");
  return all.filter(bad).length + links.length + foreign.length + pictures.length;
}"""
SEEN = 40  # of the payloads in what a page shows one of at a time


def payloads(most: int = 200) -> list[str]:
    """Distinct ones: each body alone and after whatever it may have to break out of."""
    made = [before + body.replace("RUN", RUN) for body in _BODIES for before in _BREAKS]
    return made[:: max(1, len(made) // most)][:most]


@dataclass(frozen=True)
class Outcome:
    """`runs` and `could_run` should be 0; `shown` is how many pages showed how many payloads."""

    payloads: int
    pages: int
    shown: int
    runs: int
    could_run: int


def fill(session: Session, given: Sequence[str]) -> int:
    """Every payload in every field; the number of the first of the long conversations."""
    at = now()
    session.add(UserRow(name="Ada", role="admin", password_hash="x"))
    long = _chat(session, "long", "", given[0])
    for number, bad in enumerate(given):
        bad = bad.replace("\x00", "")  # which no database keeps
        session.add(UserRow(name=bad, display_name=bad, password_hash="x"))
        session.add(CannedRow(shortcut=bad, language="en", text=bad))
        audit.note(session, "customer.erased", bad, bad, detail=bad)
        session.add(TokenRow(name=bad, token_hash=f"{number}", user_id=1, scopes="read"))
        hook = WebhookRow(url=bad, events="ticket.closed", seed="0")
        session.add(hook)
        session.flush()
        call = WebhookCallRow(webhook_id=saved(hook.id), event="ping", error=bad)
        session.add(call)
        ticket = _chat(session, f"{number} {bad}", bad, bad)
        for author in (Author.SHOPPER, Author.BOT, Author.AGENT, Author.SYSTEM):
            _say(session, long, author, bad)
        note = NoteRow(
            conversation_id=long.conversation_id, ticket_id=saved(long.id), agent=bad, text=bad
        )
        session.add(note)
        session.flush()
        search.index(session, "note", saved(note.id), long.conversation_id, bad)
        session.add(TagRow(ticket_id=saved(ticket.id), tag=bad))
        session.add(ViewRow(agent="Ada", name=bad, query=f"?q={bad}"))
        help_ = _say(session, long, Author.SYSTEM, bad)
        session.add(
            FeedbackRow(
                turn_id=help_,
                conversation_id=long.conversation_id,
                value=-1,
                ticket_id=saved(ticket.id),
                word=bad,
            )
        )
        if number < SEEN:
            drafted = Drafted(bad, "en", (_source(bad),), sure=False, upto=10**8)
            copilot.keep(session, saved(ticket.id), "Ada", drafted, at)
    return saved(long.id)


def _chat(session: Session, chat: str, name: str, bad: str) -> TicketRow:
    """A conversation with a ticket that holds the payload wherever it can."""
    row = ConversationRow(channel="web", chat_id=chat, name=name, origin=bad)
    session.add(row)
    session.flush()
    conversation.lock(session, saved(row.id))
    conversation.add_turn(session, saved(row.id), Author.SHOPPER, bad, "en")
    given = {"summary": bad, "mood": 0.0, "language": "en", "at": now()}
    ticket = open_ticket(session, row, Reason.LOW_CONFIDENCE, **given)  # type: ignore[arg-type]
    turn = _say(session, ticket, Author.BOT, bad)
    feedback.rate(session, saved(row.id), turn, -1, at=now())
    ticket.agent, ticket.status = bad or None, "taken"
    session.add(ticket)
    return ticket


def _say(session: Session, ticket: TicketRow, author: Author, bad: str) -> int:
    row = conversation.lock(session, ticket.conversation_id)
    bot = author is Author.BOT
    turn = conversation.add_turn(
        session,
        ticket.conversation_id,
        author,
        bad,
        "en",
        agent=bad if author is Author.AGENT else None,
        sources=(_source(bad),) if bot else (),
        buttons=(Button(bad, bad),) if bot else (),
        audit={
            "candidates": [{"title": bad, "text": bad, "score": 0.5, "url": bad}],
            "rejected": [{"reason": "number", "sentence": bad, "passages": [bad], "model": bad}],
            "confidence": 0.5,
            "build": bad,
        }
        if bot
        else None,
    )
    outbox.put(session, row, turn, at=now())
    return turn.id


def _source(bad: str) -> Source:
    return Source(bad, bad, 0.9, bad, bad, bad)


@contextmanager
def served(db: Database, given: Sequence[str]) -> Iterator[str]:
    """The desk and the web chat at one address."""

    async def draft(_: int) -> Drafted:
        return Drafted(given[1], "en", (_source(given[1]),), sure=True, upto=10**8)

    async def ask(question: str, language: Language) -> list[Found]:
        return [Found(_source(bad), bad, language) for bad in given]

    app = web_shop.build(db)[0]
    helper = Helper(draft, ask)
    app.router.routes[:0] = routes(
        db, Live(), secure_cookies=False, on_reply=lambda _: None, helper=helper
    )
    with running(app, "critical") as address:
        yield address


def prove(browser: Browser, db: Database, given: Sequence[str]) -> Outcome:
    """Fill, open everything, count."""
    with db.begin() as session:
        long = fill(session, given)
        tickets = sorted(session.exec(select(TicketRow.id)).all(), key=lambda each: each or 0)
        token = security.start_session(session, 1, now(), browser=given[0])
    ran: list[str] = []
    pages = shown = could = 0
    paths = [f"/desk?page={page}" for page in range(1, len(given) // 50 + 2)]
    paths += [f"/desk/tickets/{ticket}" for ticket in [long, *tickets[1 : SEEN + 1]]]
    paths += [
        *("/desk/users", "/desk/canned", "/desk/audit", "/desk/connections", "/desk/ratings"),
        *("/desk/rejections", "/desk/report", "/desk/report/tickets", "/desk/report/disliked"),
        *("/desk/search?q=x", "/desk/search?q=script", "/desk/knowledge?q=x", "/desk/security"),
    ]
    with served(db, given) as url, browser.new_context(bypass_csp=True) as context:
        context.expose_function("__ran", lambda *_: ran.append("ran"))
        context.on("dialog", lambda dialog: dialog.dismiss())
        context.add_cookies(
            [{"name": security.COOKIE, "value": token, "url": f"{url}/desk", "sameSite": "Strict"}]
        )
        for path in paths:
            page = context.new_page()
            answer = page.goto(url + path)
            assert answer is not None
            assert answer.status == 200, path
            pages, could = pages + 1, could + _could_run(page)
            shown += page.content().count("__ran")
            page.close()
        could += _chat_side(context, url, db, given)
    return Outcome(len(given), pages + 1, shown, len(ran), could)


def _chat_side(context: BrowserContext, url: str, db: Database, given: Sequence[str]) -> int:
    """The shopper's side: what agents and the bot say there, with their names, sources, buttons."""
    page = context.new_page()
    page.goto(f"{url}/chat")
    box = page.get_by_role("textbox")
    box.fill(given[0])
    box.press("Enter")
    page.locator(".turn.bot").wait_for()
    with db.begin() as session:
        newest = select(ConversationRow.id).order_by(ConversationRow.id.desc())  # type: ignore[union-attr]
        number = session.exec(newest).first() or 0
        conversation.lock(session, number)
        for bad in given:
            bad = bad.replace("\x00", "")
            for author in (Author.BOT, Author.AGENT):
                bot = author is Author.BOT
                conversation.add_turn(
                    session,
                    number,
                    author,
                    bad,
                    "en",
                    agent=None if bot else bad,
                    sources=(_source(bad),) if bot else (),
                    buttons=(Button(bad, bad),) if bot else (),
                )
    page.reload()
    page.locator(".turn.agent").nth(min(40, len(given)) - 1).wait_for()
    return _could_run(page)


def _could_run(page: Page) -> int:
    page.wait_for_timeout(30)
    return int(page.evaluate(_COULD_RUN))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--payloads", type=int, default=200)
    given = payloads(parser.parse_args().payloads)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        db = Database(f"sqlite:///{Path(folder) / 'proof.db'}")
        db.migrate()
        found = prove(browser, db, given)
        db.close()
    print(found)
    sys.exit(bool(found.runs or found.could_run))


if __name__ == "__main__":
    main()
