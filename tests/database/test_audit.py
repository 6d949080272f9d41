"""The audit log: only ever longer, without what was said, and every act has its words."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.database import audit
from bot.database.audit import Wanted
from bot.database.db import Database
from bot.errors import DeskhandError
from bot.texts import LANGUAGES, catalogue
from bot.types import now
from tests.support.paths import BOT

_ACT = re.compile(r'audit\.note\(\s*\w+,\s*f?"([a-z_]+\.[a-z_{}]+)"')


@pytest.mark.parametrize("change", ["UPDATE audit SET by = 'Eve'", "DELETE FROM audit"])
def test_the_database_itself_refuses_to_change_a_row(database: Database, change: str) -> None:
    with database.begin() as session:
        audit.note(session, "ticket.taken", "Mia", 7)
    with pytest.raises(DeskhandError), database.begin() as session:
        session.connection().execute(text(change))
    with database.read() as session:
        assert [row.by for row in audit.find(session, Wanted())] == ["Mia"]


def test_rows_are_found_by_who_what_whose_and_when(database: Database) -> None:
    start = now()
    with database.begin() as session:
        for number in range(3):
            at = start + timedelta(days=number)
            audit.note(session, "ticket.taken", "Mia", number, at=at, before=None)
            audit.note(session, "account.login", "Ada", "Ada", at=at)
    with database.read() as session:

        def targets(wanted: Wanted, **how: int) -> list[str]:
            return [row.target for row in audit.find(session, wanted, **how)]

        assert targets(Wanted(by="Mia")) == ["2", "1", "0"]
        assert targets(Wanted(act="account")) == ["Ada"] * 3
        assert targets(Wanted(act="ticket.taken", target="1")) == ["1"]
        assert targets(Wanted(act="ticket", since=start + timedelta(days=1))) == ["2", "1"]
        assert targets(Wanted(act="ticket", until=start + timedelta(days=1))) == ["0"]
        assert targets(Wanted(by="Mia"), before=5, limit=1) == ["1"]
        assert audit.people(session) == ["Ada", "Mia"]


def test_every_act_has_its_words_in_both_languages() -> None:
    acts = {act for path in BOT.rglob("*.py") for act in _ACT.findall(path.read_text("utf-8"))}
    assert len(acts) > 20
    for act in sorted(each for each in acts if "{" not in each):
        for language in LANGUAGES:
            assert f"audit.{act.replace('.', '_')}" in catalogue(language), act
