"""Experiments: all of them with their verdicts, one with its figures, planned, started, stopped."""

from collections.abc import Mapping
from urllib.parse import quote

from sqlmodel import Session
from starlette.responses import RedirectResponse, Response

from bot.database.insight_tables import ExperimentRow
from bot.desk.pages.guard import Call, Desk, status_of
from bot.errors import DeskhandError, InputError
from bot.insights.experiments import plot, store
from bot.insights.experiments.outcomes import OUTCOMES
from bot.insights.experiments.store import SUBJECTS, Draft
from bot.insights.experiments.verdict import Verdict, mean_of, percent, sentence, verdict
from bot.insights.experiments.words import planned
from bot.texts import t
from bot.types import now

_FIELDS = ("name", "subject", "outcome", "least", "value_en", "value_zh")
_USUAL = {"subject": SUBJECTS[0], "outcome": "wrote", "least": "10"}


async def experiments_page(desk: Desk, call: Call) -> Response:
    return await _page(desk, call, _USUAL)


async def start(desk: Desk, call: Call) -> Response:
    """Begin one, or say how long it would take; what can't be read comes back as it was typed."""
    given = {name: call.form.get(name, "") for name in _FIELDS}
    at, by = now(), call.login.name
    try:
        draft = _draft(given)
        if "plan" in call.form:
            found = await desk.db.query(
                lambda session: store.plan(session, draft.outcome, draft.least, at=at)
            )
            told = planned(found, draft.outcome, draft.least, call.language)
            return await _page(desk, call, given, told=told)
        name = await desk.db.write(lambda session: store.start(session, draft, by, at=at).name)
    except DeskhandError as error:
        return await _page(desk, call, given, error=error)
    return RedirectResponse(f"/desk/experiments/one?name={quote(name)}", 303)


async def one_page(desk: Desk, call: Call) -> Response:
    """One experiment: the sentence, the figures, the course."""
    name = call.request.query_params.get("name", "")[:200].replace("\x00", "")

    def work(session: Session) -> tuple[ExperimentRow, Verdict]:
        row = store.one(session, name)
        return row, verdict(session, row, at=now())

    row, found = await desk.db.query(work)
    return call.page(
        "experiment.html",
        row=row,
        found=found,
        sentence=sentence(found, row, call.language),
        course=plot.course(found.course, t("experiments.course", call.language)),
        percent=percent,
        mean_of=mean_of,
    )


async def stop(desk: Desk, call: Call) -> Response:
    name, by, at = call.form.get("name", ""), call.login.name, now()
    await desk.db.write(lambda session: store.stop(session, name, by, at=at).name)
    return RedirectResponse(f"/desk/experiments/one?name={quote(name)}", 303)


def _draft(given: Mapping[str, str]) -> Draft:
    try:
        least = float(given["least"].strip().rstrip("%")) / 100
    except ValueError as error:
        low, high = f"{store.LEAST:.0%}", f"{store.MOST:.0%}"
        raise InputError("experiments.bad_least", low=low, high=high) from error
    value = {"en": given["value_en"], "zh": given["value_zh"]}
    return Draft(given["name"], given["subject"], given["outcome"], least, value)


async def _page(
    desk: Desk,
    call: Call,
    shown: Mapping[str, str],
    *,
    told: str = "",
    error: DeskhandError | None = None,
) -> Response:
    def work(session: Session) -> list[tuple[ExperimentRow, Verdict]]:
        return [(row, verdict(session, row, at=now())) for row in store.every(session)]

    every = await desk.db.query(work)
    return call.page(
        "experiments.html",
        status=status_of(error) if error else 200,
        every=[(row, found, sentence(found, row, call.language)) for row, found in every],
        subjects=SUBJECTS,
        outcomes=list(OUTCOMES),
        shown={name: shown.get(name, "") for name in _FIELDS},
        told=told,
        error=error.message(call.language) if error else None,
    )
