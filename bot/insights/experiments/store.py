"""Experiments: planned, started, stopped, listed. At most one runs on each subject."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from bot.database import audit
from bot.database.insight_tables import ExperimentRow
from bot.errors import ConflictError, InputError, NotFoundError
from bot.insights.experiments import outcomes, planning
from bot.insights.experiments.outcomes import OUTCOMES
from bot.insights.experiments.running import GREETING, RUNNING, STARTERS, SUGGESTIONS
from bot.insights.experiments.tests import Summary

STOPPED = "stopped"
SUBJECTS = (STARTERS, GREETING, SUGGESTIONS)

LEAST, MOST = 0.01, 5.0  # relative effect that may be looked for
_LONGEST_NAME, _LONGEST_TEXT, _QUESTIONS, _LONGEST_QUESTION = 60, 600, 4, 150
_BEFORE = timedelta(days=28)  # from which the plan is made


@dataclass(frozen=True)
class Draft:
    """An experiment as it is asked for. `value` is what the second variant shows, by language: a
    text, or questions, one a line; nothing for suggestions, which it does not offer."""

    name: str
    subject: str
    outcome: str
    least: float
    value: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """What the last four weeks say: `daily` shoppers, the outcome's mean (`baseline`), how many
    `days` the effect that is looked for takes (None: more than a year, or not known), and the least
    one that four weeks are enough for."""

    daily: float
    baseline: float
    days: int | None
    least: float | None


def plan(session: Session, outcome: str, least: float, *, at: datetime) -> Plan:
    """How long it takes to find a relative effect of `least`."""
    if outcome not in OUTCOMES:
        raise InputError("experiments.no_outcome", name=outcome, known=", ".join(OUTCOMES))
    values = outcomes.before(session, outcome, at - _BEFORE, at)
    daily = len(values) / _BEFORE.days
    found = Summary.of_values(len(values), sum(values), sum(each * each for each in values))
    days = planning.days(found.mean, found.variance, least, daily) if found.variance else None
    shoppers = round(daily * _BEFORE.days)
    smallest = (
        planning.least_effect(found.mean, found.variance, shoppers) if found.variance else None
    )
    return Plan(daily, found.mean, days, smallest)


def start(session: Session, draft: Draft, by: str, *, at: datetime) -> ExperimentRow:
    """Begin it; `InputError` for what cannot be tried, `ConflictError` where one is running."""
    values = _values(draft)
    if not math.isfinite(draft.least) or not LEAST <= draft.least <= MOST:
        raise InputError("experiments.bad_least", low=f"{LEAST:.0%}", high=f"{MOST:.0%}")
    taken = select(ExperimentRow).where(ExperimentRow.name == draft.name.strip())
    if session.exec(taken).first() is not None:
        raise ConflictError("experiments.name_taken", name=draft.name.strip())
    running = select(ExperimentRow).where(
        ExperimentRow.subject == draft.subject, ExperimentRow.state == RUNNING
    )
    if (other := session.exec(running).first()) is not None:
        raise ConflictError("experiments.already", name=other.name)
    planned = plan(session, draft.outcome, draft.least, at=at)
    row = ExperimentRow(
        name=draft.name.strip(),
        subject=draft.subject,
        values=values,
        outcome=draft.outcome,
        least=draft.least,
        baseline=planned.baseline,
        daily=planned.daily,
        days=planned.days or 0,
        started_by=by,
        started_at=at,
    )
    session.add(row)
    session.flush()
    audit.note(session, "experiment.started", by, row.name, at=at, subject=row.subject)
    return row


def stop(session: Session, name: str, by: str, *, at: datetime) -> ExperimentRow:
    """End it: everybody is shown the first variant again."""
    row = one(session, name)
    if row.state == RUNNING:
        row.state, row.stopped_at = STOPPED, at
        session.add(row)
        audit.note(session, "experiment.stopped", by, row.name, at=at)
    return row


def one(session: Session, name: str) -> ExperimentRow:
    """The experiment of that name; `NotFoundError`."""
    found = session.exec(select(ExperimentRow).where(ExperimentRow.name == name)).first()
    if found is None:
        raise NotFoundError("experiments.none_such", name=name)
    return found


def every(session: Session) -> Sequence[ExperimentRow]:
    """All of them, those that run first, then the newest."""
    rows = session.exec(select(ExperimentRow).order_by(col(ExperimentRow.id).desc())).all()
    return sorted(rows, key=lambda row: row.state != RUNNING)


def _values(draft: Draft) -> list[Any]:
    """What the two variants show."""
    if not draft.name.strip() or len(draft.name.strip()) > _LONGEST_NAME:
        raise InputError("experiments.bad_name", most=_LONGEST_NAME)
    if draft.subject not in SUBJECTS:
        raise InputError("experiments.no_subject", name=draft.subject, known=", ".join(SUBJECTS))
    if draft.outcome not in OUTCOMES:
        raise InputError("experiments.no_outcome", name=draft.outcome, known=", ".join(OUTCOMES))
    if draft.subject == SUGGESTIONS:
        return [True, False]
    said = {each: draft.value.get(each, "").strip() for each in ("en", "zh")}
    if not all(said.values()):
        raise InputError("experiments.both_languages")
    if draft.subject == GREETING:
        if max(map(len, said.values())) > _LONGEST_TEXT:
            raise InputError("experiments.too_long", most=_LONGEST_TEXT)
        return [{}, said]
    questions = {
        each: [line.strip() for line in text.splitlines() if line.strip()]
        for each, text in said.items()
    }
    if any(len(each) > _QUESTIONS for each in questions.values()):
        raise InputError("experiments.too_many", most=_QUESTIONS)
    if any(len(line) > _LONGEST_QUESTION for each in questions.values() for line in each):
        raise InputError("experiments.too_long", most=_LONGEST_QUESTION)
    return [{}, questions]
