"""What only this user may read: the database, the first password, orders' vectors, letters."""

import io
import stat
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.cli.serve import terminal
from bot.database import private
from bot.database.db import Database
from bot.tickets import first_password


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_database_is_private_from_its_first_moment(tmp_path: Path) -> None:
    file = tmp_path / "data" / "shop.db"
    database = Database(f"sqlite:///{file}")
    database.migrate()
    with database.begin():
        made = {path.name: mode(path) for path in file.parent.iterdir()}
    database.close()
    assert mode(file.parent) == 0o700
    assert made == {"shop.db": 0o600, "shop.db-wal": 0o600, "shop.db-shm": 0o600}


def test_what_an_older_version_left_open_is_closed_and_said(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)
    (folder / "shop.db").touch(mode=0o644)
    database = Database(f"sqlite:///{folder / 'shop.db'}")
    with capture_logs() as logs:
        database.migrate()
    database.close()
    assert (mode(folder), mode(folder / "shop.db")) == (0o700, 0o600)
    said = [Path(line["path"]).name for line in logs if line["event"] == "private.tightened"]
    assert said == ["shop.db", "data"]


def test_a_folder_with_other_things_in_it_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "notes.txt").touch()
    database = Database(f"sqlite:///{folder / 'shop.db'}")
    database.migrate()
    database.close()
    assert (mode(folder), mode(folder / "shop.db")) == (0o755, 0o600)


def test_the_first_password_is_for_one_users_eyes_and_goes_with_a_new_one(
    sqlite_database: Database,
) -> None:
    file = first_password.keep(sqlite_database, "one-time")
    assert (file.read_text(), mode(file)) == ("one-time\n", 0o600)
    first_password.forget(sqlite_database, "Mia")
    assert file.exists()
    first_password.forget(sqlite_database, "Admin")
    assert not file.exists()


def test_a_file_is_never_written_where_somebody_elses_link_points(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("theirs")
    target.chmod(0o644)
    link.symlink_to(target)
    private.write(link, "ours")
    assert (target.read_text(), link.read_text(), mode(link)) == ("theirs", "ours", 0o600)


def test_an_open_folder_is_closed_when_it_is_used(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    folder.chmod(0o755)
    assert private.exposed(folder)
    private.folder(folder)
    assert mode(folder) == 0o700
    assert not private.exposed(folder)
    assert not private.exposed(tmp_path / "missing")


@pytest.mark.parametrize("seen", [(True, False), (False, True), (False, False)])
def test_a_password_is_shown_where_a_person_looks_and_nowhere_else(seen: tuple[bool, bool]) -> None:
    streams = []
    for watched in seen:
        stream = io.StringIO()
        stream.isatty = lambda watched=watched: watched  # type: ignore[method-assign,misc]
        streams.append(stream)
    found = terminal(*streams)
    assert found is (streams[seen.index(True)] if any(seen) else None)
