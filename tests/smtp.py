"""A mail server for tests: real SMTP over a socket, as RFC 5321 says, with a few ways to refuse."""

import socketserver
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailServer(socketserver.ThreadingTCPServer):
    """Keeps the letters it took in `letters`. `password` asks for a login with it; `refuse` names a
    command that is answered with an error ("RCPT", "MAIL", "DATA")."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, *, password: str = "", refuse: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.password = password
        self.refuse = refuse

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self._say("220 test ready")
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == self.server.refuse:
                self._say("550 not here")
            elif verb in ("EHLO", "HELO"):
                if self.server.password:
                    self._say("250-test")
                self._say("250 AUTH PLAIN" if self.server.password else "250 test")
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
def mail_server(*, password: str = "", refuse: str = "") -> Iterator[MailServer]:
    """A running server on a free port."""
    with MailServer(password=password, refuse=refuse) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
