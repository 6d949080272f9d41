"""Where the desk meets the knowledge's folder: its files and entries, for the admins' pages."""

import asyncio
import hashlib
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot import types
from bot.desk.group.reindex import Reindex
from bot.desk.pages.feeds import (
    Building,
    ChangeView,
    EntryView,
    Fields,
    FileView,
    Reading,
    State,
)
from bot.errors import BuildError, InputError, NotFoundError
from bot.knowledge import builds, documents, edits, folder, pages
from bot.knowledge.documents import EDITED
from bot.knowledge.edits import Edit
from bot.knowledge.entry import Entry, Problem, Replaced
from bot.knowledge.readers.source import Source, clean_line, slug
from bot.knowledge.wire import Read
from bot.types import Language

TEXTS = (".md", ".markdown", ".txt", ".csv", ".yaml", ".yml", ".jsonl", ".html", ".htm")
MOST_TEXT = 60_000  # bytes of a file that is edited as text
_TAGS = re.compile(r"[,，、;；]")


class KnowledgeFeed:
    """`feeds.Feed` over one shop's folders; `reindex` builds."""

    def __init__(self, knowledge_dir: Path, index_dir: Path, reindex: Reindex) -> None:
        self._folder = knowledge_dir
        self._index_dir = index_dir
        self._reindex = reindex
        self._told = ""
        self._task: asyncio.Task[None] | None = None
        self._reading = threading.Lock()  # one file at a time: a reader may need 2 GB

    async def files(self) -> Sequence[FileView]:
        return await asyncio.to_thread(lambda: list(self._files()))

    async def reading(self, name: str) -> Reading:
        return await asyncio.to_thread(self._read_file, name)

    async def content(self, name: str) -> bytes:
        return await asyncio.to_thread(folder.content, self._folder, name)

    async def pages(self) -> tuple[str, str]:
        try:
            data = await self.content(pages.LIST)
        except NotFoundError:
            return "", ""
        return data.decode("utf-8", "replace"), folder.digest(data)

    async def list_pages(self, text: str, seen: str, by: str) -> None:
        data = f"{text.strip()}\n".encode() if text.strip() else None
        await asyncio.to_thread(folder.put, self._folder, pages.LIST, data, by=by, seen=seen)

    async def mark(self, name: str) -> str:
        try:
            return folder.digest(await self.content(name))
        except NotFoundError:
            return ""

    async def text(self, name: str) -> str | None:
        if not name.lower().endswith(TEXTS) or not await self.mark(name):
            return None
        data = await self.content(name)
        if len(data) > MOST_TEXT:
            return None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return None

    async def stage(self, name: str, data: bytes) -> tuple[str, Reading]:
        def work() -> tuple[str, Reading]:
            token = folder.stage(self._folder, name, data)
            return token, self._read_as(name, folder.staged(self._folder, token)[1])

        return await asyncio.to_thread(work)

    async def save(self, token: str, seen: str, by: str) -> str:
        def work() -> str:
            name, path = folder.staged(self._folder, token)
            folder.put(self._folder, name, path.read_bytes(), by=by, seen=seen)
            folder.unstage(self._folder, token)
            return name

        return await asyncio.to_thread(work)

    async def remove(self, name: str, seen: str, by: str) -> None:
        await asyncio.to_thread(folder.put, self._folder, name, None, by=by, seen=seen)

    async def changes(self) -> Sequence[ChangeView]:
        def work() -> list[ChangeView]:
            known, latest = folder.changes(self._folder), set[str]()
            views = []
            for each in known:
                undoable = each.name not in latest
                latest.add(each.name)
                at = datetime.fromisoformat(each.at)
                views.append(
                    ChangeView(each.id, each.name, each.act, each.by, at, undoable, each.undoes)
                )
            return views

        return await asyncio.to_thread(work)

    async def undo(self, change: int, by: str) -> str:
        return (await asyncio.to_thread(folder.undo, self._folder, change, by=by)).name

    async def entry(self, name: str, entry_id: str, lang: Language) -> EntryView:
        found = await self.reading(name)
        for each in found.entries:
            if (each.fields["id"], each.fields["lang"]) == (entry_id, lang) and each.editable:
                return each
        raise NotFoundError("feed.no_entry", id=entry_id)

    async def edit(self, name: str, fields: Sequence[Fields], by: str) -> int:
        return await asyncio.to_thread(self._edit, name, fields, by)

    async def phrase(self, source: types.Source, question: str, lang: Language, by: str) -> None:
        def work() -> None:
            phrasing = clean_line(question)
            views = self._read_file(source.source).entries
            of_language = [each for each in views if each.editable and each.fields["lang"] == lang]
            same_id = [each for each in of_language if each.fields["id"] == source.id]
            same_title = [each for each in of_language if each.title == source.title]
            found = next(iter(same_id or same_title), None)
            if found is None:
                raise NotFoundError("feed.no_phrasings", id=source.id)
            variants = f"{found.fields['variants']}\n{phrasing}"
            self._edit(source.source, [{**found.fields, "variants": variants}], by)

        await asyncio.to_thread(work)

    async def settle(
        self, name: str, entry_id: str, lang: Language, by: str, *, mine: bool
    ) -> None:
        def work() -> None:
            key = (entry_id, lang)
            known = edits.read(self._folder).get(key)
            if known is None:
                raise NotFoundError("feed.no_entry", id=entry_id)
            theirs = self._originals(name).get(key)
            if mine:
                was = Replaced.of(theirs) if theirs else None
                self._keep([replace(known, edit_of=was)], (), by)
            else:
                self._keep([], [key], by)

        await asyncio.to_thread(work)

    def build(self, language: Language) -> bool:
        if self._reindex.busy or (self._task is not None and not self._task.done()):
            return False
        self._task = asyncio.create_task(self._reindex.run(self._show, language))
        return True

    def building(self) -> Building | None:
        return Building(self._told, self._reindex.busy) if self._told else None

    async def _show(self, text: str) -> None:
        self._told = text

    def _files(self) -> Iterator[FileView]:
        live = self._live()
        for found in documents.files(self._folder) if self._folder.is_dir() else ():
            if isinstance(found, Problem):
                yield FileView(found.path, "bad", problem=found)
                live.pop(found.path, None)
                continue
            known, status = live.pop(found.name, None), found.path.stat()
            with found.path.open("rb") as file:
                same = known == hashlib.file_digest(file, "sha256").hexdigest()
            state: State = "live" if same else "new" if known is None else "changed"
            at = datetime.fromtimestamp(status.st_mtime, UTC)
            yield FileView(found.name, state, status.st_size, at, url=found.url)
        for name in live:
            yield FileView(name, "gone")

    def _live(self) -> dict[str, str]:
        """The files of the live build, with their digests."""
        current = builds.current_id(self._index_dir)
        try:
            manifest = builds.read_manifest(self._index_dir, current) if current else None
        except BuildError:
            manifest = None
        return dict(manifest.knowledge) if manifest else {}

    def _read_file(self, name: str) -> Reading:
        path = folder.place(self._folder, name)
        if path.is_file():
            return self._read_as(name, path)
        for each in pages.found(self._folder):
            if isinstance(each, Source) and each.name == name:
                return self._read_as(name, each.path, each.url)
        raise NotFoundError("feed.no_file", name=name)

    def _read_as(self, name: str, path: Path, url: str = "") -> Reading:
        found, problems = self._read(name, path)
        known = edits.read(self._folder) if name != EDITED else {}
        return Reading(name, [_view(each, known) for each in found], problems, url)

    def _read(self, name: str, path: Path) -> tuple[list[Read], list[Problem]]:
        with self._reading:
            return documents.read_alone(self._folder, Source(path, name))

    def _originals(self, name: str) -> Mapping[edits.Key, Entry]:
        """What a file's entries say, whatever was edited."""
        path = folder.place(self._folder, name)
        if name == EDITED or not path.is_file():
            return {}
        entries = (each.found.entry for each in self._read(name, path)[0])
        return {(each.id, each.lang): each for each in entries if each.kind == "faq"}

    def _edit(self, name: str, fields: Sequence[Fields], by: str) -> int:
        theirs, known = self._originals(name), edits.read(self._folder)
        put: list[Edit] = []
        drop: list[edits.Key] = []
        for each in fields:
            edit = _edit(each)
            if each.get("new") and edit.key in known:
                raise InputError("feed.id_taken", id=edit.id)
            before, file = known.get(edit.key), theirs.get(edit.key)
            if before is not None:
                edit = replace(edit, edit_of=before.edit_of)
            elif file is not None:
                edit = replace(edit, edit_of=Replaced.of(file))
            if file is not None and _edit(_fields(file)) == replace(edit, edit_of=None):
                if before is not None:
                    drop.append(edit.key)
            elif edit != before:
                put.append(edit)
        if put or drop:
            self._keep(put, drop, by)
        return len(put) + len(drop)

    def _keep(self, put: Sequence[Edit], drop: Sequence[edits.Key], by: str) -> None:
        """Write the edits down, once they have been read as they will be."""
        data, seen = edits.changed(self._folder, put, drop)
        if data is not None and put:
            token = folder.stage(self._folder, EDITED, data)
            try:
                found, problems = self._read(EDITED, folder.staged(self._folder, token)[1])
            finally:
                folder.unstage(self._folder, token)
            read = {(each.found.entry.id, each.found.entry.lang) for each in found}
            if lost := [edit for edit in put if edit.key not in read]:
                why = next((each for each in problems if each.severity == "error"), None)
                raise (
                    InputError(why.key, **why.params)
                    if why
                    else InputError("feed.not_kept", id=lost[0].id)
                )
        folder.put(self._folder, EDITED, data, by=by, seen=seen)


def _edit(fields: Fields) -> Edit:
    """What a form says, as it is kept."""
    question = clean_line(fields["question"])
    return Edit(
        id=clean_line(fields["id"]) or slug(question)[:80],
        lang="zh" if fields["lang"] == "zh" else "en",
        question=question,
        answer=fields["answer"].strip(),
        variants=tuple(filter(None, map(clean_line, fields["variants"].split("\n")))),
        url=fields["url"].strip(),
        tags=tuple(filter(None, map(clean_line, _TAGS.split(fields["tags"])))),
        valid_until=fields["valid_until"].strip(),
    )


def _fields(entry: Entry | Edit) -> Fields:
    return {
        "id": entry.id,
        "lang": entry.lang,
        "question": entry.question,
        "answer": entry.answer,
        "variants": "\n".join(entry.variants),
        "url": entry.url or "",
        "tags": ", ".join(entry.tags),
        "valid_until": str(entry.valid_until or ""),
    }


def _view(read: Read, known: Mapping[edits.Key, Edit]) -> EntryView:
    entry, edit = read.found.entry, None
    if entry.kind == "faq":
        edit = known.get((entry.id, entry.lang))
    line, passages = read.found.line, [each.search for each in read.cuts]
    if edit is None:
        editable = entry.kind == "faq"
        return EntryView(_fields(entry), entry.title, line, editable, passages=passages)
    said = (edit.question, edit.variants, edit.answer)
    settled = said == (entry.question, entry.variants, entry.answer) or (
        edit.edit_of is not None and edit.edit_of.said_by(entry)
    )
    title = edit.question or entry.title
    return EntryView(_fields(edit), title, line, True, True, None if settled else _fields(entry))
