"""What the copilot offers an agent: a summary, and drafted replies with what became of each.

A draft is sent by nobody but an agent who presses Send; how they changed it is kept for learning.
How drafts are made is `desk/copilot.py`'s matter.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from bot.database.tables import CopilotRow
from bot.errors import NotFoundError
from bot.texts import shorten
from bot.tickets import assignment
from bot.types import Author, Language, Source, Turn

_LENGTH, _MOST = 160, 3  # characters of a question, and how many are shown


@dataclass(frozen=True)
class Drafted:
    """A reply to what the shopper had written by the turn `upto`, with its sources; `sure` as the
    bot's own answers are. `model` is who put it into words, "" for the sources themselves."""

    text: str
    language: Language
    sources: tuple[Source, ...]
    sure: bool
    upto: int
    model: str = ""


@dataclass(frozen=True)
class Found:
    """An entry for a question that an agent asked: how likely (0..1) the first one answers it."""

    source: Source
    text: str
    language: Language


@dataclass(frozen=True)
class Helper:
    """Who drafts a reply for a ticket, and who finds what answers a question in a language; who
    keeps a turn of a conversation in a language, None where there is no model."""

    draft: Callable[[int], Awaitable[Drafted | None]]
    ask: Callable[[str, Language], Awaitable[list[Found]]]
    translate: Callable[[int, int, Language], Awaitable[None]] | None = None


@dataclass(frozen=True)
class Summary:
    """What a conversation is about: what they `want`, in their words; what was `tried`, by the
    titles of the bot's answers, those disliked apart; how many of their messages wait."""

    want: tuple[str, ...]
    tried: tuple[str, ...]
    disliked: tuple[str, ...]
    waiting: int


def keep(
    session: Session, ticket_id: int, agent: str, drafted: Drafted, at: datetime
) -> CopilotRow:
    """Offer a draft to `agent`, instead of any before it."""
    ticket, _ = assignment.locked(session, ticket_id)
    row = CopilotRow(
        conversation_id=ticket.conversation_id,
        ticket_id=ticket_id,
        agent=agent,
        upto=drafted.upto,
        text=drafted.text,
        language=drafted.language,
        sources=[asdict(each) for each in drafted.sources],
        sure=drafted.sure,
        model=drafted.model,
        at=at,
    )
    session.add(row)
    session.flush()
    return row


def newest(
    session: Session, ticket_id: int, agent: str, turns: Sequence[Turn]
) -> CopilotRow | None:
    """The draft that `agent` was offered last, whatever became of it; None once the shopper has
    written since, or anybody has answered."""
    query = select(CopilotRow).where(CopilotRow.ticket_id == ticket_id, CopilotRow.agent == agent)
    row = session.exec(query.order_by(col(CopilotRow.id).desc()).limit(1)).first()
    if row is None or any(turn.author is Author.AGENT for turn in turns if turn.id > row.upto):
        return None
    asked = [turn.id for turn in waiting(turns)]
    return row if asked and row.upto >= asked[-1] else None


def discard(session: Session, ticket_id: int, agent: str, draft_id: int) -> None:
    """`agent` wants none of it. `NotFoundError` for a draft that is not theirs."""
    row = _own(session, ticket_id, agent, draft_id)
    if row is None:
        raise NotFoundError("copilot.not_found")
    row.outcome = row.outcome or "discarded"
    session.add(row)


def sent(session: Session, ticket_id: int, agent: str, draft_id: int, text: str) -> None:
    """`agent` has sent `text`, which they made from the draft."""
    row = _own(session, ticket_id, agent, draft_id)
    if row is not None and row.outcome in ("", "discarded"):
        row.outcome = "used" if text.strip() == row.text.strip() else "edited"
        row.sent = None if row.outcome == "used" else text.strip()
        session.add(row)


def waiting(turns: Sequence[Turn]) -> list[Turn]:
    """The shopper's messages since a person spoke last, oldest first."""
    spoken = [place for place, turn in enumerate(turns) if turn.author is Author.AGENT]
    since = turns[spoken[-1] + 1 :] if spoken else turns
    return [turn for turn in since if turn.author is Author.SHOPPER]


def summary(turns: Sequence[Turn], disliked: Sequence[int]) -> Summary:
    """Of the conversation's last turns; `disliked` are those with a thumb down."""
    asked = [shorten(turn.text, _LENGTH) for turn in turns if turn.author is Author.SHOPPER]
    answers = [turn for turn in turns if turn.author is Author.BOT and turn.sources]

    def titles(of: list[Turn]) -> tuple[str, ...]:
        shown = [source.title or source.id for turn in of for source in turn.sources[:1]]
        return tuple(dict.fromkeys(shorten(title, 60) for title in shown))[-_MOST:]

    return Summary(
        want=tuple(dict.fromkeys(text for text in asked if text.strip()))[-_MOST:],
        tried=titles([turn for turn in answers if turn.id not in disliked]),
        disliked=titles([turn for turn in answers if turn.id in disliked]),
        waiting=len(waiting(turns)),
    )


def _own(session: Session, ticket_id: int, agent: str, draft_id: int) -> CopilotRow | None:
    row = session.get(CopilotRow, draft_id)
    mine = row is not None and (row.ticket_id, row.agent) == (ticket_id, agent)
    return row if mine else None
