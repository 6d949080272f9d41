"""The other side of the chat: what shoppers, agents and shop owners do, and what they see.

Tests read as chats: `await mia.writes("Hello")`, `await mia.sees("How can I help")`.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.support.telegram.chats import DRAFT_SECONDS, Chat, Line, buttons_of
from tests.support.telegram.markup import found_entities
from tests.support.telegram.sending import media
from tests.support.telegram.world import Query, World

JSON = dict[str, Any]
_PIXEL = b"\x89PNG\r\n\x1a\n" + bytes(64)


def user(world: World, user_id: int, first_name: str, language_code: str) -> JSON:
    person: JSON = {"id": user_id, "is_bot": False, "first_name": first_name}
    if language_code:
        person["language_code"] = language_code
    world.users[user_id] = person
    return person


@dataclass
class Seat:
    """One person in one chat with the bot. Every act returns the id of its message."""

    world: World
    chat: Chat
    person: JSON
    keyboard: JSON | None = None
    _seen: int = 0
    _own: list[int] = field(default_factory=list)

    # what they see

    @property
    def log(self) -> list[Line]:
        """Everything in the chat in order: messages, edits, deletions."""
        with self.world.lock:
            return list(self.chat.log)

    @property
    def bot_says(self) -> list[str]:
        """The bot's messages as they are on the screen now."""
        with self.world.lock:
            shown = {
                m: line for line in self.chat.log if (m := line.message_id) in self.chat.screen
            }
        return [line.text for line in shown.values() if line.from_bot]

    @property
    def drafts(self) -> list[str]:
        with self.world.lock:
            return [draft.text for draft in self.chat.drafts]

    @property
    def draft(self) -> str | None:
        """The preview that stands in the chat now."""
        with self.world.lock:
            draft = self.chat.draft
            fresh = draft and self.world.clock() - draft.at < DRAFT_SECONDS
            return draft.text if draft and fresh else None

    @property
    def actions(self) -> list[str]:
        with self.world.lock:
            return list(self.chat.actions)

    @property
    def notices(self) -> list[str]:
        """Answers to pressed buttons: the texts that pop up over the chat."""
        with self.world.lock:
            return [text for who, text, _ in self.world.answers if who == self.person["id"]]

    async def sees(self, substring: str, timeout: float = 30.0) -> Line:
        """The bot's next message or edit with these words, after the last one that was seen."""

        def check() -> tuple[int, Line] | None:
            for index, line in enumerate(self.chat.log[self._seen :], self._seen):
                if not line.from_bot or line.kind == "delete" or substring not in line.text:
                    continue
                if all(line.message.get(name) == value for name, value in self._where().items()):
                    return index, line
            return None

        found = await self.world.signal.until(check, timeout)
        if found is None:
            raise AssertionError(f"{substring!r} not seen in {timeout} s:\n{self.chat.transcript}")
        self._seen = found[0] + 1
        return found[1]

    async def sees_nothing(self, seconds: float = 0.5) -> None:
        """The bot stays silent from now on for so long."""
        start = len(self.chat.log)

        def check() -> Line | None:
            return next((line for line in self.chat.log[start:] if line.from_bot), None)

        line = await self.world.signal.until(check, seconds)
        if line is not None:
            raise AssertionError(f"the bot spoke: {line}\n{self.chat.transcript}")

    # what they do

    def _says(self, fields: JSON, reply_to: int | Line | None, thread_id: int | None) -> int:
        with self.world.lock:
            if reply_to is not None:
                original = reply_to if isinstance(reply_to, int) else reply_to.message_id
                fields["reply_to_message"] = self.chat.screen[original]
            elif thread_id is not None:
                fields["reply_to_message"] = self.chat.screen[thread_id]
            if thread_id is not None:
                fields |= {"message_thread_id": thread_id, "is_topic_message": True}
            self.chat.opened, self.chat.last_human_at = True, self.world.clock()
            message = self.world.message(self.chat, self.person, self._place() | fields)
            self._own.append(message["message_id"])
            if self._reaches_bot(message):
                self._emit("message", message)
            return int(message["message_id"])

    def _place(self) -> JSON:
        """Fields that all messages of this person have there."""
        return self._where()

    def _where(self) -> JSON:
        """Fields of all messages that this person sees."""
        return {}

    def _emit(self, kind: str, body: JSON) -> None:
        if self.chat.connection is not None:
            kind = {"message": "business_message", "edited_message": "edited_business_message"}[
                kind
            ]
        self.world.emit(kind, body, self.chat.queue)

    def _reaches_bot(self, message: JSON) -> bool:
        """Privacy mode: in a group a bot that is no admin hears only what is meant for it."""
        bot, chat = self.world.bot, self.chat
        if chat.blocked:
            return False
        if not chat.is_group or not self.world.privacy:
            return True
        if chat.members.get(bot["id"]) == "administrator":
            return True
        if message.get("reply_to_message", {}).get("from", {}).get("id") == bot["id"]:
            return True
        text = message.get("text", "")
        return f"@{bot['username']}".lower() in text.lower() or text.startswith("/")

    async def writes(
        self, text: str, *, reply_to: int | Line | None = None, thread_id: int | None = None
    ) -> int:
        return self._says({"text": text}, reply_to, thread_id)

    async def starts(self, payload: str = "") -> int:
        """Open the bot by a link, with `?start=payload` where there is one."""
        with self.world.lock:
            self.chat.blocked = False
        return self._says({"text": f"/start {payload}".strip()}, None, None)

    async def mentions_bot(self, text: str, *, thread_id: int | None = None) -> int:
        return self._says({"text": f"@{self.world.bot['username']} {text}"}, None, thread_id)

    async def forwards(self, text: str, author: str = "Somebody") -> int:
        """A message that somebody else wrote to this person."""
        date = int(self.world.clock())
        origin = {"type": "hidden_user", "sender_user_name": author, "date": date}
        return self._says({"text": text, "forward_origin": origin}, None, None)

    async def edits(self, text: str, message_id: int | None = None) -> int:
        """Change one's last text, or the one given."""
        with self.world.lock:
            texts = [i for i in self._own if "text" in self.chat.screen.get(i, {})]
            old = self.chat.screen[texts[-1] if message_id is None else message_id]
            new = old | {"text": text, "edit_date": int(self.world.clock())}
            new["entities"] = found_entities(text, [])
            self.chat.show("edit", new, self.world.bot["id"])
            self._emit("edited_message", new)
            return int(new["message_id"])

    async def touches(self, message_id: int | None = None) -> int:
        """Something about one's last text changes that is no word of it, such as its preview."""
        with self.world.lock:
            texts = [i for i in self._own if "text" in self.chat.screen.get(i, {})]
            old = self.chat.screen[texts[-1] if message_id is None else message_id]
            preview = {"is_disabled": True}
            new = old | {"edit_date": int(self.world.clock()), "link_preview_options": preview}
            self.chat.show("edit", new, self.world.bot["id"])
            self._emit("edited_message", new)
            return int(new["message_id"])

    async def sends_live_photo(self, caption: str = "", **place: Any) -> int:
        return await self._sends_file(
            "live_photo", "live.mp4", b"ftyp", {"caption": caption}, **place
        )

    async def sends_raw(self, fields: JSON) -> int:
        """A message with whatever fields Telegram will think of next."""
        return self._says(fields, None, None)

    async def recaptions(self, message_id: int, caption: str) -> int:
        """Change the words under a file."""
        with self.world.lock:
            old = self.chat.screen[message_id]
            new = old | {"caption": caption, "edit_date": int(self.world.clock())}
            self.chat.show("edit", new, self.world.bot["id"])
            self._emit("edited_message", new)
            return message_id

    async def _sends_file(
        self, kind: str, name: str, content: bytes, fields: JSON, **place: Any
    ) -> int:
        with self.world.lock:
            file = media(kind, self.world.store(kind, name, content))
        if kind == "document":
            file[kind] |= {"file_name": name}
        clean = {key: value for key, value in fields.items() if value}
        return self._says(file | clean, place.get("reply_to"), place.get("thread_id"))

    async def sends_photo(
        self, caption: str = "", content: bytes = _PIXEL, *, album: str = "", **place: Any
    ) -> int:
        """`album`: photos with the same one were sent together. `place`: reply_to, thread_id."""
        fields = {"caption": caption, "media_group_id": album}
        return await self._sends_file("photo", "photo.png", content, fields, **place)

    async def sends_document(
        self,
        name: str = "invoice.pdf",
        content: bytes = b"%PDF-1.7",
        caption: str = "",
        **place: Any,
    ) -> int:
        return await self._sends_file("document", name, content, {"caption": caption}, **place)

    async def sends_voice(self, content: bytes = b"OggS", **place: Any) -> int:
        return await self._sends_file("voice", "voice.oga", content, {}, **place)

    async def sends_sticker(self, **place: Any) -> int:
        return await self._sends_file("sticker", "sticker.webp", b"RIFF", {}, **place)

    async def sends_video(self, caption: str = "", **place: Any) -> int:
        return await self._sends_file("video", "video.mp4", b"ftyp", {"caption": caption}, **place)

    async def sends_location(self) -> int:
        return self._says({"location": {"latitude": 51.92, "longitude": 4.48}}, None, None)

    async def shares_contact(self, own: bool = True, phone: str = "+31600000000") -> int:
        """The own contact carries the own user id; another's carries another's."""
        user_id = self.person["id"] if own else self.person["id"] + 1
        name = self.person["first_name"] if own else "Somebody"
        contact = {"phone_number": phone, "first_name": name, "user_id": user_id}
        return self._says({"contact": contact}, None, None)

    async def presses(self, button: str, timeout: float = 30.0, *, taps: int = 1) -> str:
        """Press the newest button with this text or data; the callback query's id.

        A button of the keyboard under the chat writes its text, or shares the contact it asks for.
        Several `taps` come so quickly that none of them has seen what became of the one before.
        """

        def check() -> tuple[JSON, JSON] | None:
            for message in reversed(list(self.chat.screen.values())):
                markup = message.get("reply_markup", {})
                under = [
                    b if isinstance(b, dict) else {"text": b}
                    for row in markup.get("keyboard", [])
                    for b in row
                ]
                for found in [b for row in buttons_of(message) for b in row] + under:
                    if button in (found["text"], found.get("callback_data")):
                        return message, found
            return None

        found = await self.world.signal.until(check, timeout)
        if found is None:
            raise AssertionError(f"no button {button!r}:\n{self.chat.transcript}")
        message, pressed = found
        if "inline_keyboard" not in message["reply_markup"]:
            if pressed.get("request_contact"):
                return str(await self.shares_contact())
            return str(await self.writes(pressed["text"]))
        if "callback_data" not in pressed:
            raise AssertionError(f"the button {button!r} opens {pressed.get('url')}")
        for _ in range(taps):
            query_id = self._query(message, pressed["callback_data"])
        return query_id

    def _query(self, message: JSON, data: str) -> str:
        with self.world.lock:
            query_id = str(7_000_000 + self.world.number())
            now = self.world.clock()
            self.world.queries[query_id] = Query(self.chat, self.person["id"], now)
            query = {
                "id": query_id,
                "from": self.person,
                "message": message,
                "chat_instance": str(self.chat.id),
                "data": data,
            }
            self.world.emit("callback_query", query, f"user:{self.person['id']}")
        return query_id


class PrivateChat(Seat):
    """A person alone with the bot."""

    def _membership(self, old: str, new: str) -> None:
        with self.world.lock:
            self.chat.blocked = new == "kicked"
            change = {
                "chat": self.chat.json,
                "from": self.person,
                "date": int(self.world.clock()),
                "old_chat_member": {"status": old, "user": self.world.bot, "until_date": 0},
                "new_chat_member": {"status": new, "user": self.world.bot, "until_date": 0},
            }
            self.world.emit("my_chat_member", change, self.chat.queue)

    async def blocks_bot(self) -> None:
        self._membership("member", "kicked")

    async def unblocks_bot(self) -> None:
        self._membership("kicked", "member")
