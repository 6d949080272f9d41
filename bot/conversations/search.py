"""Finds what was said or noted in any conversation, in English and Chinese, as it is typed.

A text's words are cut here and kept beside it (`search_texts`): Latin words as they are, Chinese in
pairs of characters, so that both databases find by the same words (SQLite by FTS5, PostgreSQL by
an index of the words). Whoever writes a text calls `index` in the same transaction. What is found
comes newest first; who may look is the caller's matter.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, text
from sqlalchemy import select as select_from
from sqlmodel import Session, SQLModel, col, select

from bot.database.db import WORDS_ANEW
from bot.database.tables import SearchRow
from bot.language.wording import HAN, plain
from bot.types import Author

Kind = Literal["turn", "note", "name"]
"""What is found: something said, a note, what the shopper is called in a chat."""

_ADD = text(
    "INSERT INTO search_texts (conversation_id, kind, ref, tokens)"
    " VALUES (:conversation_id, :kind, :ref, :tokens) ON CONFLICT DO NOTHING"
)
_PIECE = re.compile(rf"({HAN}+)|((?:(?!{HAN})[^\W\d_])+)|(\d+)")
_READ, _LONGEST, _TERMS = 8000, 30, 8  # characters of a text, of a word; words of a question
_SOURCES = {"turn": ("turns", "text"), "note": ("notes", "text"), "name": ("conversations", "name")}
_AT_ONCE = 500  # older texts that are cut in one transaction
_LOOKED_AT = 300  # texts that are found at most, before those of one conversation become one
_FIND = {
    "sqlite": text(
        "SELECT t.conversation_id, t.kind, t.ref FROM search_fts f JOIN search_texts t"
        " ON t.id = f.rowid WHERE search_fts MATCH :terms ORDER BY f.rowid DESC LIMIT :most"
    ),
    "postgresql": text(
        "SELECT conversation_id, kind, ref FROM search_texts WHERE"
        " array_to_tsvector(string_to_array(tokens, ' ')) @@ CAST(:terms AS tsquery)"
        " ORDER BY id DESC LIMIT :most"
    ),
}


@dataclass(frozen=True)
class Found:
    """The newest text of a conversation that holds all that was looked for."""

    conversation_id: int
    kind: Kind
    ref: int


def index(session: Session, kind: Kind, ref: int, conversation_id: int, said: str) -> None:
    """Keep the words of a text, the `ref` of its kind; nothing where it has none."""
    if words := tokens(said):
        row = {"kind": kind, "ref": ref, "conversation_id": conversation_id, "tokens": words}
        session.connection().execute(_ADD, row)


def reindex(session: Session, kind: Kind, ref: int, conversation_id: int, said: str) -> None:
    """The text is another one now."""
    of = (col(SearchRow.kind) == kind, col(SearchRow.ref) == ref)
    session.exec(delete(SearchRow).where(*of))
    index(session, kind, ref, conversation_id, said)


def forget(session: Session) -> None:
    """Write SQLite's index anew, in which the words of deleted texts stay otherwise."""
    if session.get_bind().dialect.name == "sqlite":
        session.connection().execute(text(WORDS_ANEW))


def index_older(session: Session, kind: Kind, after: int) -> int:
    """Keep the words of a few hundred texts after the one with the id `after` that an older version
    wrote; the last one's id, 0 where there is none."""
    source, column = _SOURCES[kind]
    table = SQLModel.metadata.tables[source]
    chat = table.c.id if kind == "name" else table.c.conversation_id
    known = select(SearchRow.id).where(SearchRow.kind == kind, col(SearchRow.ref) == table.c.id)
    query = select_from(table.c.id, chat.label("chat"), table.c[column].label("said")).where(
        table.c.id > after, table.c[column] != "", ~known.exists()
    )
    if kind == "turn":
        query = query.where(table.c.author != Author.SYSTEM.value)
    rows = session.connection().execute(query.order_by(table.c.id).limit(_AT_ONCE)).all()
    for row in rows:
        index(session, kind, row.id, row.chat, row.said)
    return int(rows[-1].id) if rows else 0


def find(session: Session, typed: str, limit: int = 30) -> list[Found]:
    """The newest conversations in which one text holds all that was typed, each with its newest
    such text; the last letters of a word may be missing."""
    asked = list(terms(typed))
    if not asked:
        return []
    dialect = session.get_bind().dialect.name
    given = {"terms": _question(asked, dialect), "most": _LOOKED_AT}
    found: dict[int, Found] = {}
    for conversation_id, kind, ref in session.connection().execute(_FIND[dialect], given):
        found.setdefault(conversation_id, Found(conversation_id, kind, ref))
    return list(found.values())[:limit]


def tokens(said: str) -> str:
    """The words of a text, each once, with spaces between. Of 退货运费 those are 退货 货运 运费 费:
    every character begins one."""
    return " ".join(dict.fromkeys(word for pair in _cut(said) for word in pair[0]))


def terms(typed: str) -> Iterator[tuple[str, bool]]:
    """The words to look for, and whether more letters may follow."""
    asked: dict[tuple[str, bool], None] = {}
    for words, han in _cut(typed):
        exact = han and len(words) > 1
        asked.update(((word, not exact), None) for word in (words[:-1] if exact else words))
    yield from list(asked)[:_TERMS]


def marked(said: str, typed: str, around: int = 60) -> tuple[str, ...]:
    """A piece of the text around the first thing looked for, cut at these: every second part is
    one."""
    line = " ".join(said.split())
    wanted = [re.escape(found[0]) for found in _PIECE.finditer(plain(typed[:200]))]
    any_of = re.compile(f"({'|'.join(wanted)})", re.IGNORECASE) if wanted else None
    first = any_of.search(line) if any_of else None
    start = max(0, first.start() - around // 2) if first else 0
    piece = ("…" if start else "") + line[start : start + 2 * around]
    return tuple(any_of.split(piece)) if any_of else (piece,)


def _cut(said: str) -> Iterable[tuple[Sequence[str], bool]]:
    """The words of each run of characters, and whether it is Chinese."""
    for found in _PIECE.finditer(plain(said[:_READ]).casefold()):
        run = found[0]
        if found[1]:
            yield [run[at : at + 2] for at in range(len(run))], True
        else:
            yield [run[:_LONGEST]], False


def _question(asked: Sequence[tuple[str, bool]], dialect: str) -> str:
    """As the database reads it; the words hold letters and digits alone."""
    if dialect == "sqlite":
        return " AND ".join(f'"{word}"{" *" if more else ""}' for word, more in asked)
    return " & ".join(f"'{word}'{':*' if more else ''}" for word, more in asked)
