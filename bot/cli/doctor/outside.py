"""The part of `bot doctor` that asks others: orders' source, mail server, models, Telegram.

It orders nothing, sends nothing and has nothing written; what this machine itself has, `machine.py`
looks at.
"""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from bot.app import mailer_of, order_source
from bot.cli.doctor.findings import Finding, Severity
from bot.customers import mail
from bot.errors import DeliveryError, DeskhandError, ModelError, SettingsError
from bot.settings import Settings
from bot.types import now

CLOCK_OFF = timedelta(seconds=30)
_RECENT = timedelta(hours=1)  # a failure of a webhook that is older may be mended long ago
_MANY = 100  # updates that wait: as many as Telegram hands over at once


def orders(settings: Settings) -> Iterator[Finding]:
    """The live source of orders, if there is one: set up rightly, and answering."""
    try:
        source = order_source(settings)
        if source is None:
            return
        source.check()
    except DeskhandError as error:
        yield Finding("orders", "error", error)
        return
    yield Finding("orders", "ok", "orders_ok", {"source": source.name})


def letters(settings: Settings) -> Iterator[Finding]:
    """The mail server for codes, if there is one: it lets us in. No letter is sent."""
    try:
        mailer = mailer_of(settings)
        if mailer is None:
            yield Finding("mail", "ok", "mail_none")
            return
        encrypted = mailer.check()
    except (SettingsError, DeliveryError) as error:
        yield Finding("mail", "error", error)
        return
    if isinstance(mailer, mail.Folder):
        yield Finding("mail", "warning", "mail_folder", {"folder": mailer.path})
    elif isinstance(mailer, mail.Smtp):
        found: tuple[Severity, str] = ("ok", "mail_ok") if encrypted else ("warning", "mail_plain")
        yield Finding("mail", *found, {"host": mailer.host})


def model(settings: Settings) -> Iterator[Finding]:
    """Whether the models of the settings could be asked, in the order of their turn."""
    if settings.bot_llm == "none":
        yield Finding("model", "ok", "model_none")
        return
    from bot.writing.models import (
        probe,  # it needs libraries that a bot without a model never loads
    )

    for name in dict.fromkeys([settings.bot_llm, settings.bot_llm_fallback]):
        if name == "none" or (name.startswith("openai:") and keyless(settings)):
            continue  # the check of the secrets says that
        try:
            found = probe.check(name, settings.openai_api_key, settings.openai_base_url)
        except ModelError as error:
            yield Finding("model", "error", error)
            continue
        yield Finding("model", "ok" if found == "model_ok" else "warning", found, {"model": name})


def telegram(settings: Settings) -> Iterator[Finding]:
    """Whether Telegram knows the bot, and hands its updates to us and not somewhere else."""
    if settings.telegram_bot_token is None:
        yield Finding("telegram", "ok", "telegram_none")
        return
    from bot.channels.telegram import probe as telegram_probe  # its library takes a while to load
    from bot.channels.telegram.webhook import PATH

    try:
        token = settings.telegram_bot_token.get_secret_value()
        seen = telegram_probe.check(token, settings.telegram_api_base_url)
    except DeliveryError as error:
        yield Finding("telegram", "error", error)
        return
    yield Finding(
        "telegram",
        "ok" if seen.waiting <= _MANY else "warning",
        "telegram_ok" if seen.waiting <= _MANY else "telegram_waiting",
        {"bot": f"@{seen.username}", "waiting": seen.waiting},
    )
    public = settings.bot_public_url if settings.secure else None
    ours = f"{public.rstrip('/')}{PATH}" if public else ""
    if seen.webhook not in ("", ours):
        where = urlsplit(seen.webhook).hostname or "?"
        yield Finding("telegram_webhook", "warning", "telegram_elsewhere", {"host": where})
    elif seen.webhook and seen.failed_at and now() - seen.failed_at < _RECENT:
        yield Finding("telegram_webhook", "warning", "telegram_failing", {"reason": seen.failed})
    if seen.time is not None and (off := abs(now() - seen.time)) > CLOCK_OFF:
        seconds = int(off.total_seconds())
        yield Finding("telegram_clock", "warning", "telegram_clock_off", {"seconds": seconds})


def keyless(settings: Settings) -> bool:
    """Whether an openai: model could not be asked for want of a key or a server of one's own."""
    return settings.openai_api_key is None and settings.openai_base_url is None
