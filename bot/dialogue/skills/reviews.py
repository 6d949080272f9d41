"""What other customers say: "do others find it runs small?", 「别人觉得偏小吗」.

Only from reviews that were imported, with how many say it and in their words; without a review of
the product the question is left to the others.
"""

from collections.abc import Collection
from dataclasses import dataclass

from bot.catalogue import reading
from bot.catalogue.current import Catalogue
from bot.catalogue.focus import Focus
from bot.catalogue.search import select
from bot.catalogue.table import is_title
from bot.database.db import Database
from bot.dialogue.decide import Reply
from bot.dialogue.outcome import SURE, Outcome
from bot.dialogue.view import Part
from bot.language.mask import mask
from bot.language.wording import fold, rule
from bot.studio.reviews import store
from bot.studio.reviews.asked import WORDS, about, best_and_worst
from bot.studio.reviews.points import AT_LEAST, Point
from bot.studio.reviews.shown import counted
from bot.studio.reviews.store import Kept
from bot.texts import shorten, t
from bot.types import Language, Say, Source

_LONGEST = 300  # characters of a question
_QUOTES = 2
_QUOTED = 160  # characters


@dataclass(frozen=True)
class Asked:
    """Others' experience with the product `sku`; `words` are what is asked of it, "" for all."""

    sku: str
    words: str
    reviews: tuple[Kept, ...]


class Reviews:
    """Answers from the imported reviews of the catalogue's products."""

    def __init__(self, db: Database, catalogue: Catalogue) -> None:
        self._db = db
        self._catalogue = catalogue

    def read(self, part: Part) -> Asked | None:
        """The product and what is asked of it, where others' experience is asked for and there
        are reviews."""
        folded = fold(part.text)
        if part.view.pressed or len(folded) > _LONGEST:
            return None
        asks = rule("reviews", "asks").search(folded)
        if asks is None:
            return None
        rest = f"{folded[: asks.start()]} {folded[asks.end() :]}"
        with self._db.read() as session:
            sku = self._product(rest, part.view.focus, store.counts(session))
            reviews = store.load(session, [sku]) if sku else ()
        return Asked(sku, self._words(rest, sku), tuple(reviews)) if reviews else None

    def carry_out(self, act: Asked, part: Part) -> Outcome:
        """How many say what, with quotes."""
        language = part.view.language
        table = self._catalogue.table()
        product = table.products[table.places[act.sku]]
        lines = [t("reviews.answer_of", language, product=product.name(language))]
        lines += _said(act, language)
        entry = product.entry(language)
        shown = Source(entry.id, entry.source, SURE, entry.title, entry.url)
        say = Say("\n".join(lines), language, sources=(shown,))
        focus = Focus((act.sku,))
        return Outcome(
            Reply(spoken=True),
            say,
            SURE,
            about="products",
            acts=("AskReviews",),
            products=(act.sku,),
            focus=focus,
        )

    def _product(self, words: str, focus: Focus, reviewed: Collection[str]) -> str:
        """The product with reviews that is named, or else was told last; "" for none or several."""
        table = self._catalogue.table()
        last = focus.skus[0] if len(focus.skus) == 1 and focus.skus[0] in table.places else ""
        for product in table.products:
            if any(fold(product.name(language)) in words for language in product.entries):
                return product.sku if product.sku in reviewed else ""
        # "The lid" is a part of what was told, whatever else has lids.
        named = [
            each
            for each in reading.read(words, table).words
            if each.word in table.kinds or is_title(each.word)
        ]
        found = select(table, named) if named else None
        if found is None or found.missed or not len(found.places):
            return last if last in reviewed else ""
        skus = [table.products[int(place)].sku for place in found.places]
        if last in skus:
            return last if last in reviewed else ""
        some = [sku for sku in skus if sku in reviewed]
        if len(skus) == 1 and not some:  # "the lid" of it, where a lid is sold as well
            return last if last in reviewed else ""
        return some[0] if len(some) == 1 and len(skus) == 1 else ""

    def _words(self, rest: str, sku: str) -> str:
        """What is left of the question without the product's name and empty words."""
        table = self._catalogue.table()
        product = table.products[table.places[sku]]
        for language in product.entries:
            for name in (product.name(language), *product.name(language).split()):
                rest = rest.replace(fold(name), " ")
        return " ".join(rule("reviews", "empty").sub(" ", rest).strip(" ?？.。!！,，").split())


def _said(act: Asked, language: Language) -> list[str]:
    whole = len(act.reviews)
    if not act.words:
        praised, against = best_and_worst(act.reviews)
        return [_line(each, language) for each in (*praised, *against)] or [
            t("reviews.answer_not", language, whole=whole)
        ]
    point = about(act.reviews, act.words)
    if point is None:
        return [t("reviews.answer_not", language, whole=whole)]
    return [_line(point, language), *_quotes(point, language)]


def _line(point: Point, language: Language) -> str:
    """A sentence: how many, of what, praised or not; few are said to be few."""
    key = "answer" if point.count >= AT_LEAST else "answer_few"
    key = "answer_words" if point.kind == WORDS else key
    return t(
        f"reviews.{key}",
        language,
        share=counted(point.count, point.whole, language),
        name=point.name(language),
        count=point.count,
        whole=point.whole,
        praised=point.praised,
        complained=point.complained,
    )


def _quotes(point: Point, language: Language) -> list[str]:
    """Sentences of different reviews, in the shopper's language first, without personal data."""
    first = sorted(point.quotes, key=lambda each: each.language != language)
    texts = {each.review: each.text for each in reversed(first)}
    shown = list(reversed(texts.values()))[:_QUOTES]
    return [
        t("reviews.answer_quote", language, quote=shorten(mask(each), _QUOTED)) for each in shown
    ]
