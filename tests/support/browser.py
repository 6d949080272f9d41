"""A real browser and real servers, for tests of what people see and press.

The browser is the system's Chromium driven by Playwright, which downloads none of its own. Servers
are processes of their own, so that they can be killed and started again on the same database:
`WebShop` is a small one around the web channel, `Served` is `bot serve` itself.
"""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Error, FrameLocator, Page, expect, sync_playwright

from bot.tickets import first_password
from tests.proofs.servers import ROOT, START_TIMEOUT, clean_environment, free_port

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless; skips the test where there is none.

    Use it for as short as one module: while it is open, no event loop can run in this thread.
    """
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    # Chromium's sandbox refuses to run as root, as tests in a container do.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=30_000)  # the machine may be busy with other tests
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=[*_FLAGS, *sandbox])
        except Error as error:
            pytest.skip(f"Chromium does not start here: {error.message.splitlines()[0]}")
        try:
            yield browser
        finally:
            browser.close()


def say(page: Page | FrameLocator, text: str) -> None:
    """Write `text` into the chat and press Enter."""
    page.locator("#text").fill(text)
    expect(page.locator("#send")).to_be_enabled()  # by now the page's script is running
    page.locator("#text").press("Enter")


def chat_id(page: Page) -> str:
    """The id of the chat that this page's browser has, from its cookie."""
    cookie = next(c for c in page.context.cookies() if c["name"] == "deskhand_chat")
    return cookie["value"].rsplit(".", 2)[0].partition("~")[0]


class WebShop:
    """The server of `tests/support/web_shop.py` in a process of its own."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [
            *(sys.executable, "-m", "tests.support.web_shop"),
            *(database_url, str(self.port)),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=ROOT)
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            try:
                httpx.get(f"{self.url}/chat", trust_env=False, verify=False)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        pytest.fail("the web shop did not start")

    def stop(self) -> None:
        """Ask it to end, as an operator does, and wait till it has."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=60)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=60)


def build_demo(index: Path) -> None:
    """Build the demo shop's index into the folder `index`, as `bot index` does."""
    environment = _environment({"BOT_INDEX_DIR": str(index)})
    command = [sys.executable, "-m", "bot", "index"]
    done = subprocess.run(command, cwd=index, env=environment, capture_output=True, text=True)
    if done.returncode:
        pytest.fail(f"the demo index could not be built: {done.stdout}{done.stderr}")


class Served:
    """`bot serve` on the demo shop's index, with its database and its output in `folder`."""

    def __init__(self, folder: Path, index: Path, **settings: str) -> None:
        self.database_url = f"sqlite:///{folder / 'shop.db'}"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._environment = _environment(
            {
                "BOT_INDEX_DIR": str(index),
                "BOT_DATABASE_URL": self.database_url,
                "BOT_PORT": str(self.port),
                **settings,
            }
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, patience: float = START_TIMEOUT) -> None:
        """Returns once it is ready to answer, within `patience` seconds."""
        with (self._folder / "out").open("ab") as out, (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"],
                cwd=self._folder,  # away from any .env
                env=self._environment,
                stdout=out,
                stderr=log,
            )
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if httpx.get(f"{self.url}/health", trust_env=False, verify=False).is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        pytest.fail(f"bot serve did not start: {self.log()[-2000:]}")

    def stop(self) -> int:
        """Ask it to end, as an operator does; its exit status."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            status = self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            pytest.fail("bot serve did not stop within a minute")
        self._process = None
        return status

    def kill(self) -> None:
        """As `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=60)
            self._process = None

    def first_password(self) -> str:
        """The admin's, from the file that the first start left: nobody looks at a terminal here."""
        return (self._folder / first_password.NAME).read_text(encoding="utf-8").strip()

    def out(self) -> str:
        """What it said to whoever started it."""
        return (self._folder / "out").read_text(encoding="utf-8")

    def log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8")

    def backlog(self) -> int:
        """Messages accepted and not yet dealt with."""
        health = f"{self.url}/health"
        answer = httpx.get(health, trust_env=False, verify=False, timeout=START_TIMEOUT)
        return int(answer.json()["backlog"])

    def settled(self) -> None:
        """Wait until every accepted message is dealt with."""
        deadline = time.monotonic() + START_TIMEOUT
        while self.backlog():
            if time.monotonic() > deadline:
                pytest.fail("messages are left unanswered")
            time.sleep(0.05)


def _environment(settings: dict[str, str]) -> dict[str, str]:
    """This process's environment with these settings and no others."""
    fixed = {"BOT_LANGUAGE": "en", "BOT_LOG_FORMAT": "json", "COLUMNS": "200"}
    fixed["PYTHONPATH"] = str(ROOT)  # this checkout's bot, whichever is installed
    return clean_environment() | fixed | {"BOT_KNOWLEDGE_DIR": str(ROOT / "knowledge")} | settings


@contextmanager
def foreign_page(host: str, script: str) -> Iterator[str]:
    """A page of somebody else's shop, with our script in it; its address."""
    body = f'<!doctype html><html lang="zh"><meta charset="utf-8"><h1>Shop</h1>{script}'.encode()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{host}:{server.server_address[1]}/"
        server.shutdown()
