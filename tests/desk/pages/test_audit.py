"""The audit log's page: what the desk's own buttons leave there, for admins alone."""

import pytest

from bot.database import audit
from bot.database.audit import Wanted
from bot.database.db import Database
from bot.tickets import canned
from bot.types import now
from tests.support.desk_visit import Desk, ticket


def acts(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as session:
        return [(row.by, row.act, row.target) for row in audit.find(session, Wanted())][::-1]


def test_each_press_on_a_conversation_leaves_one_row_and_no_words(
    desk: Desk, database: Database
) -> None:
    number = ticket(database)
    here = f"/desk/tickets/{number}"
    desk.enter("Mia")
    desk.post(f"{here}/take")
    desk.post(f"{here}/take")  # again: nothing happens
    desk.post(f"{here}/reply", text="My secret words")
    desk.post(f"{here}/note", text="More secret words")
    desk.post(f"{here}/snooze", hours="1")
    desk.post(f"{here}/snooze", hours="awake")
    desk.post(f"{here}/assign", to="Noor", note="and these words")
    desk.enter("Noor")
    desk.post(f"{here}/close", outcome="solved")
    desk.post(f"{here}/reopen")
    desk.post(f"{here}/back")
    desk.get(f"{here}/replay")
    found = acts(database)
    assert [act.removeprefix("ticket.") for _, act, _ in found] == [
        *("taken", "replied", "noted", "snoozed", "woken", "noted", "assigned"),
        *("closed", "reopened", "handed_back", "exported"),
    ]
    assert {target for _, _, target in found} == {str(number)}
    desk.enter("Ada")
    page = desk.get("/desk/audit").text
    assert "words" not in page
    assert f'href="/desk/tickets/{number}"' in page
    assert "to Noor" not in page
    assert page.count("<tr>") == len(found) + 1
    assert "took the conversation" in page


def test_rows_are_narrowed_down_and_downloaded(desk: Desk, database: Database) -> None:
    with database.begin() as session:
        audit.note(session, "ticket.taken", "Mia", 7)
        audit.note(session, "customer.erased", "root (terminal)", '=cmd|"x"')
    desk.enter("Ada")
    only = desk.get("/desk/audit?act=customer").text
    assert only.count("<tr>") == 2
    assert '=cmd|"x"' not in only, "escaped"
    assert desk.get("/desk/audit?target=%237&by=Mia").text.count("<tr>") == 2
    assert "Nothing of that kind" in desk.get("/desk/audit?since=2999-01-01").text
    strange = "/desk/audit?since=0&until=9999-99-99&before=x&by=%00&act=%25"
    assert desk.get(strange).status_code == 200
    sheet = desk.get("/desk/audit.csv?act=customer")
    assert sheet.headers["content-type"].startswith("text/csv")
    assert sheet.text.splitlines()[1].endswith(',"\'=cmd|""x""",')
    assert "ticket.taken" not in sheet.text


def test_accounts_and_canned_replies_leave_rows(desk: Desk, database: Database) -> None:
    desk.log_in("Ada")
    desk.post("/desk/users/add", "/desk/users", name="Li", role="lead")
    desk.post("/desk/users/reset", "/desk/users", name="Li")
    desk.post("/desk/users/remove", "/desk/users", name="Li")
    desk.post("/desk/canned/put", "/desk/canned", shortcut="hi", language="en", text="Hello")
    with database.begin() as session:
        row = canned.every(session)[0]
    desk.post("/desk/canned/remove", "/desk/canned", id=str(row.id))
    assert acts(database) == [
        ("Ada", "account.login", "Ada"),
        ("Ada", "account.added", "Li"),
        ("Ada", "account.password", "Li"),
        ("Ada", "account.removed", "Li"),
        ("Ada", "canned.kept", "/hi"),
        ("Ada", "canned.removed", "/hi"),
    ]


@pytest.mark.parametrize("path", ["/desk/audit", "/desk/audit.csv"])
def test_it_is_for_admins(desk: Desk, database: Database, path: str) -> None:
    with database.begin() as session:
        audit.note(session, "ticket.taken", "Mia", 7, at=now())
    desk.enter("Mia")
    assert desk.get(path).status_code == 403
