"""A lead's day in a real browser, beside the agents whom they lead and the admin; and three people
who press for one ticket at the same moment."""

import re
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import AuditRow, TurnRow
from bot.desk.pages import security
from bot.tickets import users
from bot.types import Author, now
from tests.support.browser import say
from tests.support.desk_shop import PASSWORD, escalated
from tests.support.house import house, log_in, person


@pytest.fixture
def address(sqlite_database: Database, tmp_path: Path) -> Iterator[str]:
    with sqlite_database.begin() as session:
        users.add(session, "Lena", "lead", PASSWORD)
        users.add(session, "Ada", "admin", PASSWORD)
    with house(sqlite_database, tmp_path) as running:
        yield running


def test_a_lead_hands_to_a_team_reassigns_and_reads_what_became_of_it(
    browser: Browser, address: str
) -> None:
    with (
        person(browser) as lena,
        person(browser) as ada,
        person(browser) as mia,
        person(browser, viewport={"width": 390, "height": 844}) as shopper,
        person(browser, viewport={"width": 390, "height": 844}) as other,
    ):
        log_in(ada, address, "Ada")
        ada.goto(f"{address}/desk/teams")
        ada.get_by_label("Name").fill("Billing")
        ada.get_by_role("button", name="Add", exact=True).click()
        ada.get_by_label("Add to Billing").select_option("Mia")
        ada.locator(".person .joined button").click()
        expect(ada.locator(".person .tag")).to_contain_text("Mia")

        log_in(lena, address, "Lena")
        for page, words in ((shopper, "My invoice is wrong"), (other, "Where is my robe?")):
            page.goto(f"{address}/chat?lang=en")
            say(page, words)
        expect(lena.locator(".row")).to_have_count(2)
        lena.locator(".row-link", has_text="invoice").click()
        hand_over(lena, "Team Billing", "the tax line")

        log_in(mia, address)
        mia.get_by_role("link", name=re.compile("My teams")).click()
        mia.locator(".row-link").click()
        expect(mia.get_by_role("log")).to_contain_text("@Billing the tax line")
        mia.get_by_role("button", name="Take this conversation").click()
        expect(shopper.locator("#banner")).to_contain_text("Mia")

        lena.goto(f"{address}/desk/tickets/1")  # Mia has it, and Lena leads
        hand_over(lena, "Noor", "Mia is at lunch")
        expect(shopper.locator("#banner")).to_contain_text("Noor")
        views_and_bulk(lena, address)
        wall(lena, address)

        lena.goto(f"{address}/desk/report")
        expect(lena.locator(".tiles")).to_contain_text("Tickets")
        lena.goto(f"{address}/desk/audit")
        expect(lena.locator("body")).to_contain_text("Only an admin may open this page")
        ada.goto(f"{address}/desk/audit?by=Lena")
        expect(ada.locator("table")).to_contain_text("handed over")


def hand_over(page: Page, to: str, note: str) -> None:
    page.locator("#assign").click()
    page.locator("#assign-to").select_option(label=to)
    page.locator("#assign-note").fill(note)
    page.locator("#actions").get_by_role("button", name="Hand over").click()
    page.wait_for_load_state()


def views_and_bulk(page: Page, address: str) -> None:
    """A part of the queue gets a name, and what is in it a colleague at once."""
    page.goto(f"{address}/desk?language=en")
    page.locator("#filter").click()
    page.locator("#view-name").fill("English")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="English", exact=True).click()
    expect(page.locator(".row")).to_have_count(2)
    page.locator("label[for=picking]").click()
    for box in page.locator(".pick").all():
        box.click()
    page.locator("#bulk-to").select_option("Noor")
    page.locator("#bulk").get_by_role("button", name="Hand over").click()
    expect(page.locator(".row", has_text="Noor")).to_have_count(2)


def wall(page: Page, address: str) -> None:
    page.goto(f"{address}/desk/wall")
    expect(page.locator("#live")).to_have_text("Live")
    expect(page.locator("#wall-day")).to_contain_text("Opened today2")
    expect(page.locator("#wall-people")).to_contain_text("Lena")
    expect(page.locator(".bar")).to_be_hidden()


def test_two_agents_and_an_admin_press_at_once_and_one_has_it(
    address: str, sqlite_database: Database
) -> None:
    """An admin may take from others, so two may have had it in turn; nobody has it twice, whoever
    comes second is told, and the shopper hears of each who came."""
    with sqlite_database.begin() as session:
        number = escalated(session)
        tokens = {}
        for name in ("Mia", "Noor", "Ada"):
            token = security.start_session(session, users.find(session, name).id or 0, now())
            login = security.find_login(session, security.digest(token), now())
            assert login is not None
            tokens[name] = (token, login.csrf)
    start, answers = Barrier(3), dict[str, int]()

    def take(name: str) -> None:
        token, csrf = tokens[name]
        cookies = {security.COOKIE: token}
        with httpx.Client(base_url=address, cookies=cookies, trust_env=False) as client:
            start.wait()
            done = client.post(
                f"/desk/tickets/{number}/take", data={"csrf": csrf}, headers={"X-Desk": "form"}
            )
            answers[name] = done.status_code

    threads = [Thread(target=take, args=[name]) for name in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sqlite_database.read() as session:
        taken = [r.by for r in session.exec(select(AuditRow).where(AuditRow.act == "ticket.taken"))]
        joined = session.exec(
            select(TurnRow.agent).where(TurnRow.author == Author.SYSTEM.value).order_by(TurnRow.id)  # type: ignore[arg-type]
        ).all()
    won = [name for name, status in answers.items() if status == 303]
    assert sorted(taken) == sorted(won) == sorted(str(name) for name in joined)
    assert taken[-1] == "Ada"
    assert [status for name, status in answers.items() if name not in won] == [409] * (3 - len(won))
    assert len(taken) in (1, 2)
