"""Takes personal data out of what people wrote, by its form: for texts that leave the database.

E-mail addresses, telephone, card and account numbers, order and parcel numbers, links that carry a
token, names after @ and the names that the caller knows. Prices, quantities, dates and times stay.
It cannot know a name or a street that nobody told it: a person reads the result before it is used.
"""

import re
from collections.abc import Callable, Iterable

from phonenumbers import Leniency, PhoneNumberMatcher

_REGIONS = (None, "CN", "US", "GB", "DE")
"""Countries whose numbers are known without a country code; others are long digits anyway."""

_TRIES = 20  # rows of digits that may be no number before no more are tried; they are long digits
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。；）」】]+", re.IGNORECASE)
# A query, a fragment, credentials, or a part that nobody would remember.
_TOKEN = re.compile(r"[?#@]|\d{4}|[\w-]{20,}")
_HANDLE = re.compile(r"(?<![\w/])@\w{3,}")
_WECHAT = re.compile(
    r"((?:微信号?|wechat(?: id)?|whatsapp|telegram)\s*(?:是|is|[:：])\s*)[\w+-]{4,}", re.IGNORECASE
)
# A number is an order's when it says so …
_NAMED = re.compile(
    r"((?:订单号?码?|单号|运单|快递|编号|\border|\bparcel|\btracking|\binvoice|\bticket|\bpurchase)"
    r"(?:\s*(?:number|nr|no|id|code|is)\b\.?|[是为])*\s*[:：#＃№]?\s*)"
    r"(?=[A-Za-z-]{0,40}\d)[A-Za-z0-9][A-Za-z0-9-]{3,}(?!%)",
    re.IGNORECASE,
)
# … or when it looks like one: after a #, or capitals with digits.
_CODE = re.compile(
    r"[#＃№]\s?[A-Za-z0-9-]*\d[A-Za-z0-9-]*"
    r"|(?<![A-Za-z0-9])(?=\d{0,40}[A-Z][A-Z0-9-]{0,40}?\d{3})[A-Z0-9-]{4,80}(?![A-Za-z0-9])"
)
_DIGITS = re.compile(r"(?<![\d.,])\+?\d(?:[ -]?\d){4,}(?!\d|[.,]\d)")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}-\d{1,2}-\d{4}")


def mask(text: str, names: Iterable[str] = ()) -> str:
    """`text` with a placeholder such as [email] wherever something personal was found."""
    text = _LINK.sub(lambda found: _link(found[0]), text)
    text = _EMAIL.sub("[email]", text)
    text = _HANDLE.sub("[name]", text)
    text = _WECHAT.sub(r"\1[name]", text)
    for name in sorted({name.strip() for name in names}, key=len, reverse=True):
        if len(name) > 1:
            text = re.sub(_whole(name), "[name]", text)
    text = _NAMED.sub(_unless_date(r"\1[number]"), text)
    text = _CODE.sub("[number]", text)
    text = _phones(text)
    return _DIGITS.sub(_unless_date("[number]"), text)


def _link(link: str) -> str:
    """A link as it is when anybody could have typed it."""
    place = link.split("://", 1)[-1]
    host, _, path = place.partition("/")
    parts = [host, *path.split("/")]
    return "[link]" if any(_TOKEN.search(part) for part in parts) else link


def _phones(text: str) -> str:
    """Each region reads numbers its own way; what one has found the next one does not see."""
    for region in _REGIONS:
        matcher = PhoneNumberMatcher(text, region, Leniency.VALID, _TRIES)
        spans = [(match.start, match.end) for match in matcher]
        for start, end in reversed(spans):
            if not _DATE.fullmatch(text[start:end]):
                text = text[:start] + "[phone]" + text[end:]
    return text


def _whole(name: str) -> str:
    """The name as a word; Chinese has no bounds between words."""
    escaped = re.escape(name)
    return rf"\b{escaped}\b" if name.isascii() else escaped


def _unless_date(replacement: str) -> Callable[[re.Match[str]], str]:
    def chosen(found: re.Match[str]) -> str:
        dated = _DATE.search(found[0])
        return found[0] if dated else found.expand(replacement)

    return chosen
