"""What products cost, in words: a price, a range, the sum of several; and how many are left."""

from collections.abc import Sequence
from decimal import Decimal

from bot.catalogue.product import Product
from bot.language import money
from bot.texts import t
from bot.types import Language


def price_of(product: Product, language: Language) -> str:
    """The price, from the lowest to the highest of its variants; "" where none is known."""
    facts = product.facts(language)
    return (
        ""
        if facts.price is None
        else _range(*price_ends(product, language), facts.currency, language)
    )


def together(products: Sequence[Product], language: Language) -> str:
    """What products of one currency cost together; "" where that can't be said."""
    unknown = any(each.price is None for each in products)
    if unknown or len({each.currency for each in products}) > 1:
        return ""
    lows, highs = zip(*(price_ends(each, language) for each in products), strict=True)
    total = _range(sum(lows), sum(highs), products[0].currency, language)
    return t("products.sum", language, price=total)


def shown(price: str, currency: str, language: Language) -> str:
    """One price with its currency, as the language writes it."""
    amount = money.minor(price, currency)
    return f"{price} {currency}" if amount is None else money.shown(amount, currency, language)


def stock_of(stock: int | None, language: Language) -> str:
    """How many are left; "" where that is not known."""
    if stock is None:
        return ""
    return (
        t("products.in_stock", language, stock=stock) if stock else t("products.sold_out", language)
    )


def price_ends(product: Product, language: Language) -> tuple[Decimal, Decimal]:
    """The lowest and the highest price of its variants; of a product that has a price."""
    facts = product.facts(language)
    prices = [Decimal(each.price or facts.price or 0) for each in facts.variants]
    prices = prices or [Decimal(facts.price or 0)]
    return min(prices), max(prices)


def priced_apart(product: Product, language: Language) -> bool:
    """Whether its variants differ in price."""
    low, high = price_ends(product, language)
    return low < high


def _range(low: Decimal, high: Decimal, currency: str, language: Language) -> str:
    first = shown(str(low), currency, language)
    if low == high:
        return first
    return t("products.price_range", language, low=first, high=shown(str(high), currency, language))
