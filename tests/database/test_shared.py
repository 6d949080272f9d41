"""What many ask for at once is read once, and again after any commit, whoever made it."""

from sqlmodel import Session, func, select

from bot.database.db import Database
from bot.database.shared import Shared
from bot.database.tables import UserRow


def count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(UserRow)).one()


def add(database: Database, name: str) -> None:
    with database.begin() as session:
        session.add(UserRow(name=name, password_hash=""))


def test_the_version_changes_with_each_commit_and_only_then(database: Database) -> None:
    other = Database(database.url.render_as_string(hide_password=False))
    first = database.version()
    assert database.version() == first
    add(other, "Mia")
    second = database.version()
    assert second != first
    add(database, "Noor")
    assert database.version() not in (first, second)
    assert database.empty_log()
    other.close()


def test_an_answer_stands_until_something_is_committed(database: Database) -> None:
    shared, asked = Shared(database), list[str]()

    def read(session: Session) -> int:
        asked.append("read")
        return count(session)

    def both() -> tuple[int, int]:
        return shared.get("one", read, stale=60), shared.get("two", count)

    assert both() == (0, 0)
    add(database, "Mia")
    assert both() == (0, 1)
    assert asked == ["read"]
    assert Shared(database).get("one", read) == 1


def test_only_so_many_answers_are_kept(database: Database) -> None:
    shared = Shared(database)
    for key in range(300):
        shared.get(key, count)
    assert len(shared._answers) == 200
