"""A mail server for tests: real SMTP over a socket, as RFC 5321 says, with a few ways to refuse."""

import socketserver
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import trustme


class MailServer(socketserver.ThreadingTCPServer):
    """Keeps the letters it took in `letters`. `password` asks for a login with it; `refuse` names a
    command that is answered with an error ("RCPT", "MAIL", "DATA"). With a `certificate` it speaks
    TLS: from the first byte on when `implicit`, else by STARTTLS."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(
        self,
        *,
        password: str = "",
        refuse: str = "",
        certificate: Path | None = None,
        implicit: bool = False,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.tls: ssl.SSLContext | None = None
        if certificate is not None:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate)
        self.implicit = implicit
        self.verbs: list[str] = []
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.password = password
        self.refuse = refuse

    @property
    def url(self) -> str:
        scheme = "smtps" if self.implicit else "smtp"
        return f"{scheme}://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that does not trust us hangs up: nothing to print."""


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        secure = False
        if self.server.implicit:
            secure = self._encrypt()
        self._say("220 test ready")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            self.server.verbs.append(verb)
            if verb == self.server.refuse:
                self._say("550 not here")
            elif verb in ("EHLO", "HELO"):
                self._say("250-test")
                if self.server.tls and not secure:
                    self._say("250-STARTTLS")
                self._say("250 AUTH PLAIN" if self.server.password else "250 test")
            elif verb == "STARTTLS":
                self._say("220 go on")
                secure = self._encrypt()
            elif verb == "AUTH":
                right = b64decode(line.split()[2]).decode().split("\0")[2] == self.server.password
                self._say("235 welcome" if right else "535 wrong")
            elif verb == "RCPT":
                self.server.recipients.append(line.partition("<")[2].partition(">")[0])
                self._say("250 ok")
            elif verb == "DATA":
                self._take()
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _encrypt(self) -> bool:
        assert self.server.tls is not None
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.setup()
        return True

    def _take(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        letter = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.server.letters.append(letter)
        self._say("250 taken")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server(
    *,
    password: str = "",
    refuse: str = "",
    certificate: Path | None = None,
    implicit: bool = False,
) -> Iterator[MailServer]:
    """A running server on a free port."""
    with MailServer(
        password=password, refuse=refuse, certificate=certificate, implicit=implicit
    ) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def own_certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key and the authority that signed it, in one file."""
    authority, file = trustme.CA(), folder / "certificate.pem"
    ours = authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem
    file.write_bytes(ours.bytes() + authority.cert_pem.bytes())
    return file
