"""Small talk: a message that asks for nothing gets a friendly line, and no person is called."""

from pydantic import BaseModel

from bot.catalogue.calls import Tool
from bot.dialogue.decide import Reply
from bot.dialogue.outcome import Outcome
from bot.dialogue.view import Part
from bot.insights.experiments.running import GREETING, Shown, Tried, nothing
from bot.language import smalltalk
from bot.language.heads import POSSIBLE
from bot.language.smalltalk import Kind
from bot.texts import t
from bot.types import Say

_JOKES = 3


class SmallTalk(Tool):
    """A courtesy or a joke and nothing else: nothing is asked of the shop."""

    kind: Kind


class Courtesies:
    """Answers courtesies. `shop` is the shop's name, empty for the demo shop; `tried` gives the
    greeting that an experiment tries."""

    def __init__(self, shop: str, tried: Tried = nothing) -> None:
        self._shop = shop
        self._tried = tried

    def read(self, part: Part) -> Kind | None:
        """Which courtesy all of the part is."""
        view = part.view
        return None if view.pressed else smalltalk.kind(part.text, view.retriever.judge)

    def tools(self, part: Part) -> tuple[type[BaseModel], ...]:
        """What a model may call."""
        return (SmallTalk,)

    def called(self, call: BaseModel, part: Part) -> Kind | None:
        """The courtesy, where the head holds it possible and nobody is upset."""
        if not isinstance(call, SmallTalk) or part.view.heard.negative:
            return None
        told = part.view.retriever.judge(smalltalk.HEAD, part.text)
        return call.kind if told.get(call.kind, 0.0) >= POSSIBLE else None

    def carry_out(self, act: Kind, part: Part) -> Outcome:
        """The friendly line."""
        language = part.view.language
        exposed: tuple[Shown, ...] = ()
        if act == "joke":
            text = t(f"smalltalk.joke_{part.view.claim.messages[-1].turn_id % _JOKES}", language)
        else:
            shop = self._shop or t("web.shop_name", language)
            text = t(f"smalltalk.{act}", language, shop=shop)
            if act == "greeting":  # in the shop's own words, where the knowledge has such
                shown = self._tried(GREETING, part.view.claim.chat)
                text = part.view.retriever.voice(language).greeting or text
                text = (shown.value.get(language) if shown else None) or text
                exposed = (shown,) if shown else ()
        return Outcome(Reply(), Say(text, language), acts=("SmallTalk",), exposed=exposed)
