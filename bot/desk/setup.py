"""Where the desk meets the shop's own file, `shop.yaml`, and how far a new shop has come."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlmodel import Session, col, func, select

from bot.database.db import Database
from bot.database.tables import ConversationRow, InboxRow, TurnRow
from bot.desk.pages.setups import COLOUR, SETTINGS, ChannelView, SetupView, Started
from bot.errors import BuildError, InputError
from bot.knowledge import builds, documents, folder, shop_file
from bot.knowledge.index import CurrentIndex
from bot.knowledge.readers.source import Source
from bot.knowledge.shop_file import FILE, Value
from bot.types import ChannelState

_LANGUAGES = ("en", "zh")
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_MOST_DAYS = 3650


@dataclass(frozen=True)
class ShopSetup:
    """`setups.Setup`. `given` are the shop's settings that the environment says, `states` how
    each channel stands that runs here, `telegram` whether it has a token."""

    db: Database
    knowledge_dir: Path
    index_dir: Path
    index: CurrentIndex
    given: Mapping[str, str]
    states: Mapping[str, Callable[[], ChannelState]]
    telegram: bool
    public_url: str

    async def view(self) -> SetupView:
        text, known = await asyncio.to_thread(shop_file.read, self.knowledge_dir)
        last, answered = await self.db.query(_heard)
        values, fixed = _form(known), {name: said for name, said in self.given.items() if said}
        channels = [
            ChannelView("web", True, None, last.get("web")),
            ChannelView("telegram", self.telegram, self._state("telegram"), last.get("telegram")),
        ]
        started = await asyncio.to_thread(
            self._started, bool(values["shop_name"] or fixed.get("shop_name")), answered
        )
        seen = folder.digest(text.encode()) if text else ""
        return SetupView(values, seen, fixed, channels, started, self.public_url)

    async def save(self, values: Mapping[str, str], seen: str, by: str) -> None:
        await asyncio.to_thread(self._save, values, seen, by)

    def _save(self, values: Mapping[str, str], seen: str, by: str) -> None:
        text, known = shop_file.read(self.knowledge_dir)
        values = {**_form(known), **values}
        if not known.get("colour") and values["colour"] == COLOUR:
            values["colour"] = ""  # a browser sends one in any case
        _check(values)
        data = shop_file.changed(text, _fields(values, known)).encode() or None
        if data is not None:
            token = folder.stage(self.knowledge_dir, FILE, data)
            try:
                path = folder.staged(self.knowledge_dir, token)[1]
                _, problems = documents.read_alone(self.knowledge_dir, Source(path, FILE))
            finally:
                folder.unstage(self.knowledge_dir, token)
            if wrong := [each for each in problems if each.severity == "error"]:
                raise InputError(wrong[0].key, **wrong[0].params)
        folder.put(self.knowledge_dir, FILE, data, by=by, seen=seen)

    def _state(self, name: str) -> ChannelState | None:
        return self.states[name]() if name in self.states else None

    def _started(self, named: bool, answered: bool) -> Started:
        files = documents.files(self.knowledge_dir) if self.knowledge_dir.is_dir() else ()
        fed = any(isinstance(each, Source) and each.name != FILE for each in files)
        question = ""
        try:
            built = builds.current_id(self.index_dir) is not None
            entries = self.index.get().entries.values() if built else ()
            question = next((each.question for each in entries if each.kind == "faq"), "")
        except BuildError:
            built = False
        return Started(named, fed, built, answered, question)


def _heard(session: Session) -> tuple[dict[str, datetime], bool]:
    """When each channel last heard a shopper, and whether the bot has answered anybody."""
    query = (
        select(ConversationRow.channel, func.max(InboxRow.received_at))
        .join(InboxRow, col(InboxRow.conversation_id) == ConversationRow.id)
        .group_by(ConversationRow.channel)
    )
    answered = session.exec(select(TurnRow.id).where(TurnRow.author == "bot").limit(1)).first()
    return dict(session.exec(query).all()), answered is not None


def _form(known: Mapping[str, object]) -> dict[str, str]:
    """The file's fields as the form has them."""
    found = {name: _text(known.get(name)) for name in (*SETTINGS, "colour")}
    for name in ("greeting", "tone", "starters"):
        said = known.get(name)
        for language in _LANGUAGES:
            found[f"{name}_{language}"] = _text(
                said.get(language) if isinstance(said, dict) else said
            )
    return found


def _text(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(map(_text, value))
    return value.strip() if isinstance(value, str) else ""


def _fields(values: Mapping[str, str], known: Mapping[str, object]) -> dict[str, Value]:
    """The form as the file has it; what is as before stays as it is written there."""
    before = _form(known)
    fields: dict[str, Value] = {
        name: values[name].strip()
        for name in (*SETTINGS, "colour")
        if values[name].strip() != before[name]
    }
    for name in ("greeting", "tone", "starters"):
        said = {each: values[f"{name}_{each}"].strip() for each in _LANGUAGES}
        if all(said[each] == before[f"{name}_{each}"] for each in _LANGUAGES):
            continue
        if name == "starters":
            fields[name] = {each: _lines(text) for each, text in said.items() if _lines(text)}
        else:
            fields[name] = {each: text for each, text in said.items() if text}
    return fields


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _check(values: Mapping[str, str]) -> None:
    """`InputError` for what is not read from the file by the index, but by the next start."""
    days, colour, zone = (values[each].strip() for each in ("return_days", "colour", "timezone"))
    if days and not (days.isascii() and days.isdecimal() and int(days[:6]) <= _MOST_DAYS):
        raise InputError("setup.bad_days", most=_MOST_DAYS)
    if colour and not _COLOUR.fullmatch(colour):
        raise InputError("setup.bad_colour")
    if len(values["shop_name"].strip()) > 80:
        raise InputError("setup.long_name", most=80)
    try:
        if zone:
            ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError("setup.bad_zone", zone=zone[:60]) from error
