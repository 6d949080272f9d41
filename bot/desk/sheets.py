"""Where the desk meets product sheets: their rows are shown, changed, and read as products."""

import asyncio
import threading
from pathlib import Path

from bot.desk.pages.sheeted import Clash, Row, SheetView, Typed
from bot.errors import DeskhandError, InputError
from bot.knowledge import documents, folder, sheets
from bot.knowledge.entry import Problem
from bot.knowledge.readers.source import Source
from bot.knowledge.sheets import Sheet


class ProductSheets:
    """`sheeted.Sheets` over one shop's folder."""

    def __init__(self, knowledge_dir: Path) -> None:
        self._folder = knowledge_dir
        self._reading = threading.Lock()  # one file at a time: a reader may need 2 GB

    async def is_sheet(self, name: str) -> bool:
        def work() -> bool:
            try:
                return sheets.is_products(self._sheet(name)[0])
            except DeskhandError:
                return False

        return await asyncio.to_thread(work)

    async def view(self, name: str, page: int, size: int) -> SheetView:
        def work() -> SheetView:
            sheet, data = self._sheet(name)
            keyed = list(zip(sheet.keys(), sheet.rows, strict=True))
            shown = keyed[(page - 1) * size : page * size]
            clashes = [
                Clash(each.change.key, each.change.column, each.change.now, each.theirs)
                for each in sheets.conflicts(self._folder, name, sheet)
            ]
            rows = [Row(key, cells) for key, cells in shown]
            pages = max(1, -(-len(keyed) // size))
            return SheetView(sheet.header, rows, pages, folder.digest(data), clashes)

        return await asyncio.to_thread(work)

    async def save(self, name: str, typed: Typed, seen: str, by: str) -> int:
        def work() -> int:
            sheet, data = self._sheet(name)
            new, notes = sheets.changed(sheet, typed.cells, typed.dropped, [typed.added])
            if notes:
                self._put(name, data, new, seen, by)
                sheets.note(self._folder, name, notes, sheets.written(new))
            return len(notes)

        return await asyncio.to_thread(work)

    async def settle(self, name: str, key: str, column: str, by: str, *, mine: bool) -> None:
        def work() -> None:
            found = sheets.found(self._folder, name, key, column)
            if not mine:
                sheets.forget(self._folder, name, key, column)
                return
            sheet, data = self._sheet(name)
            new = sheets.settled(sheet, found)
            self._put(name, data, new, folder.digest(data), by)
            note = (key, column, found.theirs, found.change.now)
            sheets.note(self._folder, name, [note], sheets.written(new))

        await asyncio.to_thread(work)

    def _sheet(self, name: str) -> tuple[Sheet, bytes]:
        if not name.lower().endswith(".csv"):
            raise InputError("sheets.no_sheet")
        data = folder.content(self._folder, name)
        return sheets.parsed(data), data

    def _put(self, name: str, before: bytes, sheet: Sheet, seen: str, by: str) -> None:
        """Write a sheet in which the catalogue finds nothing wrong that was not wrong before."""
        data = sheets.written(sheet)
        if wrong := self._wrong(name, data):
            known = {_told(each) for each in self._wrong(name, before)}
            if new := [each for each in wrong if _told(each) not in known]:
                raise InputError(new[0].key, **new[0].params)
        folder.put(self._folder, name, data, by=by, seen=seen)

    def _wrong(self, name: str, data: bytes) -> list[Problem]:
        token = folder.stage(self._folder, name, data)
        try:
            path = folder.staged(self._folder, token)[1]
            with self._reading:
                _, problems = documents.read_alone(self._folder, Source(path, name))
        finally:
            folder.unstage(self._folder, token)
        return [each for each in problems if each.severity == "error"]


def _told(problem: Problem) -> str:
    """A problem without its place, which moves with the rows above it."""
    return problem.message("en")
