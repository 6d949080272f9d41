"""Tokens and webhooks at the desk: shown once, revoked, and for admins alone."""

import re

from bot.database.db import Database
from bot.tickets import tokens, webhooks
from bot.types import now
from tests.support.desk_visit import Desk

HERE = "/desk/connections"


def test_a_token_is_shown_once_and_revoked(desk: Desk, database: Database) -> None:
    desk.enter("Ada")
    made = desk.post(f"{HERE}/tokens", HERE, name="CRM", user="Mia", scope_read="yes")
    found = re.search(r"dh_[\w-]{43}", made.text)
    assert found is not None
    assert found[0] not in desk.get(HERE).text
    assert "acts as Mia" in desk.get(HERE).text
    with database.read() as session:
        ((row, user),) = tokens.every(session)
        assert (row.scopes, user) == ("read", "Mia")
        assert tokens.bearer(session, found[0]) is not None
    desk.post(f"{HERE}/tokens/revoke", HERE, id="1")
    with database.read() as session:
        assert tokens.bearer(session, found[0]) is None


def test_a_webhook_is_added_tested_and_removed(desk: Desk, database: Database) -> None:
    desk.enter("Ada")
    url = "https://crm.example/hooks/deskhand"
    made = desk.post(f"{HERE}/webhooks", HERE, url=url, **{"ticket.closed": "yes"})
    assert re.search(r"whsec_\w{64}", made.text)
    assert "whsec_" not in desk.get(HERE).text
    desk.post(f"{HERE}/webhooks/ping", HERE, id="1")
    assert "1 waiting" in desk.get(HERE).text
    with database.read() as session:
        assert webhooks.waiting(session, now())
    assert desk.post(f"{HERE}/webhooks/remove", HERE, id="1").status_code == 303
    with database.read() as session:
        assert webhooks.every(session) == []
        assert not webhooks.waiting(session, now())


def test_what_is_wrong_comes_back_with_what_was_typed(desk: Desk) -> None:
    desk.enter("Ada")
    bad = desk.post(f"{HERE}/webhooks", HERE, url="javascript:alert(1)")
    assert bad.status_code == 400
    assert 'value="javascript:alert(1)"' in bad.text
    assert desk.post(f"{HERE}/tokens", HERE, name="", user="Mia").status_code == 400
    assert desk.post(f"{HERE}/tokens", HERE, name="x", user="Mia").status_code == 400
    gone = {"name": "x", "user": "Nobody", "scope_read": "yes"}
    assert desk.post(f"{HERE}/tokens", HERE, **gone).status_code == 404
    for path in ("tokens/revoke", "webhooks/remove", "webhooks/ping"):
        assert desk.post(f"{HERE}/{path}", HERE, id="77").status_code == 404
        assert desk.post(f"{HERE}/{path}", HERE, id="x").status_code == 404


def test_it_is_for_admins(desk: Desk) -> None:
    desk.enter("Mia")
    assert desk.get(HERE).status_code == 403
    assert desk.post(f"{HERE}/tokens", name="CRM", user="Ada", scope_read="yes").status_code == 403
