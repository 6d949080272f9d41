"""Methods about the bot itself, its webhook, chats, members, topics and files."""

import re
from typing import Any

from tests.support.telegram.chats import Chat, Topic
from tests.support.telegram.errors import bad_request
from tests.support.telegram.methods import method
from tests.support.telegram.params import Params
from tests.support.telegram.world import Webhook, World

JSON = dict[str, Any]
_DOWNLOAD_LIMIT = 20 * 1024 * 1024
_LONGEST = {"MyDescription": 512, "MyShortDescription": 120, "MyName": 64}
_ADMIN_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
)


@method("getMe")
def get_me(world: World, params: Params) -> JSON:
    return world.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": True,
        "has_main_web_app": False,
    }


@method("setWebhook")
def set_webhook(world: World, params: Params) -> bool:
    url, secret = params.text("url"), params.get("secret_token")
    if not url:
        return delete_webhook(world, params)
    if secret is not None and len(secret) > 256:
        raise bad_request("secret token is too long")
    if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", secret):
        raise bad_request("secret token contains unallowed characters")
    # Telegram's own servers want https; a Bot API server of one's own, as here, takes http.
    if not re.match(r"https?://[^/\s]+", url):
        raise bad_request("bad webhook: Wrong HTTP URL")
    world.updates.allow(params.json("allowed_updates"))
    if params.flag("drop_pending_updates"):
        world.updates.clear()
    world.webhook = Webhook(url, secret, params.number("max_connections", 40))
    world.signal.fire()
    return True


@method("deleteWebhook")
def delete_webhook(world: World, params: Params) -> bool:
    world.webhook = None
    for pending in world.updates.waiting.values():
        pending.ready_at, pending.in_flight = 0, False
    if params.flag("drop_pending_updates"):
        world.updates.clear()
    world.signal.fire()
    return True


@method("getWebhookInfo")
def get_webhook_info(world: World, params: Params) -> JSON:
    webhook = world.webhook
    info: JSON = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.waiting),
    }
    if webhook is not None:
        info["max_connections"] = webhook.max_connections
        if webhook.last_error_at is not None:
            info["last_error_date"] = int(webhook.last_error_at)
            info["last_error_message"] = webhook.last_error
    if world.updates.allowed:
        info["allowed_updates"] = list(world.updates.allowed)
    return info


def _setting(name: str, field: str, empty: Any) -> None:
    """A pair setX / getX, kept by language and scope."""

    def key(params: Params) -> tuple[str, str, str]:
        scope = (params.json("scope") or {"type": "default"}) if name == "MyCommands" else {}
        return name, str(sorted(scope.items())), params.text("language_code")

    @method(f"set{name}")
    def set_it(world: World, params: Params) -> bool:
        value: Any = params.text(field)
        if len(value) > _LONGEST.get(name, len(value)):
            raise bad_request(f"{field} is too long")
        if isinstance(empty, list):
            value = params.json(field) or []
            for command in value:
                if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                    raise bad_request("BOT_COMMAND_INVALID")
                if not 1 <= len(command["description"]) <= 256:
                    raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        world.settings[key(params)] = value
        return True

    @method(f"get{name}")
    def get_it(world: World, params: Params) -> Any:
        value = world.settings.get(key(params), empty)
        return value if isinstance(empty, list) else {field: value}

    if isinstance(empty, list):

        @method(f"delete{name}")
        def delete_it(world: World, params: Params) -> bool:
            world.settings.pop(key(params), None)
            return True


_setting("MyCommands", "commands", [])
_setting("MyDescription", "description", "")
_setting("MyShortDescription", "short_description", "")
_setting("MyName", "name", "")


def _accept(world: World, params: Params) -> bool:
    return True


for _name in (
    "setChatMenuButton",
    "setMyDefaultAdministratorRights",
    "setMessageReaction",
    "pinChatMessage",
    "unpinChatMessage",
    "readBusinessMessage",
):
    method(_name)(_accept)


@method("getChat")
def get_chat(world: World, params: Params) -> JSON:
    gifts = dict.fromkeys(
        (
            "unlimited_gifts",
            "limited_gifts",
            "unique_gifts",
            "premium_subscription",
            "gifts_from_channels",
        ),
        False,
    )
    more = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}
    return world.find(params.text("chat_id")).json | more


def member(world: World, chat: Chat, user_id: int) -> JSON:
    status = chat.members.get(user_id, "left")
    user = world.bot if user_id == world.bot["id"] else world.users[user_id]
    found: JSON = {"status": status, "user": user}
    if status == "administrator":
        found |= dict.fromkeys(_ADMIN_RIGHTS, True) | {"is_anonymous": False}
    elif status == "creator":
        found |= {"is_anonymous": False}
    elif status == "kicked":
        found |= {"until_date": 0}
    return found


@method("getChatMember")
def get_chat_member(world: World, params: Params) -> JSON:
    chat, user_id = world.find(params.text("chat_id")), params.number("user_id")
    if user_id not in world.users and user_id != world.bot["id"]:
        raise bad_request("invalid user_id specified")
    return member(world, chat, user_id)


@method("getChatAdministrators")
def get_chat_administrators(world: World, params: Params) -> list[JSON]:
    chat = world.find(params.text("chat_id"))
    if not chat.is_group:
        raise bad_request("there are no administrators in the private chat")
    admins = [i for i, status in chat.members.items() if status in ("administrator", "creator")]
    return [member(world, chat, i) for i in admins if i != world.bot["id"]]


@method("getChatMemberCount")
def get_chat_member_count(world: World, params: Params) -> int:
    chat = world.find(params.text("chat_id"))
    return sum(status not in ("left", "kicked") for status in chat.members.values())


@method("leaveChat")
def leave_chat(world: World, params: Params) -> bool:
    chat = world.find(params.text("chat_id"))
    if not chat.is_group:
        raise bad_request("chat member status can't be changed in private chats")
    chat.members[world.bot["id"]] = "left"
    chat.blocked = True
    return True


@method("getBusinessConnection")
def get_business_connection(world: World, params: Params) -> JSON:
    connection = world.connections.get(params.text("business_connection_id"))
    if connection is None:
        raise bad_request("business connection not found")
    return connection


@method("getFile")
def get_file(world: World, params: Params) -> JSON:
    file_id = params.text("file_id")
    if file_id not in world.files:
        raise bad_request("invalid file_id")
    path, content = world.files[file_id]
    if len(content) > _DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    size = len(content)
    return {"file_id": file_id, "file_unique_id": path, "file_size": size, "file_path": path}


def _forum(world: World, params: Params) -> Chat:
    chat = world.find(params.text("chat_id"))
    world.reach(chat)
    if not chat.is_forum:
        raise bad_request("the chat is not a forum")
    if chat.members.get(world.bot["id"]) != "administrator":
        raise bad_request("not enough rights to create a topic")
    return chat


def _topic(chat: Chat, params: Params) -> Topic:
    topic = chat.topics.get(params.number("message_thread_id"))
    if topic is None:
        raise bad_request("TOPIC_ID_INVALID")
    return topic


@method("createForumTopic", budgeted=True)
def create_forum_topic(world: World, params: Params) -> JSON:
    chat, name = _forum(world, params), params.text("name").strip()
    if not 1 <= len(name) <= 128:
        raise bad_request("TOPIC_TITLE_EMPTY" if not name else "TOPIC_TITLE_TOO_LONG")
    world.spend(chat)
    return open_topic(world, chat, world.bot, name)


def open_topic(world: World, chat: Chat, sender: JSON, name: str) -> JSON:
    created = {"name": name, "icon_color": 7322096}
    message = world.message(chat, sender, {"forum_topic_created": created})
    thread_id = message["message_id"]
    message |= {"message_thread_id": thread_id, "is_topic_message": True}
    chat.topics[thread_id] = Topic(thread_id, name)
    return created | {"message_thread_id": thread_id}


@method("editForumTopic", budgeted=True)
def edit_forum_topic(world: World, params: Params) -> bool:
    chat = _forum(world, params)
    topic, name = _topic(chat, params), params.text("name")
    if name in ("", topic.name):
        raise bad_request("TOPIC_NOT_MODIFIED")
    world.spend(chat)
    topic.name = name
    return True


def set_closed(world: World, chat: Chat, sender: JSON, topic: Topic, closed: bool) -> JSON:
    """Close or reopen, with the service message that everybody sees."""
    topic.closed = closed
    place = {"message_thread_id": topic.thread_id, "is_topic_message": True}
    service = "forum_topic_closed" if closed else "forum_topic_reopened"
    return world.message(chat, sender, {service: {}, **place})


def _switch(name: str, closed: bool) -> None:
    @method(name, budgeted=True)
    def switch(world: World, params: Params) -> bool:
        chat = _forum(world, params)
        topic = _topic(chat, params)
        if topic.closed == closed:
            raise bad_request("TOPIC_NOT_MODIFIED")
        world.spend(chat)
        set_closed(world, chat, world.bot, topic, closed)
        return True


_switch("closeForumTopic", True)
_switch("reopenForumTopic", False)


@method("deleteForumTopic", budgeted=True)
def delete_forum_topic(world: World, params: Params) -> bool:
    chat = _forum(world, params)
    remove_topic(world, chat, _topic(chat, params))
    return True


def remove_topic(world: World, chat: Chat, topic: Topic) -> None:
    """With all that was said in it; Telegram tells no bot."""
    del chat.topics[topic.thread_id]
    for message in [m for m in chat.screen.values() if m.get("message_thread_id")]:
        if message["message_thread_id"] == topic.thread_id:
            chat.show("delete", message, world.bot["id"])
    world.signal.fire()
