"""What stands between a new build and the shoppers: golden questions, and what they asked last.

A build that loses golden answers is refused, unless it is forced. Everything else that changes is
shown, and lets it through.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli.language import cli_language
from bot.conversations import asked
from bot.database.db import Database
from bot.errors import BuildError, DatabaseError, EncoderError
from bot.knowledge import builds, golden
from bot.knowledge.builds import Score
from bot.knowledge.index import Index
from bot.language.mask import mask
from bot.settings import Settings
from bot.texts import shorten, t

if TYPE_CHECKING:
    from bot.dialogue.rehearsal import Review, Told

LAST = 100  # questions of shoppers
_SHOWN = 10  # changes that are printed; --json has them all
_WIDTH = 90  # characters of an answer that are printed

Progress = Callable[[str, int, int], None]


class Gate:
    """For one build. `review` is how it fared, None until it was asked, or where there was nothing
    to ask; `shoppers` whether what shoppers asked could be read."""

    def __init__(self, settings: Settings, tell: Progress, *, force: bool) -> None:
        self._settings = settings
        self._tell = tell
        self._force = force
        self.review: Review | None = None
        self.shoppers = True

    def accept(self, build: str) -> None:
        """Rehearse a build; `BuildError` where it loses what the shop wants answered."""
        settings, folder = self._settings, self._settings.bot_index_dir
        wanted = golden.read(settings.bot_knowledge_dir)
        live = _live(settings)
        if not wanted and live is None:
            return
        with self._database() as db:
            questions = _asked(db) if live else []
            if not wanted and not questions:
                return
            from bot.app import rehearser  # all that answers, which only a rehearsal needs
            from bot.dialogue import rehearsal

            new = Index.load(folder, build, before=live.encoders if live else ())
            self.review = rehearsal.review(
                wanted,
                questions,
                rehearser(settings, db, live) if live else None,
                rehearser(settings, db, new),
                lambda done, total: self._tell("rehearse", done, total),
            )
        score_of(self.review).write(folder, build)
        if self.review.lost and not self._force:
            lost = "; ".join(shorten(each, _WIDTH) for each in self.review.lost[:3])
            count = len(self.review.lost)
            raise BuildError("index.refused", build=build, count=count, lost=lost)

    @contextmanager
    def _database(self) -> Iterator[Database]:
        """The shop's; an empty one where that cannot be read, since nobody asks for orders here."""
        try:
            db = _opened(self._settings.bot_database_url, self._settings.bot_secret_key)
        except DatabaseError:
            self.shoppers = False
            with tempfile.TemporaryDirectory() as folder:
                db = _opened(f"sqlite:///{Path(folder, 'empty.db')}")
                with closing(db):
                    yield db
            return
        with closing(db):
            yield db


def _opened(url: str, secret_key: SecretStr | None = None) -> Database:
    db = Database(url, secret_key=secret_key)
    try:
        db.migrate()
    except DatabaseError:
        db.close()
        raise
    return db


def _asked(db: Database) -> list[str]:
    """What shoppers asked last, each once."""
    with db.read() as session:
        texts = [each.text for each in asked.lately(session, 5 * LAST)]
    return list(dict.fromkeys(texts))[:LAST]


def score_of(review: "Review") -> Score:
    """What is kept of a review: no words of a shopper."""
    changed = dict(Counter[str](change.kind for change in review.changes))
    return Score(review.golden, review.met, review.lost, review.asked, changed)


def show(screen: Console, gate: Gate) -> None:
    """What the rehearsal found, in a few lines."""
    language, review = cli_language(), gate.review
    if not gate.shoppers:
        screen.print(f"[yellow]![/] {escape(t('index.no_questions', language))}")
    if review is None:
        return
    if review.golden:
        mark = "[red]✗[/]" if review.lost else "[green]✓[/]"
        told = t("index.golden_met", language, met=review.met, golden=review.golden)
        screen.print(f"{mark} {escape(told)}")
        for key, questions in (("lost", review.lost), ("missed", review.missed)):
            for question in questions[:_SHOWN]:
                line = t(f"index.golden_{key}", language, question=shorten(question, _WIDTH))
                screen.print(f"  {escape(line)}")
    if not review.asked:
        return
    told = t("index.asked", language, asked=review.asked, changed=len(review.changes))
    screen.print(escape(told))
    if not review.changes:
        return
    table = Table(box=None, header_style="bold")
    for key in ("change", "question", "before", "after"):
        table.add_column(t(f"index.{key}", language))
    for change in review.changes[:_SHOWN]:
        kind = t(f"index.change_{change.kind}", language)
        answers = (escape(_told(each)) for each in (change.before, change.after))
        table.add_row(kind, escape(_masked(change.question)), *answers)
    screen.print(table)
    if len(review.changes) > _SHOWN:
        more = t("index.more_changes", language, count=len(review.changes) - _SHOWN)
        screen.print(escape(more))


def as_json(review: "Review | None") -> dict[str, object] | None:
    """The review as a program reads it."""
    if review is None:
        return None
    return {
        "golden": review.golden,
        "met": review.met,
        "lost": list(review.lost),
        "missed": list(review.missed),
        "asked": review.asked,
        "changes": [
            {
                "kind": change.kind,
                "question": mask(change.question),
                "before": list(change.before.entries),
                "after": list(change.after.entries),
            }
            for change in review.changes
        ],
    }


def _masked(question: str) -> str:
    return shorten(mask(question), _WIDTH)


def _told(told: "Told") -> str:
    if told.action != "reply":
        return t(f"cli.action_{told.action}", cli_language())
    return shorten(" ".join(told.text.split()), _WIDTH)


def _live(settings: Settings) -> Index | None:
    """The index that shoppers are answered from."""
    if builds.current_id(settings.bot_index_dir) is None:
        return None
    try:
        return Index.load_current(settings.bot_index_dir)
    except (BuildError, EncoderError):
        return None
