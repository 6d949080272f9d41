"""The pages around the web chat: the demo shop, the chat itself, the script that embeds it.

Rendering and headers only; who the shopper is, `session` finds out.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import Scope

from bot.texts import LANGUAGES, catalogue, preferred, t
from bot.types import Language

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_CLIENT = "web.chat_"  # texts that the chat page's script needs
_WIDGET = "web.widget_"
GOES_WITH = "JT-DUV-01"  # the product of the demo shop beside which others are suggested
_PUNCTUATION = "&+-–—·.,:;!?'\"()[]|/*#@《》「」“”"
_POLICY = (
    "default-src 'self'; img-src 'self' https:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors {ancestors}"
)


@dataclass(frozen=True)
class ProductCard:
    """A product on the demo shop's page. `art` names a picture in `static/art`."""

    art: str
    price: str
    name: dict[Language, str]
    note: dict[Language, str]


def demo_products() -> tuple[ProductCard, ...]:
    """The demo shop's window: eight products of its catalogue, at its prices."""
    window = {
        "linen": "$149",
        "casserole": "$139",
        "mug": "$16",
        "robe": "$72",
        "vase": "$49",
        "towel": "$28",
        "stool": "$98",
        "candle": "$29",
    }
    return tuple(
        ProductCard(
            art,
            price,
            {language: t(f"web.product_{art}", language) for language in LANGUAGES},
            {language: t(f"web.product_{art}_note", language) for language in LANGUAGES},
        )
        for art, price in window.items()
    )


def language_of(request: Request) -> Language:
    """`?lang=` decides; otherwise what the browser asks for."""
    asked = request.query_params.get("lang", "").lower()
    if asked:
        return "zh" if asked.startswith("zh") else "en"
    return preferred(request.headers)


class Pages:
    """Renders pages. `frame_ancestors` are the sites that may embed the chat (CSP syntax), `hours`
    says that people are there at set hours alone."""

    def __init__(
        self,
        shop: str,
        products: Sequence[ProductCard],
        frame_ancestors: str,
        *,
        hours: Callable[[], bool],
    ) -> None:
        self._shop = shop
        self._products = products
        self._frame_ancestors = frame_ancestors
        self._hours = hours
        self._templates = Jinja2Templates(directory=_HERE / "templates")
        self._templates.env.globals["asset"] = asset

    def shop(self, request: Request) -> Response:
        shown = {"products": self._products, "goes_with": GOES_WITH}
        response = self._render(request, "shop.html", shown)
        return protect(response, frame_ancestors="'self'")

    def chat(self, request: Request, starters: Sequence[str]) -> Response:
        """The chat, with `starters` of the shop's own to begin with, if it has any."""
        language = language_of(request)
        texts = _texts(_CLIENT, language)
        if self._hours():  # "soon" would be a promise
            texts["waiting"] = t("web.waiting_hours", language)
        config = {"language": language, "texts": texts}
        usual = (t(f"web.chat_suggest_{n}", language) for n in range(1, 5))
        context = {"config": config, "starters": starters or tuple(usual)}
        response = self._render(request, "chat.html", context)
        return protect(response, frame_ancestors=self._frame_ancestors)

    def _render(self, request: Request, name: str, context: dict[str, Any]) -> Response:
        language = language_of(request)

        def text(key: str, **params: object) -> str:
            return t(f"web.{key}", language, **params)

        shop = self._shop or text("shop_name")
        # The demo shop's logo is not another shop's: that one gets its initials.
        context |= {"language": language, "text": text, "shop": shop}
        context |= {"shop_is_own": bool(self._shop), "mark": initials(self._shop)}
        response = self._templates.TemplateResponse(request, name, context)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Accept-Language"
        return response


def initials(name: str) -> str:
    """What stands for a shop without a logo: one or two capitals, of a Chinese name its first sign.

    Empty for a name without a letter or digit.
    """
    words = [word for part in name.split() if (word := part.lstrip(_PUNCTUATION))]
    if not words:
        return ""
    first, last = words[0][0], words[-1][0]
    both = len(words) > 1 and first.isascii() and last.isascii()
    return (first + last if both else first).upper()


def widget() -> Response:
    """The embedding script with its few texts in both languages put in."""
    texts = {language: _texts(_WIDGET, language) for language in ("en", "zh")}
    script = (STATIC / "widget.js").read_text(encoding="utf-8")
    script = script.replace('"__TEXTS__"', json.dumps(texts, ensure_ascii=False))
    response = Response(script, media_type="text/javascript")
    response.headers["Cache-Control"] = "public, max-age=300"
    # Read by pages of other sites, some of which ask for this before they load anything.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def protect(response: Response, *, frame_ancestors: str = "'none'") -> Response:
    """Add the headers that keep a page's scripts, frames and address to itself."""
    policy = _POLICY.format(ancestors=frame_ancestors)
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


class Assets(StaticFiles):
    """Static files: kept for a year under a versioned address, otherwise asked for each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = scope.get("query_string", b"").startswith(b"v=")
        caching = "public, max-age=31536000, immutable" if versioned else "no-cache"
        response.headers["Cache-Control"] = caching
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


@cache
def asset(path: str) -> str:
    """The address of a static file, with its content's hash as the version."""
    digest = hashlib.sha256((STATIC / path).read_bytes()).hexdigest()
    return f"/static/{path}?v={digest[:12]}"


def _texts(prefix: str, language: str) -> dict[str, str]:
    found = catalogue(language).items()
    return {key.removeprefix(prefix): text for key, text in found if key.startswith(prefix)}
