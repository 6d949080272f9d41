"""What a sentence may not carry whatever its words say: images, markup, links that nobody named.

A link is known when the knowledge holds that very address, or when it is the front page of a host
that the knowledge names. Nothing is fetched.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from bot.knowledge.entry import Entry

_END = r"""[^\s<>()\[\]{}"'`|\\^，。；！？、（）「」『』《》【】]"""
_URL = re.compile(rf"(?:[a-z][a-z0-9+.-]{{1,15}}://|//|www\.){_END}+", re.IGNORECASE)
_TOP_LEVEL = (
    "com|net|org|info|biz|io|co|ai|app|dev|shop|store|online|site|xyz|top|club|vip|link|click|me|tv|cc"
    "|ru|cn|de|uk|us|eu|fr|it|es|nl|ch|at|jp|kr|in|br|au|ca|hk|tw|example|test|invalid|localhost|onion"
    "|page|live|support|help|email|news|tech|zip|mov|ly|gl|to"
)
_BARE = re.compile(
    rf"(?<![@\w.-])(?:[a-z0-9-]{{1,63}}(?:\.|\[\.\]|\(\.\))){{1,8}}(?:{_TOP_LEVEL})(?![\w-])(?::\d+)?(?:/{_END}*)?",
    re.IGNORECASE,
)
_IMAGE = re.compile(
    r"!\s*\[[^\[\]]*\]|<\s*(?:img|image|picture|svg|video|iframe|object|embed)\b", re.I
)
_MARKUP = re.compile(
    r"<\s{0,8}/?\s{0,8}[a-z!][^<>]*>|</|\b(?:javascript|data|vbscript|file|tg|mailto|tel)\s*:\s*\S|&#?\w+;",
    re.I,
)
_TARGET = re.compile(r"\]\s*\(\s*<?([^)\s>]*)|^\s*\[[^\]]+\]:\s*(\S+)")


def has_image(text: str) -> bool:
    """Whether `text` would show a picture somewhere."""
    return bool(_IMAGE.search(text))


def has_markup(text: str) -> bool:
    """Whether `text` holds HTML or an address that a program opens."""
    return bool(_MARKUP.search(text))


def links(text: str) -> list[str]:
    """Every address in `text`: with a scheme, bare, or as the target of a Markdown link."""
    targets = [found[1] or found[2] or "" for found in _TARGET.finditer(text)]
    addresses = _URL.findall(text)
    bare = _BARE.findall(_URL.sub(" ", text))
    return [each.rstrip(".,;:!?*_") for each in [*targets, *addresses, *bare] if each]


def without_links(text: str) -> str:
    """`text` with its addresses cut out; the words of a Markdown link stay."""
    text = re.sub(r"\[([^\[\]]*)\]\s*\([^()]*\)", r"\1", text)
    return _BARE.sub(" ", _URL.sub(" ", text))


def known_in(text: str, url: str | None) -> frozenset[str]:
    """The addresses of one passage, as `is_known` compares them."""
    return frozenset(map(_normal, [*links(text), *([url] if url else [])]))


def known_links(entries: Iterable[Entry]) -> frozenset[str]:
    """Every address that the knowledge names, as `is_known` compares them."""
    found = frozenset[str]().union(*(known_in(entry.answer, entry.url) for entry in entries))
    return found | {address.partition("/")[0] for address in found}


def is_known(address: str, known: frozenset[str]) -> bool:
    """Whether `address` is one that the knowledge names, or the front page of its host."""
    return _normal(address) in known


def _normal(address: str) -> str:
    """Host and path without scheme, "www." and the last slash; unreadable ones are nowhere."""
    text = address.strip().replace("[.]", ".").replace("(.)", ".").rstrip("/")
    scheme, found, rest = text.partition("://")
    if found and scheme.lower() not in ("http", "https"):
        return text
    try:
        parts = urlsplit(f"//{rest if found else text.removeprefix('//')}")
        host = (parts.netloc or "").lower().removeprefix("www.")
    except ValueError:
        return text
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}"
