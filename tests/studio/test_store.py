"""Drafts are kept with every wording; what is marked blocks until it is mended or signed for."""

from datetime import date

import pytest
from sqlmodel import Session, select

from bot.database import audit
from bot.database.db import Database
from bot.database.studio_tables import DraftRow
from bot.errors import ConflictError, InputError, NotFoundError
from bot.studio import export, jobs, store
from bot.studio.brief import Brief
from bot.studio.gate import Gate
from bot.studio.jobs import Rates
from bot.studio.store import Wanted
from tests.support.studio_shop import KETTLE, LAMP, MUGS, StandIn, studio

DAY = date(2026, 12, 1)
GOOD = "The Harbor kettle is made of stainless steel."
BAD = "The Harbor kettle is the best."


async def kept(database: Database, text: str = "", **more: object) -> int:
    made = studio(database, writes=StandIn(text) if text else None)
    brief = Brief(**more)  # type: ignore[arg-type]
    return await made.keep(await made.draft(KETTLE, brief, "en"), "Ada")


def report(text: str):  # type: ignore[no-untyped-def]
    return Gate().look(text, KETTLE, Brief(), "en")


async def test_a_marked_draft_is_mended_or_signed_before_it_is_approved(database: Database) -> None:
    draft_id = await kept(database, BAD)
    with database.begin() as session, pytest.raises(InputError, match="signed"):
        store.approve(session, draft_id, 1, report(BAD), "Ada")
    with database.begin() as session:
        (mark,) = report(BAD).blocking
        with pytest.raises(InputError, match="why"):
            store.sign(session, draft_id, mark, " ", 1, report(BAD), "Ada")
        store.sign(session, draft_id, mark, "Test winner 2026", 1, report(BAD), "Ada")
        store.approve(session, draft_id, 1, report(BAD), "Ada")
    with database.read() as session:
        found = store.get(session, draft_id)
        assert found.row.state == "approved"
        assert found.signed[mark.id].reason == "Test winner 2026"
        acts = [row.act for row in audit.find(session, audit.Wanted(act="draft"))]
        assert acts == ["draft.approved", "draft.signed"]


async def test_every_wording_stays_and_can_be_taken_back(database: Database) -> None:
    draft_id = await kept(database, BAD)
    with database.begin() as session:
        store.edit(session, draft_id, GOOD, 1, report(GOOD), "Ada")
        with pytest.raises(ConflictError, match="meanwhile"):
            store.edit(session, draft_id, "Other.", 1, report("Other."), "Ben")
        store.undo(session, draft_id, 1, 2, report(BAD), "Ben")
        found = store.versions(session, draft_id)
        assert [(each.number, each.text, each.how) for each in found] == [
            (3, BAD, "undone"),
            (2, GOOD, "edited"),
            (1, BAD, "made"),
        ]
        assert store.get(session, draft_id).row.risk == "high"
    assert store.changes("in blue", "in red") == [("same", "in "), ("gone", "blue"), ("new", "red")]


async def test_words_without_a_record_are_looked_at_first(database: Database) -> None:
    text = "A whimsical kettle."
    draft_id = await kept(database, text)
    with database.begin() as session:
        with pytest.raises(InputError, match="Look at them"):
            store.approve(session, draft_id, 1, report(text), "Ada")
        store.approve(session, draft_id, 1, report(text), "Ada", seen=True)
        with pytest.raises(ConflictError, match="decided"):
            store.edit(session, draft_id, GOOD, 1, report(GOOD), "Ada")
        store.reopen(session, draft_id, 1, "Ada")
        store.edit(session, draft_id, GOOD, 1, report(GOOD), "Ada")


async def test_the_next_drafts_hear_why_one_was_rejected(database: Database) -> None:
    draft_id = await kept(database, GOOD)
    with database.begin() as session:
        with pytest.raises(InputError):
            store.reject(session, draft_id, "", 1, "Ada")
        store.reject(session, draft_id, "Never say “Harbor kettle is”", 1, "Ada")
        assert store.reasons(session, "description") == ("Never say “Harbor kettle is”",)
    again = await studio(database).draft(KETTLE, Brief(), "en")
    assert "Harbor kettle is" not in again.written.text
    assert again.brief.rejected


async def test_only_what_is_without_marks_is_approved_together(database: Database) -> None:
    for text in (BAD, "A whimsical kettle.", GOOD, ""):
        await kept(database, text)
    with database.begin() as session:
        assert store.counts(session, Wanted()) == {"high": 1, "low": 1, "none": 2}
        assert store.approve_all(session, Wanted(), "Ada") == 2
        assert len(store.find(session, Wanted(state="approved"))) == 2
        with pytest.raises(NotFoundError):
            store.get(session, 99)


async def test_approved_texts_are_exported_for_the_shops_system(database: Database) -> None:
    await kept(database, "=1+1 stainless steel kettle")
    await kept(database, kind="title")
    await kept(database, kind="bullets")
    with database.begin() as session:
        drafts = [store.get(session, row.id or 0) for row in store.find(session, Wanted())][::-1]
    name, _, text = export.exported(drafts[1:], "shopify")
    assert name == "shopify.csv"
    assert text.startswith("\ufeffHandle,Title,SEO Title,Body (HTML)\r\nK-1,Harbor kettle,")
    assert "<ul><li>" in text
    assert "'=1+1" in export.exported([_as(drafts[0], "title")], "woocommerce")[2]
    assert '"sku": "K-1"' in export.exported(drafts, "json")[2]
    assert "&lt;b&gt;" in export.paragraphs("<b>")
    assert "<h2>Harbor kettle</h2>" in export.exported(drafts, "html")[2]
    for form, match in (("excel", "no form"), ("shopify", "no place")):
        with pytest.raises(InputError, match=match):
            export.exported([_as(drafts[0], "email")], form)


def _as(found: store.Kept, kind: str) -> store.Kept:
    row = DraftRow(**{**found.row.model_dump(), "kind": kind})
    return store.Kept(row, found.text, {})


async def test_a_job_pauses_at_its_cap_and_goes_on(database: Database) -> None:
    writes = StandIn("The {name} is good.", cost=0.4)
    made = studio(database, writes=writes)
    made.rates = Rates(1.0, 1.0, 200_000, 200_000)
    with database.begin() as session, pytest.raises(InputError, match="cap"):
        jobs.create(session, [KETTLE], Brief(), made.rates, cap=0.1, by="Ada")
    job = await made.start([KETTLE, MUGS, LAMP], Brief(), cap=0.8, by="Ada")
    found = await made.work(job, "en")
    assert (found.row.state, found.row.why, found.done, found.left) == ("paused", "cap", 2, 1)
    assert found.row.estimate == pytest.approx(1.2)
    with database.begin() as session:
        row = jobs.progress(session, job).row
        row.cap = 0
        jobs.change(session, job, "resume", "Ada")
    assert (await made.work(job, "en")).row.state == "done"
    assert writes.asked == 3


async def test_what_fails_is_listed_and_tried_again(database: Database) -> None:
    made = studio(database)
    job = await made.start(
        [KETTLE, MUGS], Brief(kind="campaign", start=DAY, end=DAY), cap=0, by="Ada"
    )
    with database.begin() as session:
        row = jobs.progress(session, job).row
        row.brief = {"kind": "campaign"}  # as a setting of long ago could be
        session.add(row)
    found = await made.work(job, "en")
    assert (found.done, found.failed) == (0, 2)
    with database.begin() as session:
        assert "2026-12-01" in jobs.failures(session, job)[0].error
        row = jobs.progress(session, job).row
        row.brief = Brief(kind="title").stored()
        session.add(row)
        jobs.change(session, job, "retry", "Ada")
    found = await made.work(job, "en")
    assert (found.done, found.failed, found.row.state) == (2, 0, "done")
    with database.read() as session:
        assert _positions(session, job) == [0, 1]
    assert (await made.work(job, "en")).done == 2, "a job that is done is not done again"


def _positions(session: Session, job: int) -> list[int]:
    return sorted(session.exec(select(DraftRow.position).where(DraftRow.job_id == job)))
