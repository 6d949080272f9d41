"""Drafts replies for agents, and asks the knowledge for them: as the bot would have answered.

The same skills, policies and checks as in the chat, and the model where one is configured; but
nothing is stored here, nothing is sent, and the shopper sees nothing of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from sqlmodel import Session

from bot.conversations import bursts, conversation
from bot.conversations.conversation import saved
from bot.database.db import Database
from bot.database.tables import ConversationRow, TicketRow
from bot.dialogue.compose import source
from bot.dialogue.flow import Flow
from bot.dialogue.outcome import Outcome
from bot.dialogue.searching import search
from bot.dialogue.thinking import think
from bot.errors import BuildError, EncoderError, NotFoundError, SlowError
from bot.knowledge.retriever import ShopRetriever
from bot.language.lines import plain
from bot.language.readable import readable
from bot.tickets import copilot
from bot.tickets.assignment import REPLY_LIMIT
from bot.tickets.copilot import Drafted, Found
from bot.types import Author, Claim, Language, Message, Status, Turn

_LOOKED_AT = 30  # turns
_TRIED = 3  # bursts of messages, the newest first: the last one may be "a person, please"
_FOUND = 4  # entries
_SURE = 0.5


class Copilot:
    """One for the whole process."""

    def __init__(self, db: Database, flow: Flow, retriever: ShopRetriever) -> None:
        self._db = db
        self._flow = flow
        self._retriever = retriever

    async def draft(self, ticket_id: int) -> Drafted | None:
        """A reply to what nobody has answered; None where nothing waits, or nothing is found.

        What the bot has told already is drafted only where there is nothing else.
        """
        told: Drafted | None = None
        unsure: Drafted | None = None
        upto = 0  # the newest message, whichever the draft answers
        claims = await self._db.query(lambda session: list(_claims(session, ticket_id)))
        for claim, answered in claims:
            upto = upto or claim.messages[-1].turn_id
            try:
                drafted = _drafted(upto, await self._flow.draft(claim))
            except SlowError:
                continue
            if answered:
                told = told or drafted
            elif drafted is not None and drafted.sure:
                return drafted
            else:
                unsure = unsure or drafted
        return unsure or told

    async def ask(self, question: str, language: Language) -> list[Found]:
        """What the knowledge has on a question, best first; nothing without an index."""
        asked = readable(question).strip()
        if not asked:
            return []
        try:
            work = partial(search, asked, (), self._retriever, _SURE, language=language)
            found = await think(work)
        except (BuildError, EncoderError, SlowError):
            return []
        return [
            Found(source(each), plain(each.text), each.language)
            for each in found.candidates[:_FOUND]
        ]


def _claims(session: Session, ticket_id: int) -> Iterator[tuple[Claim, bool]]:
    """The bursts that wait, the newest first, each with what was said before it; and whether the
    bot has answered it."""
    ticket = session.get(TicketRow, ticket_id)
    if ticket is None:
        raise NotFoundError("tickets.not_found", ticket=ticket_id)
    row = session.get_one(ConversationRow, ticket.conversation_id)
    turns = conversation.history(session, saved(row.id), _LOOKED_AT)
    waiting = {turn.id for turn in copilot.waiting(turns)}
    for burst, answered in reversed(_bursts(turns)):
        theirs = [turn for turn in burst if turn.id in waiting and turn.text.strip()]
        if not theirs:
            return
        messages = tuple(Message(0, turn.id, turn.text, None, 0) for turn in theirs)
        claim = bursts.hold(session, row, "copilot", messages)
        before = tuple(turn for turn in claim.history if turn.id < theirs[0].id)
        yield replace(claim, status=Status.BOT, history=before, dialogue=None), answered


def _bursts(turns: list[Turn]) -> list[tuple[list[Turn], bool]]:
    """The shopper's messages, those together that nobody answered in between; the last few."""
    found: list[tuple[list[Turn], bool]] = []
    before: Author | None = None
    for turn in turns:
        if turn.author is Author.SYSTEM:
            continue
        if turn.author is Author.SHOPPER:
            if before is not Author.SHOPPER:
                found.append(([], False))
            found[-1][0].append(turn)
        elif turn.sources and found:
            found[-1] = (found[-1][0], True)
        before = turn.author
    return found[-_TRIED:]


def _drafted(upto: int, outcome: Outcome) -> Drafted | None:
    """What the bot would tell with its sources, or else the nearest entry, which is not sure."""
    say = outcome.say
    if outcome.heard is not None and outcome.heard.wants_person:
        return None  # whom they have now
    if outcome.action == "reply" and say.sources:
        model = outcome.wording.model if outcome.wording else ""
        by = "" if model == "none" else model
        text = plain(say.text)[:REPLY_LIMIT]
        return Drafted(text, say.language, say.sources, sure=True, upto=upto, model=by)
    if outcome.found:
        first = outcome.found[0]
        text = plain(first.text)[:REPLY_LIMIT]
        return Drafted(text, first.language, (source(first),), sure=False, upto=upto)
    return None
