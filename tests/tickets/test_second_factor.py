"""Codes from an app: once each, within a step of now; and recovery codes."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlmodel import select

from bot.database.db import Database
from bot.database.tables import UserRow
from bot.errors import ForbiddenError, InputError
from bot.tickets import second_factor

AT = datetime(2026, 11, 28, 17, 0, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)


def on(db: Database) -> tuple[int, pyotp.TOTP, list[str]]:
    """Mia with an app: her id, what the app makes, her recovery codes."""
    seed = second_factor.new_seed()
    with db.begin() as session:
        session.add(UserRow(name="Mia", password_hash="x"))
        session.flush()
        app = pyotp.TOTP(second_factor.secret(session, seed))
        codes = second_factor.turn_on(session, "Mia", seed, app.at(AT), AT)
        user = session.exec(select(UserRow)).one()
        assert user.id is not None
        return user.id, app, codes


def test_each_code_opens_once_and_neighbours_of_now_do(database: Database) -> None:
    user, app, _ = on(database)
    with database.begin() as session:

        def opens(code: str, at: datetime) -> bool:
            return second_factor.accept(session, user, code, at)

        assert not opens(app.at(AT), AT), "it has turned the code on"
        later = AT + 4 * STEP
        assert not opens(app.at(later - 2 * STEP), later)
        assert not opens(app.at(later + 2 * STEP), later)
        spaced = app.at(later)
        assert opens(f"{spaced[:3]} {spaced[3:]}", later)
        assert not opens(app.at(later), later)
        assert not opens(app.at(later - STEP), later), "an older one than was used"
        assert opens(app.at(later + STEP), later)
        assert not opens("", later)
        assert not opens("é" * 6, later)


def test_a_recovery_code_opens_once(database: Database) -> None:
    user, _, codes = on(database)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    with database.begin() as session:
        assert second_factor.accept(session, user, codes[3].upper().replace("-", " "), AT)
        assert not second_factor.accept(session, user, codes[3], AT)
        assert second_factor.accept(session, user, codes[4], AT)
        kept = session.get_one(UserRow, user)
        assert len(kept.recovery) == second_factor.RECOVERY_CODES - 2
        assert not any(code in str(kept.recovery) for code in codes)
        fresh = second_factor.renew_recovery(session, "mia")
        assert not second_factor.accept(session, user, codes[5], AT)
        assert second_factor.accept(session, user, fresh[0], AT)
        second_factor.turn_off(session, "Mia")
        assert not second_factor.accept(session, user, fresh[1], AT)


def test_no_app_is_taken_that_shows_other_codes(database: Database) -> None:
    with database.begin() as session:
        session.add(UserRow(name="Mia", password_hash="x"))
        session.flush()
        with pytest.raises(ForbiddenError):
            second_factor.turn_on(session, "Mia", second_factor.new_seed(), "123456", AT)
        with pytest.raises(InputError):
            second_factor.turn_on(session, "Mia", "no seed", "123456", AT)
        assert session.exec(select(UserRow)).one().totp_seed is None


def test_codes_are_those_of_the_rfc() -> None:
    # RFC 6238, appendix B: SHA-1, the last six of eight digits
    app = pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    assert [app.at(time) for time in (59, 1111111109, 2000000000)] == ["287082", "081804", "279037"]
    assert "secret=GEZDG" in second_factor.address(app.secret, "Mia Li")
