"""Products side by side, as a Markdown table: a product a column, a fact a row."""

from collections.abc import Sequence

from bot.catalogue.prices import price_of, stock_of
from bot.catalogue.product import Product
from bot.texts import shorten, t
from bot.types import Language

_ABOUT = 140  # characters of a description


def side_by_side(products: Sequence[Product], language: Language) -> str:
    """The table, with a heading."""
    rows = [[" ", *(each.name(language) for each in products)], ["---"] * (len(products) + 1)]
    if any(each.price is not None for each in products):
        label = t("products.price", language)
        rows.append([label, *(price_of(each, language) for each in products)])
    if any(each.stock is not None for each in products):
        label = t("products.stock", language)
        rows.append([label, *(stock_of(each.stock, language) for each in products)])
    measures: dict[str, str] = {}
    for product in products:
        for each in product.attributes(language):
            measures.setdefault(each.measure, each.label)
    for measure, label in measures.items():
        rows.append([label, *(_value(each, measure, language) for each in products)])
    about = [each.facts(language).description for each in products]
    if any(about):
        label = t("products.about", language)
        rows.append([label, *(shorten(each, _ABOUT) for each in about)])
    lines = ["| " + " | ".join(_cell(each, language) for each in row) + " |" for row in rows]
    return "\n".join([t("products.compared", language), "", *lines])


def _value(product: Product, measure: str, language: Language) -> str:
    values = (each.value for each in product.attributes(language) if each.measure == measure)
    return next(values, "")


def _cell(text: str, language: Language) -> str:
    kept = " ".join(text.replace("|", "/").split())
    return kept or (text if text else t("products.nothing", language))
