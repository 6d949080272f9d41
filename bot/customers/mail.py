"""One letter out: by SMTP, or as a file in a folder while developing.

Vendor errors become ours. It blocks: whoever calls it does so off the event loop. It retries
nothing, stores nothing and logs no address. `check` does all but send, for `bot doctor`.
"""

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import uuid4

from bot.database import private
from bot.errors import DeliveryError, SettingsError

TIMEOUT = 15.0  # seconds for each step of a delivery
_AGAIN = 5.0
_PORTS = {"smtp": 587, "smtps": 465}


class Mailer(Protocol):
    """Sends letters; raises `DeliveryError` when it could not."""

    def send(self, to: str, subject: str, text: str) -> None: ...

    def check(self) -> bool:
        """Do all but send; `DeliveryError` as from `send`. False: letters go out unencrypted."""


@dataclass(frozen=True)
class Folder:
    """Letters as files that only this machine's user may read: for development."""

    path: Path
    sender: str

    def send(self, to: str, subject: str, text: str) -> None:
        try:
            private.folder(self.path)
            file = self.path / f"{uuid4()}.eml"
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                out.write(bytes(_letter(self.sender, to, subject, text)))
        except OSError as error:
            raise DeliveryError("mail.not_written", _AGAIN, folder=self.path) from error

    def check(self) -> bool:
        there = next(each for each in (self.path, *self.path.absolute().parents) if each.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise DeliveryError("mail.not_written", _AGAIN, folder=self.path)
        return True

    def forget(self, to: str) -> None:
        """Delete the letters to this address."""
        for file in self.path.glob("*.eml"):
            letter = message_from_bytes(file.read_bytes(), policy=policy.default)
            if str(letter["To"]).casefold() == to.casefold():
                file.unlink(missing_ok=True)


@dataclass(frozen=True)
class Smtp:
    """A mail server. Passwords go out over TLS alone, except to this machine itself."""

    host: str
    port: int
    tls: bool
    user: str
    password: str
    sender: str

    def send(self, to: str, subject: str, text: str) -> None:
        letter = _letter(self.sender, to, subject, text)
        with self._open() as server:
            server.send_message(letter)

    def check(self) -> bool:
        with self._open() as server:
            encrypted = isinstance(server.sock, ssl.SSLSocket) or self._here
            name = parseaddr(self.sender)[1]
            code, said = server.mail(name)
            if code != 250:
                raise smtplib.SMTPSenderRefused(code, said, name)
            server.rset()
        return encrypted

    @property
    def _here(self) -> bool:
        return self.host in ("localhost", "127.0.0.1", "::1")

    @contextmanager
    def _open(self) -> Iterator[smtplib.SMTP]:
        """A server that has let us in; vendor errors, also those of the block, become ours."""
        try:
            with self._connect() as server:
                if not self.tls and server.has_extn("starttls"):
                    server.starttls(context=ssl.create_default_context())
                    server.ehlo()
                elif not self.tls and self.user and not self._here:
                    raise DeliveryError("mail.no_tls", None, host=self.host)
                if self.user:
                    server.login(self.user, self.password)
                yield server
        except smtplib.SMTPAuthenticationError as error:
            raise DeliveryError("mail.refused_login", _AGAIN, host=self.host) from error
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryError("mail.no_login", _AGAIN, host=self.host) from error
        except smtplib.SMTPSenderRefused as error:
            raise DeliveryError("mail.refused_sender", _AGAIN, host=self.host) from error
        except smtplib.SMTPRecipientsRefused as error:
            raise DeliveryError("mail.refused_address", None) from error
        except ssl.SSLCertVerificationError as error:
            reason = error.verify_message
            raise DeliveryError(
                "mail.bad_certificate", _AGAIN, host=self.host, reason=reason
            ) from error
        except ssl.SSLError as error:
            raise DeliveryError("mail.bad_tls", _AGAIN, host=self.host, port=self.port) from error
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryError(
                "mail.unreachable", _AGAIN, host=self.host, port=self.port
            ) from error

    def _connect(self) -> smtplib.SMTP:
        if self.tls:
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        server.ehlo()
        return server


def mailer(url: str, sender: str) -> Mailer:
    """From BOT_SMTP_URL: smtp://user:password@host:587, smtps://…:465, or file:FOLDER.

    `SettingsError` for anything else.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and (folder := parts.netloc + parts.path):
        return Folder(Path(folder), sender)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise SettingsError("mail.bad_url", name="BOT_SMTP_URL")
    return Smtp(
        host=parts.hostname,
        port=_port(parts),
        tls=parts.scheme == "smtps",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        sender=sender,
    )


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise SettingsError("mail.bad_url", name="BOT_SMTP_URL") from error


def _letter(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, to, subject
    letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain="deskhand.invalid")
    letter["Auto-Submitted"] = "auto-generated"  # no out-of-office notice comes back
    letter.set_content(text)
    return letter
