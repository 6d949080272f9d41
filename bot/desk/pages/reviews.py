"""The admin's pages of reviews: the report, the quotes behind each of its sentences, a file.

What is counted is in `bot/studio/reviews`; which product and which sentence stand in the address.
"""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import urlencode

from markupsafe import Markup
from sqlmodel import Session
from starlette.responses import Response

from bot.conversations.asked import Question
from bot.desk.pages.guard import Call, Desk, storable
from bot.desk.pages.sheets import sheet
from bot.errors import BusyError, NotFoundError
from bot.insights import gaps, plots
from bot.insights.plots import Column, Part
from bot.language.regression import Floats
from bot.studio.reviews import report as reviews_report
from bot.studio.reviews import store
from bot.studio.reviews.analysis import ASPECT, MISSING, NEED, PROBLEM
from bot.studio.reviews.points import AT_LEAST, Point, Quote
from bot.studio.reviews.replies import draft, wants_reply
from bot.studio.reviews.report import Month, Report
from bot.studio.reviews.shown import counted, share_of
from bot.studio.reviews.store import Kept
from bot.studio.wares import Wares
from bot.texts import t
from bot.types import PRODUCT, Language, now

SHOWN = 12  # statements of a kind
QUOTES = 200
REPLIES = 10
_ADDRESS = "/desk/reviews"
_PARTS = (("good", "plot-solved"), ("mixed", "plot-open"), ("bad", "plot-doubt"))
_SIGNS = {"praise": 1, "complaint": -1, "named": 0}


async def reviews_page(desk: Desk, call: Call) -> Response:
    wares, language = desk.wares(), call.language
    sku = _product(call)
    reviews, counts = await desk.db.query(
        lambda session: (store.load(session), store.counts(session))
    )
    made = await asyncio.to_thread(reviews_report.make, reviews, sku, wares, _today(desk))

    def address(point: Point, sign: str = "") -> str:
        return _address("/quotes", product=sku, point=point.key, sign=sign)

    mine = [each for each in reversed(reviews) if not sku or each.sku == sku]
    return call.page(
        "reviews.html",
        sku=sku,
        made=made,
        products=[(each, _name(each, wares, language), count) for each, count in counts.items()],
        name=_name(sku, wares, language) if sku else "",
        names=lambda each: _name(each, wares, language),
        address=address,
        csv=_address(".csv", product=sku),
        share=lambda point: share_of(point, language),
        category=wares[sku].text(language).category if sku in wares else "",
        counted=lambda part, whole: counted(part, whole, language),
        kinds=(PROBLEM, NEED, MISSING),
        aspects=made.of(ASPECT)[:SHOWN],
        shown=SHOWN,
        least=AT_LEAST,
        months=_plot(made, sku, language),
        legend=_PARTS,
        bar=plots.bar,
        asked=await _asked(desk, sku),
        replies=[(each, draft(each)) for each in mine if wants_reply(each)][:REPLIES],
    )


async def quotes_page(desk: Desk, call: Call) -> Response:
    """What a sentence of the report was counted from: a point's quotes, or a month's reviews."""
    sku, query = _product(call), call.request.query_params
    month, key, sign = (storable(query.get(name, "")[:200]) for name in ("month", "point", "sign"))
    wares = desk.wares()
    reviews = await desk.db.query(store.load)
    if month:
        title, quotes = month, _of_month(reviews, sku, month, query.get("mood", ""))
        said = ""
    else:
        made = await asyncio.to_thread(reviews_report.make, reviews, sku, wares, _today(desk))
        point = made.find(key)
        if point is None:
            raise NotFoundError("reviews.not_found")
        title, said = point.name(call.language), share_of(point, call.language)
        quotes = [
            each for each in point.quotes if sign not in _SIGNS or each.polarity == _SIGNS[sign]
        ]
    return call.page(
        "review_quotes.html",
        title=title,
        said=said,
        sign=sign if sign in _SIGNS else "",
        quotes=quotes[:QUOTES],
        names=lambda each: _name(each, wares, call.language),
        of_one=bool(sku),
        back=_address("", product=sku),
    )


async def download(desk: Desk, call: Call) -> Response:
    """Every statement with its count, a row each."""
    sku, wares = _product(call), desk.wares()
    reviews = await desk.db.query(store.load)
    made = await asyncio.to_thread(reviews_report.make, reviews, sku, wares, _today(desk))
    head = ["kind", "name", "count", "of", "share", "praised", "complained", "quote"]
    rows = [
        [
            *(each.kind, each.name(call.language), each.count, each.whole, round(each.share, 4)),
            *(each.praised, each.complained, each.quotes[0].text),
        ]
        for each in made.points
    ]
    return sheet(f"reviews-{now():%Y-%m-%d}.csv", head, rows)


def _product(call: Call) -> str:
    return storable(call.request.query_params.get("product", "")[:200])


def _name(sku: str, wares: Wares, language: Language) -> str:
    return wares[sku].name(language) if sku in wares else sku


def _address(path: str, **asked: str) -> str:
    given = {name: value for name, value in asked.items() if value}
    return f"{_ADDRESS}{path}?{urlencode(given)}" if given else f"{_ADDRESS}{path}"


def _today(desk: Desk) -> date:
    return now().astimezone(desk.zone).date()


async def _asked(desk: Desk, sku: str) -> list[tuple[str, int]]:
    """What shoppers asked in chat about the product without a sure answer, with how often."""
    if not sku or desk.library is None:
        return []
    at = now()
    since = at - timedelta(days=gaps.DAYS)

    def questions(session: Session) -> list[Question]:
        found = gaps.unanswered(session, since)
        return [each for each in found if each.likely[:1] == (f"{PRODUCT}{sku}",)]

    found = await desk.db.query(questions)
    vectors: dict[Language, Floats] = {}
    try:
        for language in dict.fromkeys(each.language for each in found):
            texts = gaps.wordings(found, language)
            vectors[language] = await desk.library.meanings(texts, language)
    except BusyError:  # the gaps' own page says so
        return []
    grouped = await asyncio.to_thread(gaps.group, found, lambda _, lang: vectors[lang], at)
    return [(each.examples[0].text, len(each.questions)) for each in grouped]


def _of_month(reviews: Sequence[Kept], sku: str, month: str, mood: str) -> list[Quote]:
    """A month's reviews, whole; of one mood where it is named."""
    return [
        Quote(
            *(each.id, each.sku, each.stars, each.written_on, each.language, each.text, 0, 0),
            polarity=0,
        )
        for each in reversed(reviews)
        if (not sku or each.sku == sku)
        and each.written_on
        and f"{each.written_on:%Y-%m}" == month
        and mood in ("", reviews_report.mood(each))
    ]


def _plot(made: Report, sku: str, language: Language) -> Markup:
    """The reviews of each month by mood."""
    columns = [Column(f"{each.first.month}", _parts(each, sku, language)) for each in made.months]
    return plots.columns(columns, t("reviews.over_time", language))


def _parts(month: Month, sku: str, language: Language) -> list[Part]:
    name = f"{month.first:%Y-%m}"
    return [
        Part(
            getattr(month, mood),
            look,
            t(
                "reviews.month",
                language,
                month=name,
                mood=t(f"reviews.{mood}", language),
                count=getattr(month, mood),
            ),
            _address("/quotes", product=sku, month=name, mood=mood),
        )
        for mood, look in _PARTS
    ]
