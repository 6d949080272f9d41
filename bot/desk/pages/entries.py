"""A closed conversation as an entry of the knowledge: drafted and masked here, mended by a lead,
and taken along as a file for the knowledge folder. It indexes nothing."""

import re
from collections.abc import Mapping

import yaml
from sqlmodel import Session, col, select
from starlette.responses import Response

from bot.database import audit
from bot.database.tables import TicketRow, TurnRow
from bot.desk.pages.files import disposition
from bot.desk.pages.guard import Call, Desk
from bot.desk.pages.replay import masking
from bot.errors import InputError, NotFoundError
from bot.types import Author

_PHRASINGS = 6
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,79}")
_ASKS = re.compile(r"[?？]")


async def entry_page(desk: Desk, call: Call) -> Response:
    ticket_id = call.ticket_id
    entry = await desk.db.query(lambda session: drafted(session, ticket_id))
    return call.page("entry.html", entry=entry, ticket_id=ticket_id)


async def download(desk: Desk, call: Call) -> Response:
    """The entry as it was mended, as a file that the knowledge folder reads."""
    names = ("id", "lang", "question", "phrasings", "answer")
    entry = {name: call.form.get(name, "").strip() for name in names}
    try:
        complete(entry)
    except InputError as error:
        message = error.message(call.language)
        return call.page(
            "entry.html", status=400, entry=entry, ticket_id=call.ticket_id, error=message
        )
    by, ticket_id = call.login.name, call.ticket_id
    await desk.db.write(
        lambda session: audit.note(session, "ticket.entry", by, ticket_id, id=entry["id"])
    )
    return Response(
        as_file(entry),
        media_type="application/yaml",
        headers={"Content-Disposition": disposition(f"{entry['id']}.yaml", inline=False)},
    )


def drafted(session: Session, ticket_id: int) -> dict[str, str]:
    """What was asked and what agents answered since the ticket before, masked. `NotFoundError`."""
    ticket = session.get(TicketRow, ticket_id)
    if ticket is None:
        raise NotFoundError("tickets.not_found", ticket=ticket_id)
    said = select(TurnRow).where(TurnRow.conversation_id == ticket.conversation_id)
    before = session.exec(
        select(TicketRow.closed_at)
        .where(TicketRow.conversation_id == ticket.conversation_id)
        .where(col(TicketRow.id) < ticket_id, col(TicketRow.closed_at).is_not(None))
        .order_by(col(TicketRow.id).desc())
    ).first()
    if before is not None:
        said = said.where(TurnRow.at > before)
    if ticket.closed_at is not None:
        said = said.where(TurnRow.at <= ticket.closed_at)
    turns = session.exec(said.order_by(col(TurnRow.id)).limit(200)).all()
    masked = masking(session, ticket.conversation_id)

    def texts(author: Author) -> list[str]:
        found = (masked(turn.text).strip() for turn in turns if turn.author == author.value)
        return list(dict.fromkeys(filter(None, found)))

    asked = sorted(texts(Author.SHOPPER), key=lambda text: not _ASKS.search(text))
    return {
        "id": f"ticket-{ticket_id}",
        "lang": ticket.language,
        "question": " ".join(asked[0].split()) if asked else "",
        "phrasings": "\n".join(" ".join(text.split()) for text in asked[1 : _PHRASINGS + 1]),
        "answer": "\n\n".join(texts(Author.AGENT)),
    }


def complete(entry: Mapping[str, str]) -> None:
    """`InputError` unless the entry has an id, a question and an answer."""
    if not (_ID.fullmatch(entry["id"]) and entry["question"] and entry["answer"]):
        raise InputError("copilot.entry_empty")


def as_file(entry: Mapping[str, str]) -> str:
    """The entry as YAML."""
    variants = [line.strip() for line in entry["phrasings"].splitlines() if line.strip()]
    row: dict[str, object] = {
        "id": entry["id"],
        "lang": "zh" if entry["lang"] == "zh" else "en",
        "question": entry["question"],
        **({"variants": variants} if variants else {}),
        "answer": entry["answer"],
    }
    return yaml.safe_dump([row], allow_unicode=True, sort_keys=False, width=100)
