"""Methods that put something into a chat, change it or take it away."""

from typing import Any

from tests.support.telegram.chats import MEDIA, Chat, Draft
from tests.support.telegram.errors import ApiError, bad_request
from tests.support.telegram.markup import MarkupError, parse_html, tidy, utf16
from tests.support.telegram.methods import method
from tests.support.telegram.params import Params
from tests.support.telegram.world import World

JSON = dict[str, Any]
TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
FILE_LIMIT = 50 * 1024 * 1024
_ACTIONS = (
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
)


def read_text(params: Params, name: str, entities: str) -> tuple[str, list[JSON]]:
    """Text after parsing and trimming, with its entities."""
    text, mode = params.text(name), params.text("parse_mode").lower()
    if mode == "html":
        try:
            return tidy(*parse_html(text))
        except MarkupError as error:
            raise bad_request(f"can't parse entities: {error}") from None
    if mode:
        raise bad_request("unsupported parse_mode")
    return tidy(text.replace("\r", ""), params.json(entities) or [])


def full_text(params: Params, too_long: str = "message is too long") -> tuple[str, list[JSON]]:
    text, entities = read_text(params, "text", "entities")
    if not text:
        raise bad_request("message text is empty")
    if utf16(text) > TEXT_LIMIT:
        raise bad_request(too_long)
    return text, entities


def caption(params: Params) -> JSON:
    text, entities = read_text(params, "caption", "caption_entities")
    if utf16(text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return {"caption": text, **({"caption_entities": entities} if entities else {})} if text else {}


def keyboard(params: Params) -> JSON | None:
    """The markup as given, once every inline button has passed Telegram's checks."""
    markup: JSON | None = params.json("reply_markup")
    prefix = "can't parse inline keyboard button: "
    for row in (markup or {}).get("inline_keyboard", []):
        for button in row:
            data = button.get("callback_data")
            if not button.get("text"):
                raise bad_request(f'{prefix}Field "text" must be a non-empty String')
            if data is None and not button.get("url") and len(button) < 2:
                raise bad_request(f"{prefix}Text buttons are unallowed in the inline keyboard")
            if data is not None and not 1 <= len(data.encode()) <= 64:
                raise bad_request("BUTTON_DATA_INVALID")
            url = button.get("url", "https://")
            if not url.startswith(("https://", "http://", "tg://")):
                raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return markup


def target(world: World, params: Params) -> Chat:
    chat = world.find(params.text("chat_id"), params.get("business_connection_id"))
    world.reach(chat)
    return chat


def thread(world: World, chat: Chat, params: Params) -> JSON:
    """Fields of a message in a topic; the topic must still be there."""
    thread_id = params.number("message_thread_id")
    if not thread_id:
        return {}
    topic = chat.topics.get(thread_id)
    if topic is None:
        raise bad_request("message thread not found")
    if topic.closed and chat.members.get(world.bot["id"]) != "administrator":
        raise bad_request("TOPIC_CLOSED")
    # As in Telegram: whatever is said in a topic answers the message that opened it.
    opener = chat.screen.get(thread_id)
    fields: JSON = {"message_thread_id": thread_id, "is_topic_message": True}
    return fields | ({"reply_to_message": opener} if opener else {})


def direct_topic(chat: Chat, params: Params) -> JSON:
    """The field of a message in a channel's direct messages; nothing is said there outside of a
    topic, and topics are nowhere else."""
    topic_id = params.number("direct_messages_topic_id")
    if chat.is_direct_messages and topic_id not in chat.directs:
        raise bad_request("DIRECT_MESSAGES_TOPIC_REQUIRED" if not topic_id else "TOPIC_ID_INVALID")
    if not chat.is_direct_messages and topic_id:
        raise bad_request("the chat is not a direct messages chat")
    if not chat.is_direct_messages:
        return {}
    return {"direct_messages_topic": {"topic_id": topic_id, "user": chat.directs[topic_id]}}


def reply(chat: Chat, params: Params) -> JSON:
    wanted = params.json("reply_parameters") or {}
    if params.number("reply_to_message_id"):
        wanted = {"message_id": params.number("reply_to_message_id")}
    if not wanted:
        return {}
    original = chat.screen.get(int(wanted["message_id"]))
    if original is None:
        if wanted.get("allow_sending_without_reply") or params.flag("allow_sending_without_reply"):
            return {}
        raise bad_request("message to be replied not found")
    return {"reply_to_message": {k: v for k, v in original.items() if k != "reply_to_message"}}


def deliver(world: World, chat: Chat, params: Params, fields: JSON) -> JSON:
    """Check what all messages have in common, pay for it, and post."""
    markup = keyboard(params)
    asks = [b for row in (markup or {}).get("keyboard", []) for b in row if isinstance(b, dict)]
    if any(b.get("request_contact") for b in asks) and (chat.is_group or chat.connection):
        raise bad_request("phone number can be requested in private chats only")
    place = thread(world, chat, params) | direct_topic(chat, params)
    fields = place | reply(chat, params) | fields
    world.spend(chat)
    if markup and "inline_keyboard" in markup:
        fields["reply_markup"] = markup
    sender = world.bot
    if chat.connection is not None:
        sender = world.connections[chat.connection]["user"]
        fields["sender_business_bot"] = world.bot
    message = world.message(chat, sender, fields)
    if markup and markup.get("remove_keyboard"):
        chat.drop_keyboards()
    elif markup and "inline_keyboard" not in markup:
        # Shown under the chat, not part of the message that the API gives back.
        chat.screen[message["message_id"]] = message | {"reply_markup": markup}
    return message


@method("sendMessage", budgeted=True)
def send_message(world: World, params: Params) -> JSON:
    text, entities = full_text(params)
    chat = target(world, params)
    fields = {
        "text": text,
        "entities": entities,
        "link_preview_options": params.json("link_preview_options"),
    }
    return deliver(world, chat, params, fields)


@method("sendMessageDraft", budgeted=True)
def send_message_draft(world: World, params: Params) -> bool:
    text, entities = read_text(params, "text", "entities")
    if utf16(text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    chat = target(world, params)
    if chat.is_group or chat.connection is not None:
        raise bad_request("TEXTDRAFT_PEER_INVALID")
    if not params.number("draft_id"):
        raise bad_request("draft_id must be non-zero")
    thread(world, chat, params)
    world.spend(chat, "draft")
    chat.draft = Draft(params.number("draft_id"), text, world.clock(), entities)
    chat.drafts.append(chat.draft)
    world.signal.fire()
    return True


def _media(kind: str) -> None:
    @method(f"send{kind.title().replace('_', '')}", budgeted=True)
    def send(world: World, params: Params) -> JSON:
        chat = target(world, params)
        fields = caption(params)
        upload = params.upload(kind)
        file: JSON
        if upload is not None:
            if not upload.content:
                raise bad_request("file must be non-empty")
            if len(upload.content) > FILE_LIMIT:
                raise ApiError(413, "Request Entity Too Large")
            file = world.store(kind, upload.name, upload.content) | {"file_name": upload.name}
        elif params.text(kind) in world.files:
            size = len(world.files[params.text(kind)][1])
            file = {"file_id": params.text(kind), "file_unique_id": "known", "file_size": size}
        else:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return deliver(world, chat, params, fields | media(kind, file))


def media(kind: str, file: JSON) -> JSON:
    """The field of a message that holds a file, with what its kind must say."""
    if kind == "live_photo":  # a short film with its still picture, which old programs take for it
        still = media("photo", file)["photo"]
        film = file | {"duration": 3, "width": 800, "height": 600, "photo": still}
        return {"live_photo": film, "photo": still}
    if kind == "photo":
        return {"photo": [file | {"width": 90, "height": 67}, file | {"width": 800, "height": 600}]}
    kinds: dict[str, JSON] = {
        "voice": {"duration": 4, "mime_type": "audio/ogg"},
        "audio": {"duration": 4},
        "video": {"duration": 4, "width": 640, "height": 360},
        "animation": {"duration": 4, "width": 640, "height": 360},
        "video_note": {"duration": 4, "length": 240},
        "sticker": {
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": "👍",
        },
    }
    return {kind: file | kinds.get(kind, {})}


for _kind in MEDIA:
    _media(_kind)


def _own(world: World, params: Params, verb: str) -> tuple[Chat, JSON]:
    """A message of the bot that is still there."""
    chat = world.find(params.text("chat_id"), params.get("business_connection_id"))
    world.reach(chat)
    message = chat.screen.get(params.number("message_id"))
    if message is None:
        raise bad_request(f"message to {verb} not found")
    sender = message.get("sender_business_bot") or message["from"]
    if sender["id"] != world.bot["id"]:
        raise bad_request(f"message can't be {verb}ed" if verb == "edit" else "not yours")
    return chat, message


def _edit(world: World, params: Params, fields: JSON, *drop: str) -> JSON:
    chat, old = _own(world, params, "edit")
    markup = keyboard(params)
    kept = {k: v for k, v in old.items() if k not in (*drop, "reply_markup", "edit_date")}
    new = kept | {k: v for k, v in fields.items() if v}
    if markup and markup.get("inline_keyboard"):
        new["reply_markup"] = markup
    if new == {k: v for k, v in old.items() if k != "edit_date"}:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )
    world.spend(chat)
    new["edit_date"] = int(world.clock())
    chat.show("edit", new, world.bot["id"])
    world.signal.fire()
    return new


@method("editMessageText", budgeted=True)
def edit_message_text(world: World, params: Params) -> JSON:
    text, entities = full_text(params, "MESSAGE_TOO_LONG")
    options = params.json("link_preview_options")
    fields = {"text": text, "entities": entities, "link_preview_options": options}
    return _edit(world, params, fields, "text", "entities", "link_preview_options")


@method("editMessageCaption", budgeted=True)
def edit_message_caption(world: World, params: Params) -> JSON:
    return _edit(world, params, caption(params), "caption", "caption_entities")


@method("editMessageReplyMarkup", budgeted=True)
def edit_message_reply_markup(world: World, params: Params) -> JSON:
    return _edit(world, params, {})


@method("deleteMessage")
def delete_message(world: World, params: Params) -> bool:
    chat = world.find(params.text("chat_id"))
    message = chat.screen.get(params.number("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    own = message["from"]["id"] == world.bot["id"]
    may = own or not chat.is_group or chat.members.get(world.bot["id"]) == "administrator"
    if not may or world.clock() - message["date"] > 48 * 3600:
        raise bad_request("message can't be deleted for everyone")
    chat.show("delete", message, world.bot["id"])
    world.signal.fire()
    return True


@method("copyMessage", budgeted=True)
def copy_message(world: World, params: Params) -> JSON:
    message = _repeat(world, params, "copy")
    return {"message_id": message["message_id"]}


@method("forwardMessage", budgeted=True)
def forward_message(world: World, params: Params) -> JSON:
    return _repeat(world, params, "forward")


def _repeat(world: World, params: Params, verb: str) -> JSON:
    chat = target(world, params)
    source = world.find(params.text("from_chat_id"))
    original = source.screen.get(params.number("message_id"))
    if original is None:
        raise bad_request(f"message to {verb} not found")
    kinds = ("text", "entities", "caption", "caption_entities", "contact", "location", *MEDIA)
    fields = {k: v for k, v in original.items() if k in kinds}
    if not fields:
        raise bad_request(f"message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    if verb == "forward":
        origin = {"type": "user", "date": original["date"], "sender_user": original["from"]}
        fields["forward_origin"] = origin
    elif params.get("caption") is not None:
        fields = {k: v for k, v in fields.items() if not k.startswith("caption")} | caption(params)
    return deliver(world, chat, params, fields)


@method("sendChatAction", budgeted=True)
def send_chat_action(world: World, params: Params) -> bool:
    chat = target(world, params)
    if chat.is_direct_messages:
        raise bad_request("chat actions can't be sent to channel direct messages chats")
    if params.text("action") not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    thread(world, chat, params) if params.number("message_thread_id") != 1 else {}
    chat.actions.append(params.text("action"))
    world.signal.fire()
    return True


@method("answerCallbackQuery")
def answer_callback_query(world: World, params: Params) -> bool:
    query = world.queries.get(params.text("callback_query_id"))
    if query is None or world.clock() - query.at > world.callback_seconds:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if len(params.text("text")) > 200:
        raise bad_request("MESSAGE_TOO_LONG")
    world.queries.pop(params.text("callback_query_id"))
    world.answers.append((query.user_id, params.text("text"), params.flag("show_alert")))
    world.signal.fire()
    return True
