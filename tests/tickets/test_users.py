"""Names, passwords and locks of those who may use the desk."""

import subprocess
import sys

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY
from sqlmodel import Session, select

from bot.database.db import Database
from bot.database.tables import SessionRow, UserRow
from bot.desk.pages.security import start_session
from bot.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from bot.tickets import users
from bot.types import now
from tests.support.desk_shop import PASSWORD
from tests.support.logins import authenticate
from tests.support.paths import ROOT


def test_a_user_comes_in_with_name_and_password(database: Database) -> None:
    with database.begin() as session:
        users.add(session, "Mia", "agent", PASSWORD)
        assert authenticate(session, " mia ", PASSWORD) is not None
        assert authenticate(session, "Mia", PASSWORD + "!") is None
        assert authenticate(session, "Noor", PASSWORD) is None
        kept = users.find(session, "MIA")
    assert kept.password_hash.startswith("$argon2id$")
    assert PASSWORD not in kept.password_hash


def test_a_password_costs_who_guesses_it_as_much_as_rfc_9106_says() -> None:
    """In a process of its own: in this one passwords cost little, as `tests/__init__.py` says."""
    program = (
        "from bot.tickets import users; print(users.hashed('Mia', 'tea before tickets').encoded)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = extract_parameters(done.stdout.strip())
    assert found == RFC_9106_LOW_MEMORY


def test_an_unknown_name_costs_a_comparison_too() -> None:
    proof = users.prove("nobody", None, PASSWORD)
    assert not proof.correct
    assert proof.stored is None


def test_however_often_somebody_fails_the_right_password_comes_in(database: Database) -> None:
    with database.begin() as session:
        users.add(session, "Mia", "agent", PASSWORD)
        wrong = users.prove("Mia", users.lookup(session, "Mia"), "wrong")
        for _ in range(100):
            assert users.admit(session, wrong) is None
        assert authenticate(session, "Mia", PASSWORD) is not None


def test_a_name_is_counted_as_one_however_it_is_written() -> None:
    assert users.name_key(" Mia ") == users.name_key("MIA") != users.name_key("Noor")


def test_a_password_is_hashed_without_a_database(database: Database) -> None:
    fresh = users.hashed("Mia", PASSWORD)
    with database.begin() as session:
        users.add(session, "Mia", "agent", fresh)
        assert authenticate(session, "Mia", PASSWORD) is not None
        stored = users.lookup(session, "Mia")
    with pytest.raises(InputError, match="old password"):
        users.hashed("Mia", PASSWORD, stored)


def test_a_password_changed_meanwhile_lets_nobody_in(database: Database) -> None:
    with database.begin() as session:
        users.add(session, "Mia", "agent", PASSWORD)
        proof = users.prove("Mia", users.lookup(session, "Mia"), PASSWORD)
        users.change_password(session, "Mia", "another good password")
        assert users.admit(session, proof) is None


def test_an_old_hash_is_renewed_at_login(database: Database) -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    with database.begin() as session:
        session.add(UserRow(name="Mia", password_hash=old))
        session.flush()
        assert authenticate(session, "Mia", PASSWORD) is not None
        assert users.find(session, "Mia").password_hash != old
        assert authenticate(session, "Mia", PASSWORD) is not None


@pytest.mark.parametrize(
    ("name", "password"),
    [("Mia", "short"), ("Mia", "x" * 201), ("Mia Andersson", "mia andersson")],
)
def test_weak_passwords_are_refused(sqlite_database: Database, name: str, password: str) -> None:
    with pytest.raises(InputError), sqlite_database.begin() as session:
        users.add(session, name, "agent", password)


@pytest.mark.parametrize("name", ["", " ", "a" * 41, "-mia", "mia;drop", "<b>", "mia\nnoor", "_"])
def test_odd_names_are_refused(sqlite_database: Database, name: str) -> None:
    with pytest.raises(InputError), sqlite_database.begin() as session:
        users.add(session, name, "agent", PASSWORD)


@pytest.mark.parametrize("name", ["M", "小林", "Mia van Dam", "mia.2", "José-Luis"])
def test_names_of_people_are_accepted(sqlite_database: Database, name: str) -> None:
    with sqlite_database.begin() as session:
        users.add(session, name, "admin", PASSWORD)
        assert users.find(session, name).name == name


def test_a_name_is_there_once_in_any_case(database: Database) -> None:
    with database.begin() as session:
        users.add(session, "Mia", "agent", PASSWORD)
    with pytest.raises(ConflictError, match="mia"), database.begin() as session:
        users.add(session, "mia", "agent", PASSWORD)


def test_there_are_three_roles(sqlite_database: Database) -> None:
    with pytest.raises(InputError, match="agent, lead, admin"), sqlite_database.begin() as session:
        users.add(session, "Mia", "root", PASSWORD)


def test_a_new_password_ends_the_logins(database: Database) -> None:
    with database.begin() as session:
        _logged_in(session, "Mia")
        users.change_password(session, "Mia", "another good password")
        assert session.exec(select(SessionRow)).all() == []
        with pytest.raises(InputError, match="old password"):
            users.change_password(session, "Mia", "another good password")


def test_removing_ends_the_logins_but_never_the_last_admin(database: Database) -> None:
    with database.begin() as session:
        _logged_in(session, "Mia")
        users.add(session, "Ada", "admin", PASSWORD)
        users.remove(session, "Mia")
        assert session.exec(select(SessionRow)).all() == []
        assert [user.name for user in users.every(session)] == ["Ada"]
        with pytest.raises(ForbiddenError, match="only admin"):
            users.remove(session, "Ada")
        with pytest.raises(NotFoundError, match="Mia"):
            users.remove(session, "Mia")


def test_the_first_admin_is_made_once(database: Database) -> None:
    with database.begin() as session:
        password = users.ensure_admin(session)
        assert password is not None
        assert users.ensure_admin(session) is None
        admin = authenticate(session, "admin", password)
        assert admin is not None
        assert (admin.role, admin.must_change_password) == ("admin", True)


def _logged_in(session: Session, name: str) -> None:
    user = users.add(session, name, "agent", PASSWORD)
    assert user.id is not None
    start_session(session, user.id, now())
