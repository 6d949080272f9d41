"""The desk's users over HTTP: added, reset, removed, connected to Telegram."""

import re

from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.conversations import conversation
from bot.conversations.live import Live
from bot.database.db import Database
from bot.database.tables import UserRow
from bot.desk.pages import security
from bot.desk.pages.routes import routes
from bot.tickets import accounts, users
from bot.types import now
from tests.support.desk_shop import PASSWORD
from tests.support.desk_visit import HOST, Desk, outbox_texts, password_hash, ticket


def test_agents_do_not_reach_the_admins_page(desk: Desk, database: Database) -> None:
    desk.enter("Mia")
    assert desk.get("/desk/users").status_code == 403
    assert "/desk/users" not in desk.get("/desk").text
    assert desk.post("/desk/users/add", name="Eve", role="admin").status_code == 403
    with database.read() as session:
        assert len(users.every(session)) == 3


def test_an_admin_adds_a_user_who_must_choose_a_password(desk: Desk) -> None:
    desk.log_in("Ada")
    page = desk.post("/desk/users/add", "/desk/users", name="Li Wei", role="agent")
    found = re.search(r'class="secret">([^<]+)<', page.text)
    assert found is not None
    assert found[1] not in desk.get("/desk/users").text
    assert (
        desk.post("/desk/users/add", "/desk/users", name="li wei", role="agent").status_code == 409
    )
    desk.log_in("Li Wei", found[1])
    assert desk.get("/desk").headers["location"] == "/desk/password"
    short = desk.post("/desk/password", "/desk/password", password="short", again="short")
    assert short.status_code == 400
    other = desk.post("/desk/password", "/desk/password", password=PASSWORD, again=PASSWORD + "!")
    assert "not the same" in other.text
    token = desk.client.cookies[security.COOKIE]
    done = desk.post("/desk/password", "/desk/password", password=PASSWORD, again=PASSWORD)
    assert done.headers["location"] == "/desk"
    assert desk.client.cookies[security.COOKIE] != token
    assert desk.get("/desk").status_code == 200


def test_ones_own_password_needs_the_old_one(desk: Desk) -> None:
    desk.log_in("Mia")
    new = {"password": "another good password", "again": "another good password"}
    wrong = desk.post("/desk/password", "/desk/password", current="not it at all", **new)
    assert wrong.status_code == 403
    assert desk.post("/desk/password", "/desk/password", current=PASSWORD, **new).status_code == 303
    assert desk.log_in("Mia", "another good password").status_code == 303


def test_a_removed_user_is_out_at_once(desk: Desk, database: Database) -> None:
    desk.enter("Mia")
    token = desk.client.cookies[security.COOKIE]
    desk.enter("Ada")
    assert desk.post("/desk/users/remove", "/desk/users", name="Ada").status_code == 403
    assert desk.post("/desk/users/remove", "/desk/users", name="Mia").status_code == 303
    desk.bring(token)
    assert desk.get("/desk").status_code == 303


def test_a_reset_password_ends_the_logins(desk: Desk) -> None:
    desk.enter("Mia")
    token = desk.client.cookies[security.COOKIE]
    desk.enter("Ada")
    assert (
        "One-time password for Mia"
        in desk.post("/desk/users/reset", "/desk/users", name="Mia").text
    )
    assert desk.log_in("Mia").status_code == 401
    desk.bring(token)
    assert desk.get("/desk").status_code == 303


def test_agent_connects_their_own_telegram_by_a_one_time_link(
    desk: Desk, database: Database
) -> None:
    desk.enter("Mia")
    page = desk.post("/desk/telegram/connect", "/desk/telegram").text
    found = re.search(r'href="https://t\.me/juniper_bot\?start=(agent_[\w-]+)"', page)
    assert found is not None
    with database.begin() as session:
        assert accounts.use_link(session, found[1], 77, now()).name == "Mia"
    assert "77" in desk.get("/desk/telegram").text
    assert found[1] not in desk.get("/desk/telegram").text
    desk.post("/desk/telegram/off", "/desk/telegram")
    with database.read() as session:
        assert accounts.owner(session, 77) is None


def test_admin_makes_links_for_others_and_disconnects_them(desk: Desk, database: Database) -> None:
    desk.enter("Ada")
    page = desk.post("/desk/users/telegram", "/desk/users", name="Mia").text
    found = re.search(r"start=(agent_[\w-]+)<", page)
    assert found is not None
    with database.begin() as session:
        assert accounts.use_link(session, found[1], 77, now()).name == "Mia"
    assert desk.post("/desk/users/telegram-off", "/desk/users", name="Mia").status_code == 303
    with database.read() as session:
        assert accounts.owner(session, 77) is None
    assert desk.post("/desk/users/telegram", "/desk/users", name="Nobody").status_code == 404
    desk.enter("Mia")
    assert desk.post("/desk/users/telegram", "/desk", name="Ada").status_code == 403
    assert desk.post("/desk/users/telegram-off", "/desk", name="Ada").status_code == 403


def test_without_a_bot_there_is_no_link_and_the_page_says_why(database: Database) -> None:
    with database.begin() as session:
        session.add(UserRow(name="Mia", password_hash=password_hash()))
    told: list[int] = []
    pages = routes(database, Live(), secure_cookies=False, on_reply=told.append)
    app = Starlette(routes=pages)
    with TestClient(app, base_url=HOST, follow_redirects=False) as client:
        desk = Desk(client, [], database)
        desk.enter("Mia")
        assert "TELEGRAM_BOT_TOKEN" in desk.post("/desk/telegram/connect").text


def test_shoppers_read_the_name_that_an_agent_has_chosen(desk: Desk, database: Database) -> None:
    ticket_id = ticket(database)
    desk.enter("Mia")
    assert desk.post("/desk/name", shown="x" * 61).status_code == 400
    assert desk.post("/desk/name", shown=" Anna from  Juniper & Tide ").status_code == 303
    assert 'value="Anna from Juniper &amp; Tide"' in desk.get("/desk/name").text
    desk.post(f"/desk/tickets/{ticket_id}/reply", text="Hello")
    assert outbox_texts(database)[1] == "Anna from Juniper & Tide has joined the chat."
    with database.read() as session:
        turns = conversation.history(session, 1)
    assert (turns[-1].agent, turns[-1].signature) == ("Mia", "Anna from Juniper & Tide")
    assert turns[0].signature is None


def test_an_admin_keeps_teams_and_hands_a_ticket_to_one(desk: Desk, database: Database) -> None:
    number = ticket(database)
    desk.enter("Mia")
    assert desk.get("/desk/teams").status_code == 403
    desk.enter("Ada")
    page = "/desk/teams"
    desk.post(f"{page}/add", page, name="Billing")
    assert desk.post(f"{page}/add", page, name="billing").status_code == 409
    desk.post(f"{page}/change", page, name="Billing", join="Noor")
    assert 'value="Noor" title' in desk.get(page).text
    desk.post(f"{page}/suits", page, name="Noor", languages="zh", most="3")
    assert desk.post(f"{page}/suits", page, name="Noor", most="-1").status_code == 400
    desk.enter("Mia")
    path = f"/desk/tickets/{number}"
    assert desk.post(f"{path}/assign", path, to="team:Billing", note="late").status_code == 303
    assert "Team Billing" in desk.get("/desk").text
    assert desk.get("/desk?team=Billing").text.count('class="row ') == 1
    assert desk.get("/desk?show=team").text.count('class="row ') == 0
    desk.enter("Noor")
    assert desk.get("/desk?show=team").text.count('class="row ') == 1
    desk.enter("Ada")
    desk.post(f"{page}/change", page, name="Billing", leave="Noor")
    desk.post(f"{page}/remove", page, name="Billing")
    assert "Billing" not in desk.get(page).text
    assert "put into a team" in desk.get("/desk/audit?act=team").text
