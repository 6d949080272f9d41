"""Amounts of money: as whole smallest units, and as a person reads them. No exchange rates."""

import re
from decimal import Decimal
from functools import lru_cache

from bot.language.quantities import parse

_NO_CENTS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_MILLS = "BHD IQD JOD KWD LYD OMR TND"
_PLACES = dict.fromkeys(_NO_CENTS.split(), 0) | dict.fromkeys(_MILLS.split(), 3)
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "CNY": "¥", "JPY": "¥", "AUD": "A$", "CAD": "C$"}
_CHINESE = {
    "USD": "美元",
    "EUR": "欧元",
    "GBP": "英镑",
    "CNY": "元",
    "JPY": "日元",
    "HKD": "港币",
    "AUD": "澳元",
    "CAD": "加元",
}
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3}){1,6}")  # 1,299
_AROUND = re.compile(r"^[^\d-]{0,8}|[^\d]{0,8}$")  # signs and names of currencies
_MOST = 10**15  # smallest units; far above any order, far below the database's largest number


def digits(currency: str) -> int:
    """Decimal places of a currency (ISO 4217)."""
    return _PLACES.get(currency, 2)


def plain(written: str) -> str:
    """A price as shops write it, as a plain number: "€ 1.299,00" → "1299.00", "14,95" → "14.95",
    "1,299" → "1299". What is no price stays as it is."""
    text = _AROUND.sub("", written[:40].strip()).replace(" ", "")
    if not text:
        return written
    if _GROUPED.fullmatch(text):
        return text.replace(",", "")
    if text.rfind(",") > text.rfind("."):
        return text.replace(".", "").replace(",", ".") if text.count(",") == 1 else written
    return text.replace(",", "") if text.count(".") == 1 else text


@lru_cache(maxsize=1000)
def currency(written: object) -> str:
    """The currency that a price names ("€12.90", "RMB 30", 「30元」); "" where it names none."""
    if not isinstance(written, str) or written.isdecimal():
        return ""
    return next((each.currency for each in parse(written[:40]) if each.currency), "")


def minor(amount: object, currency: str) -> int | None:
    """`amount` ("64.00", 64, 64.0) in smallest units; None when it is no such amount.

    More decimal places than the currency has are no amount either, unless they are zeros.
    """
    if isinstance(amount, bool) or not isinstance(amount, (str, int, float, Decimal)):
        return None
    try:
        value = Decimal(str(amount).strip()).scaleb(digits(currency))
    except (ArithmeticError, ValueError):  # no number, or one of a million digits
        return None
    if not value.is_finite() or value != value.to_integral_value() or not 0 <= value < _MOST:
        return None
    return int(value)


def shown(amount: int, currency: str, language: str) -> str:
    """An amount in smallest units: "$64.00" in English, 「64.00 美元」 in Chinese."""
    return written(Decimal(amount).scaleb(-digits(currency)), currency, language)


def written(amount: Decimal, currency: str, language: str) -> str:
    """The same for an amount of the currency itself, with as many decimal places as that has."""
    number = f"{amount:,.{digits(currency)}f}"
    if language == "zh":
        return f"{number} {_CHINESE.get(currency, currency)}"
    sign = _SIGNS.get(currency)
    return f"{sign}{number}" if sign else f"{number} {currency}"
