"""How many tokens a day may be spent: as the desk's page says, else the settings.

What the page keeps is in the database, so that every process knows it within a few seconds.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from sqlmodel import Session, col, select

from bot.database import audit
from bot.database.db import Database
from bot.database.shared import Shared
from bot.database.tables import SettingRow
from bot.errors import InputError

MOST = 10**12  # tokens
_STALE = 3.0  # seconds


@dataclass(frozen=True)
class Caps:
    """Tokens a day (UTC): of everybody, and of one shopper; 0 is no limit."""

    daily_token_budget: int = 0
    shopper_token_budget: int = 0


NAMES = tuple(asdict(Caps()))


class Budgets:
    """The caps that count now; safe to use from any thread."""

    def __init__(self, db: Database, settings: Caps) -> None:
        self.settings = settings
        self._shared = Shared(db)

    def now(self) -> Caps:
        return self._shared.get("budgets", lambda s: kept(s, self.settings), stale=_STALE)


def kept(session: Session, settings: Caps) -> Caps:
    """What the page has kept over what the settings say."""
    rows = session.exec(select(SettingRow).where(col(SettingRow.name).in_(NAMES)))
    return replace(settings, **{row.name: int(row.value) for row in rows})


def keep(session: Session, settings: Caps, given: Mapping[str, str], by: str) -> None:
    """What is the same as in the settings is theirs to say again. `InputError` for what is no
    number of tokens."""
    wanted = replace(settings, **{name: _read(given[name]) for name in NAMES if name in given})
    before = kept(session, settings)
    for name, value in asdict(wanted).items():
        row = session.get(SettingRow, name)
        if value != getattr(settings, name):
            row = row or SettingRow(name=name)
            row.value = str(value)
            session.add(row)
        elif row is not None:
            session.delete(row)
        if value != getattr(before, name):
            audit.note(session, "setting.changed", by, name)


def _read(text: str) -> int:
    digits = text.strip() or "0"
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 13 and int(digits) <= MOST):
        raise InputError("llm.bad_budget", most=MOST)
    return int(digits)
