"""The report as a page and as a file, and the conversations behind each of its figures.

What the figures mean is in `bot/insights/figures.py`; everything that narrows them down stands in
the address.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from urllib.parse import urlencode

from markupsafe import Markup
from sqlmodel import Session, col, select
from starlette.responses import Response

from bot.database.tables import ConversationRow
from bot.desk.pages.guard import Call, Desk, storable
from bot.desk.pages.render import channel_word
from bot.desk.pages.sheets import sheet
from bot.errors import NotFoundError
from bot.insights import plots, report
from bot.insights.facts import Fact
from bot.insights.figures import BEHIND, Figures, Share, Times
from bot.insights.plots import Column, Part
from bot.insights.report import BY, PERIODS, Asked, Report
from bot.texts import t
from bot.types import Language, Reason, now

SHOWN = 200  # conversations behind a figure
_TABLES = ("reason", "agent", "channel", "language")
_PARTS = (  # of a column, from below, and their colours
    ("verified", "plot-solved"),
    ("unsettled", "plot-open"),
    ("unverified", "plot-doubt"),
    ("handed_over", "plot-person"),
    ("unanswered", "plot-none"),
)


@dataclass(frozen=True)
class Address:
    """Where the pages of a report are, and those that differ from it in something."""

    asked: Asked

    def of(self, figure: str = "", **other: object) -> str:
        """The page behind `figure`, or the report's own where there is none."""
        asked = replace(self.asked, **other)  # type: ignore[arg-type]
        plain = Asked()
        given = {
            each.name: value
            for each in fields(asked)
            if (value := getattr(asked, each.name)) != getattr(plain, each.name)
        }
        path = f"/desk/report/{figure}" if figure else "/desk/report"
        return f"{path}?{urlencode(given)}" if given else path


async def report_page(desk: Desk, call: Call) -> Response:
    asked = _asked(call)
    made = await desk.db.query(lambda session: _make(desk, session, asked))
    address = Address(asked)
    return call.page(
        "report.html",
        asked=asked,
        report=made,
        whole=made.whole,
        address=address,
        periods=PERIODS,
        tables=[(by, list(_rows(made, by, call.language))) for by in _TABLES],
        weeks=_plot(made, address, call.language, "week", made.groups["week"]),
        hours=_plot(made, address, call.language, "hour", [f"{hour:02}" for hour in range(24)]),
        strip=plots.strip(
            _parts(made.endings[""].get("", {}), "", address, call.language),
            t("report.contacts", call.language),
        ),
        legend=_PARTS,
        bar=plots.bar,
    )


async def behind_page(desk: Desk, call: Call) -> Response:
    """The conversations that a figure was counted from."""
    asked, figure = _asked(call), call.request.path_params["figure"]
    if figure not in BEHIND:
        raise NotFoundError("report.no_figure")

    def work(session: Session) -> tuple[Sequence[Fact], Mapping[int | None, str]]:
        found = report.behind(session, asked, figure, now(), desk.zone, desk.sla.kept)
        ids = {each.conversation for each in found[:SHOWN]}
        named = select(ConversationRow.id, ConversationRow.name)
        return found, dict(session.exec(named.where(col(ConversationRow.id).in_(ids))).all())

    found, names = await desk.db.query(work)
    return call.page(
        "behind.html",
        asked=asked,
        figure=figure,
        found=found[:SHOWN],
        count=len(found),
        names=names,
        part=_part(asked.by, asked.part, call.language) if asked.by in BY else "",
        back=Address(asked).of(by="", part=""),
    )


async def download(desk: Desk, call: Call) -> Response:
    """Every figure of every table, one row for each part; times are seconds."""
    asked = _asked(call)
    made = await desk.db.query(lambda session: _make(desk, session, asked))
    head = ["by", "part", *(name for name, _ in flat(made.whole))]
    rows = [["", "", *(value for _, value in flat(made.whole))]]
    rows += [
        [by, part, *(value for _, value in flat(figures))]
        for by, parts in made.groups.items()
        for part, figures in parts.items()
    ]
    return sheet(f"report-{made.until:%Y-%m-%d}.csv", head, rows)


def _make(desk: Desk, session: Session, asked: Asked) -> Report:
    return report.make(session, asked, now(), desk.zone, desk.sla.kept)


def flat(figures: Figures) -> Iterator[tuple[str, object]]:
    """The figures' names and values, each a plain number or None."""
    for each in fields(figures):
        value = getattr(figures, each.name)
        if isinstance(value, Share):
            yield each.name, value.part
            yield f"{each.name}_of", value.whole
        elif isinstance(value, Times):
            yield f"{each.name}_median", value.median
            yield f"{each.name}_p90", value.p90
        else:
            yield each.name, value


def _asked(call: Call) -> Asked:
    """What the address asks for; what it cannot mean is the whole."""
    query = call.request.query_params
    given = {
        name: storable(query.get(name, "")[:80]) for name in ("channel", "language", "by", "part")
    }
    days = next((each for each in PERIODS if str(each) == query.get("days")), Asked().days)
    return Asked(days=days, **given)


def _rows(made: Report, by: str, language: Language) -> Iterator[tuple[str, str, Figures]]:
    for part, figures in made.groups[by].items():
        yield part, _part(by, part, language), figures


def _part(by: str, part: str, language: Language) -> str:
    """A part's name for people; its own where we have no better one."""
    if by == "reason" and part in {each.value for each in Reason}:
        return t(f"tickets.reason_{part}", language)
    if by == "channel":
        return channel_word(part, lambda key: t(key, language))
    if by == "language" and part in ("en", "zh"):
        return t(f"tickets.language_{part}", language)
    return f"{part}:00" if by == "hour" else part


def _plot(
    made: Report, address: Address, language: Language, by: str, shown: Iterable[str]
) -> Markup:
    """The contacts of each week or hour, by how they ended."""
    columns = []
    for part in shown:
        label = str(int(part)) if by == "hour" else _day(date.fromisoformat(part), language)
        counts = made.endings[by].get(part, {})
        columns.append(Column(label, _parts(counts, by, address, language, part)))
    return plots.columns(columns, t(f"report.by_{by}", language))


def _day(day: date, language: Language) -> str:
    return f"{day.month}月{day.day}日" if language == "zh" else f"{day.day} {day:%b}"


def _parts(
    counts: Mapping[str, int], by: str, address: Address, language: Language, part: str = ""
) -> list[Part]:
    name = f"{_part(by, part, language)}: " if by else ""
    return [
        Part(
            counts.get(how, 0),
            look,
            f"{name}{t(f'report.{how}', language)} {counts.get(how, 0)}",
            address.of(how, by=by, part=part),
        )
        for how, look in _PARTS
    ]
