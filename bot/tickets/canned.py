"""Replies that are kept ready, per language: `/refund` in the reply box becomes the text.

A text may name what is filled in when it is used: `{name}`, `{order}`, `{agent}`, `{ticket}`. What
is not known stays as it is, and `assignment.reply` sends no text with such a gap.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from bot.database import audit
from bot.database.tables import CannedRow
from bot.errors import InputError, NotFoundError
from bot.texts import LANGUAGES
from bot.tickets import assignment

MOST = 8  # that are offered at once
_SHORTCUT = re.compile(r"[\w-]{1,30}")


def every(session: Session) -> list[CannedRow]:
    """All of them by shortcut, English first."""
    return list(session.exec(select(CannedRow).order_by(CannedRow.shortcut, CannedRow.language)))


def matching(session: Session, typed: str, language: str) -> list[CannedRow]:
    """Those whose shortcut begins with `typed`, then those that hold it; one for each shortcut, in
    `language` where there is such."""
    typed = typed.strip().lower()[:30]
    found = or_(
        col(CannedRow.shortcut).contains(typed, autoescape=True),
        func.lower(CannedRow.text).contains(typed, autoescape=True),
    )
    rows = list(session.exec(select(CannedRow).where(found).limit(200)))
    rows.sort(key=lambda row: (row.language != language, row.shortcut))
    by_shortcut: dict[str, CannedRow] = {}
    for row in rows:
        by_shortcut.setdefault(row.shortcut, row)
    ranked = sorted(by_shortcut.values(), key=lambda row: not row.shortcut.startswith(typed))
    return ranked[:MOST]


def filled(text: str, known: Mapping[str, str]) -> str:
    """The text with what is known in its gaps."""
    return assignment.GAP.sub(lambda gap: known.get(gap[1]) or gap[0], text)


def put(
    session: Session, shortcut: str, language: str, text: str, at: datetime, *, by: str = ""
) -> CannedRow:
    """Keep a reply; it replaces the one with this shortcut in this language. `InputError`."""
    shortcut = shortcut.strip().lstrip("/").lower()
    if not _SHORTCUT.fullmatch(shortcut):
        raise InputError("canned.bad_shortcut")
    if language not in LANGUAGES:
        raise InputError("canned.bad_language")
    text = assignment.checked_text(text)
    query = select(CannedRow).where(CannedRow.shortcut == shortcut, CannedRow.language == language)
    row = session.exec(query).first() or CannedRow(shortcut=shortcut, language=language, text=text)
    row.text, row.updated_at = text, at
    session.add(row)
    audit.note(session, "canned.kept", by, f"/{shortcut}", at=at, language=language)
    return row


def remove(session: Session, canned_id: int, *, by: str = "") -> None:
    row = session.get(CannedRow, canned_id)
    if row is None:
        raise NotFoundError("canned.not_found")
    session.delete(row)
    audit.note(session, "canned.removed", by, f"/{row.shortcut}", language=row.language)
