"""Has a language model word a draft. It judges nothing: that is `gate`'s.

Personal data never gets to it: it reads a product's facts and the shop's own wishes alone.
"""

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from bot.errors import ModelError
from bot.studio.brief import Brief, Voice
from bot.studio.drafting import Written
from bot.studio.item import Item
from bot.studio.jobs import Rates
from bot.texts import t

if TYPE_CHECKING:
    from bot.writing.models.call import Backend

_LONGEST = 4000  # characters of an answer, beyond which a model only goes on
_EXAMPLES = 2
TOKENS = (500, 200)  # read and written for one draft, about


class ModelWriter:
    """Writes with one model; `rates` are its prices. It is called as `drafting.Writes`."""

    def __init__(self, backend: "Backend", rates: Rates, *, timeout: float) -> None:
        self._backend = backend
        self._rates = rates
        self._timeout = timeout

    @property
    def rates(self) -> Rates:
        return self._rates

    async def __call__(self, item: Item, brief: Brief, voice: Voice, plain: str) -> Written:
        """The model's text; `ModelError` when it does not come to an end."""
        from bot.writing.models import prompts
        from bot.writing.models.call import Call

        language = item.language
        longest = brief.limit("text")
        prompt = prompts.draft(
            [*item.records()],
            plain,
            language,
            kind=t(f"drafts.kind_{brief.kind}", language),
            tone=" ".join(filter(None, (t(f"drafts.tone_{brief.tone}", language), voice.sentence))),
            length=t("drafts.at_most", language, count=longest) if longest else "",
            wishes=_wishes(brief, voice, item),
            shop=brief.shop or t("web.shop_name", language),
        )
        call = Call(self._backend, until=asyncio.get_running_loop().time() + self._timeout)
        text = ""
        async with aclosing(call.stream(prompt)) as pieces:
            async for piece in pieces:
                text += piece
                if len(text) > _LONGEST:
                    raise ModelError("garbled", model=call.name)
        used = call.used
        cost = (used.read * self._rates.read + used.written * self._rates.written) / 1_000_000
        return Written(text.strip(), call.name, cost)


def _wishes(brief: Brief, voice: Voice, item: Item) -> list[str]:
    language = item.language
    found = [
        t(f"drafts.wish_{name}", language, text=said)
        for name in ("goal", "audience", "occasion", "review")
        if (said := getattr(brief, name))
    ]
    if voice.avoid:
        found.append(t("drafts.wish_avoid", language, text=", ".join(voice.avoid)))
    found += [t("drafts.wish_rejected", language, text=each) for each in brief.rejected]
    found += [t("drafts.wish_example", language, text=each) for each in voice.examples[:_EXAMPLES]]
    return found
