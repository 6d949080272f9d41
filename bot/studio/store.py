"""Drafts in the database: kept with every wording, edited, undone, signed for, approved, rejected.

Nothing is overwritten: an edit is another version, an undo too, and the text that the shop has
published is never touched; `export.py` gives approved ones out. What people do is in the audit log.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import func
from sqlmodel import Session, col, select

from bot.database import audit
from bot.database.studio_tables import DraftRow, DraftVersionRow, SignatureRow
from bot.errors import ConflictError, InputError, NotFoundError
from bot.studio.brief import Brief
from bot.studio.drafting import Draft
from bot.studio.gate import Mark, Report
from bot.studio.item import Item
from bot.types import now

State = Literal["waiting", "approved", "rejected"]
STATES: tuple[State, ...] = ("waiting", "approved", "rejected")
RISKS = ("none", "low", "high")
SURE = 0.9  # coverage from which drafts without marks may be approved together
LONGEST = 20_000  # characters of a text
_REASON = 500
_REASONS = 20  # the newest reasons that the next drafts hear of
_QUOTED = re.compile(r"[\"“「『‘]([^\"”」』’]{2,60})[\"”」』’]")


@dataclass(frozen=True)
class Wanted:
    """Which drafts are listed; "" asks for nothing."""

    state: str = "waiting"
    kind: str = ""
    risk: str = ""
    sku: str = ""
    job: int = 0


@dataclass(frozen=True)
class Kept:
    """A draft as it is stored, with its newest wording and who signed for what."""

    row: DraftRow
    text: str
    signed: dict[str, SignatureRow]

    @property
    def item(self) -> Item:
        return item_from(self.row.item)

    @property
    def brief(self) -> Brief:
        return Brief.from_stored(self.row.brief)


def stored_item(item: Item) -> dict[str, Any]:
    """An item as a column of JSON keeps it."""
    return {name: value for name, value in asdict(item).items() if value not in ("", (), None)}


def item_from(stored: Mapping[str, Any]) -> Item:
    """What `stored_item` kept."""
    lists = {
        "attributes": tuple((str(a), str(b)) for a, b in stored.get("attributes", ())),
        "tags": tuple(stored.get("tags", ())),
    }
    return Item(**{**stored, **lists})


def keep(
    session: Session, draft: Draft, *, job_id: int | None = None, position: int = 0, by: str = ""
) -> int:
    """Store a new draft, waiting for a person; its id."""
    row = DraftRow(
        job_id=job_id,
        position=position,
        sku=draft.item.sku,
        kind=draft.brief.kind,
        language=draft.item.language,
        item=stored_item(draft.item),
        brief=draft.brief.stored(),
        model=draft.written.model,
    )
    _looked(row, draft.report, ())
    session.add(row)
    session.flush()
    assert row.id is not None
    session.add(
        DraftVersionRow(draft_id=row.id, number=1, text=draft.written.text, how="made", by=by)
    )
    return row.id


def find(session: Session, wanted: Wanted, *, limit: int = 50, before: int = 0) -> list[DraftRow]:
    """Drafts, the newest first; with `before` those with a smaller id."""
    query = _asked(select(DraftRow), wanted).order_by(col(DraftRow.id).desc()).limit(limit)
    if before:
        query = query.where(col(DraftRow.id) < before)
    return list(session.exec(query))


def counts(session: Session, wanted: Wanted) -> dict[str, int]:
    """How many drafts there are of each risk."""
    query = _asked(select(DraftRow.risk, func.count()), wanted).group_by(col(DraftRow.risk))
    return {str(risk): int(n) for risk, n in session.exec(query)}


def get(session: Session, draft_id: int) -> Kept:
    """One draft; `NotFoundError`."""
    row = session.get(DraftRow, draft_id)
    if row is None:
        raise NotFoundError("drafts.not_found")
    signed = session.exec(select(SignatureRow).where(SignatureRow.draft_id == draft_id))
    return Kept(row, text_of(session, row), {each.mark: each for each in signed})


def text_of(session: Session, row: DraftRow) -> str:
    """The newest wording."""
    found = session.get(DraftVersionRow, (row.id, row.version))
    return found.text if found else ""


def versions(session: Session, draft_id: int) -> list[DraftVersionRow]:
    """Every wording, the newest first."""
    query = select(DraftVersionRow).where(DraftVersionRow.draft_id == draft_id)
    return list(session.exec(query.order_by(col(DraftVersionRow.number).desc())))


def changes(before: str, after: str) -> list[tuple[str, str]]:
    """Two texts as pieces: ("same" | "gone" | "new", text), by words and characters."""
    one, other = _pieces(before), _pieces(after)
    found: list[tuple[str, str]] = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(("same", "".join(one[a:b])))
        else:
            found += [("gone", "".join(one[a:b]))] * (b > a)
            found += [("new", "".join(other[c:d]))] * (d > c)
    return found


def edit(session: Session, draft_id: int, text: str, version: int, report: Report, by: str) -> None:
    """Another wording by a person; `ConflictError` where somebody else was faster."""
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise InputError("drafts.no_text", longest=LONGEST)
    row = _open(session, draft_id, version)
    if text == text_of(session, row):
        return
    _word(session, row, text, "edited", by)
    _looked(row, report, _signed(session, draft_id))


def undo(
    session: Session, draft_id: int, number: int, version: int, report: Report, by: str
) -> None:
    """An earlier wording again, as a new version."""
    row = _open(session, draft_id, version)
    found = session.get(DraftVersionRow, (draft_id, number))
    if found is None:
        raise NotFoundError("drafts.not_found")
    _word(session, row, found.text, "undone", by)
    _looked(row, report, _signed(session, draft_id))


def sign(
    session: Session, draft_id: int, mark: Mark, reason: str, version: int, report: Report, by: str
) -> None:
    """A person answers for something marked, with a reason."""
    reason = reason.strip()[:_REASON]
    if not reason:
        raise InputError("drafts.no_reason")
    if not mark.signable:
        raise InputError("drafts.not_signable")
    row = _open(session, draft_id, version)
    if session.get(SignatureRow, (draft_id, mark.id)) is None:
        session.add(SignatureRow(draft_id=draft_id, mark=mark.id, reason=reason, by=by))
        session.flush()
    audit.note(session, "draft.signed", by, draft_id, mark=mark.id.partition(":")[0])
    _looked(row, report, _signed(session, draft_id))


def unsigned(report: Report, signed: Sequence[str]) -> list[Mark]:
    """What still blocks a draft."""
    return [each for each in report.blocking if not (each.signable and each.id in signed)]


def approve(
    session: Session, draft_id: int, version: int, report: Report, by: str, *, seen: bool = False
) -> None:
    """A person takes the text; `InputError` while something marked is unsigned, or where there are
    words that no record has and nobody says that they were looked at (`seen`)."""
    row = _open(session, draft_id, version)
    signed = _signed(session, draft_id)
    if unsigned(report, signed):
        raise InputError("drafts.blocked")
    if not seen and any(mark.id not in signed for mark in report.marks):
        raise InputError("drafts.unseen")
    _decide(row, "approved", by)
    audit.note(session, "draft.approved", by, draft_id, sku=row.sku, kind=row.kind)


def approve_all(session: Session, wanted: Wanted, by: str) -> int:
    """Approve the waiting drafts in which nothing is marked and of which nearly all is covered;
    how many there were."""
    query = _asked(select(DraftRow), wanted).where(
        DraftRow.state == "waiting", DraftRow.marks == 0, col(DraftRow.coverage) >= SURE
    )
    rows = list(session.exec(query))
    for row in rows:
        _decide(row, "approved", by)
    if rows:
        audit.note(session, "draft.approved_all", by, len(rows), kind=wanted.kind)
    return len(rows)


def reject(session: Session, draft_id: int, reason: str, version: int, by: str) -> None:
    """A person does not take the text, and says why: the next drafts hear of it."""
    reason = reason.strip()[:_REASON]
    if not reason:
        raise InputError("drafts.no_reason")
    row = _open(session, draft_id, version)
    _decide(row, "rejected", by)
    row.reason = reason
    audit.note(session, "draft.rejected", by, draft_id, sku=row.sku, kind=row.kind)


def reopen(session: Session, draft_id: int, version: int, by: str) -> None:
    """A decided draft waits again."""
    row = session.get(DraftRow, draft_id)
    if row is None:
        raise NotFoundError("drafts.not_found")
    if row.version != version:
        raise ConflictError("drafts.changed")
    row.state, row.decided_by, row.decided_at, row.reason = "waiting", "", None, ""
    audit.note(session, "draft.reopened", by, draft_id)


def given_out(session: Session, rows: Sequence[DraftRow], form: str, by: str) -> None:
    """Note that approved texts were exported."""
    at = now()
    for row in rows:
        row.exported_at = at
        session.add(row)
    audit.note(session, "draft.exported", by, len(rows), form=form)


def reasons(session: Session, kind: str) -> tuple[str, ...]:
    """Why drafts of a kind were not taken, the newest first."""
    query = (
        select(DraftRow.reason)
        .where(DraftRow.state == "rejected", DraftRow.kind == kind, DraftRow.reason != "")
        .order_by(col(DraftRow.decided_at).desc())
        .limit(_REASONS)
    )
    return tuple(dict.fromkeys(session.exec(query)))


def quoted(found: Sequence[str]) -> tuple[str, ...]:
    """The words that reasons name in quotation marks: they are not wanted."""
    return tuple(dict.fromkeys(word for reason in found for word in _QUOTED.findall(reason)))


def texts(session: Session, kind: str, language: str, *, limit: int) -> list[tuple[str, str]]:
    """The newest wordings of drafts of a kind, by product: they may not be said again."""
    joined = (DraftVersionRow.draft_id == DraftRow.id, DraftVersionRow.number == DraftRow.version)
    query = (
        select(DraftRow.sku, DraftVersionRow.text)
        .join(DraftVersionRow, joined[0])  # type: ignore[arg-type]
        .where(joined[1], DraftRow.kind == kind, DraftRow.language == language)
        .order_by(col(DraftRow.id).desc())
        .limit(limit)
    )
    return [(sku, text) for sku, text in session.exec(query)]


def _asked(query: Any, wanted: Wanted) -> Any:
    for column, value in (
        (DraftRow.state, wanted.state),
        (DraftRow.kind, wanted.kind),
        (DraftRow.risk, wanted.risk),
        (DraftRow.sku, wanted.sku),
        (DraftRow.job_id, wanted.job),
    ):
        if value:
            query = query.where(column == value)
    return query


def _open(session: Session, draft_id: int, version: int) -> DraftRow:
    """A waiting draft that is still as its reader saw it."""
    row = session.get(DraftRow, draft_id, with_for_update=True)
    if row is None:
        raise NotFoundError("drafts.not_found")
    if row.version != version:
        raise ConflictError("drafts.changed")
    if row.state != "waiting":
        raise ConflictError("drafts.decided")
    return row


def _word(session: Session, row: DraftRow, text: str, how: str, by: str) -> None:
    row.version += 1
    session.add(row)
    session.add(
        DraftVersionRow(draft_id=row.id or 0, number=row.version, text=text, how=how, by=by)
    )
    audit.note(session, f"draft.{how}", by, row.id, version=row.version)


def _looked(row: DraftRow, report: Report, signed: Sequence[str]) -> None:
    """What was found, as far as nobody signed for it."""
    left = [each for each in report.marks if each.id not in signed]
    row.marks = len(left)
    row.coverage = round(report.audit.coverage, 4)
    row.risk = "high" if any(each.blocks for each in left) else "low" if left else "none"


def _signed(session: Session, draft_id: int) -> list[str]:
    query = select(SignatureRow.mark).where(SignatureRow.draft_id == draft_id)
    return list(session.exec(query))


def _decide(row: DraftRow, state: State, by: str) -> None:
    row.state, row.decided_by, row.decided_at = state, by, now()


def _pieces(text: str) -> list[str]:
    return re.findall(r"[A-Za-z0-9'’-]+|\s+|.", text)
