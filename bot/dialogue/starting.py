"""How a chat begins: fixed replies to commands, the greeting and the questions that are offered,
the shop's own or those that an experiment tries."""

from collections.abc import Sequence

import structlog

from bot.database.db import Database
from bot.dialogue import commands
from bot.dialogue.decide import Reply
from bot.dialogue.outcome import Outcome
from bot.errors import DatabaseError
from bot.insights.experiments.running import GREETING, STARTERS, Tried, expose, nothing
from bot.knowledge.retriever import ShopRetriever
from bot.types import Chat, Claim, Language, now

log = structlog.get_logger()


class Start:
    """`shop` is the shop's name, empty for the demo shop; `retention_days` how long conversations
    are kept; `tried` what an experiment shows a chat."""

    def __init__(
        self,
        retriever: ShopRetriever,
        shop: str = "",
        retention_days: int = 0,
        tried: Tried = nothing,
    ) -> None:
        self._retriever = retriever
        self._shop = shop
        self._retention_days = retention_days
        self._tried = tried

    def reply(self, choice: str, claim: Claim) -> Outcome:
        """The reply to a command or picture; a greeting offers the shop's own starters, else what
        is asked most, or what is being tried in their place."""
        language = claim.language
        voice, topics = self._retriever.voice(language), []
        greeting, exposed = voice.greeting, []
        if choice == commands.START:
            greeted, started = (self._tried(each, claim.chat) for each in (GREETING, STARTERS))
            exposed = [each for each in (greeted, started) if each is not None]
            greeting = (greeted.value.get(language) if greeted else "") or greeting
            starters = (started.value.get(language) if started else ()) or voice.starters
            topics = [commands.starter(each) for each in starters] or [
                commands.topic(each) for each in self._retriever.topics(language)
            ]
        say = commands.canned(choice, language, self._shop, topics, self._retention_days, greeting)
        refuses = commands.refusal(choice)
        return Outcome(Reply(), say, canned=choice, refuses=refuses, exposed=tuple(exposed))


def starters(
    db: Database, retriever: ShopRetriever, tried: Tried, language: Language, chat: Chat
) -> Sequence[str]:
    """The questions that a chat's page offers to begin with; that they were shown is noted, so this
    runs on a thread of its own. None where the shop leaves them to the page."""
    own = retriever.voice(language).starters
    shown = tried(STARTERS, chat)
    if shown is None:
        return own
    try:
        with db.begin() as session:
            expose(session, shown, at=now())
    except DatabaseError as error:
        log.warning("experiments.not_noted", error=error.key)
        return own  # what is not counted is not tried
    return shown.value.get(language) or own
