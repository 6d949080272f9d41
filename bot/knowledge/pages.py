"""Pages of the shop's own help centre, as they were last fetched (`fetching`) and are read.

`urls.txt` at the root of the knowledge folder lists them, a page or a sitemap a line. What was
fetched lies in the folder `.pages` there, so that a build without the network uses what it had.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import TypeAdapter, ValidationError

from bot.database.disk import sync
from bot.knowledge.entry import Problem, Severity
from bot.knowledge.readers.source import Source

LIST = "urls.txt"
FOLDER = ".pages"
LOCK = "lock"
_STATE = "state.json"
_ODD = re.compile(r"[^\w.-]+")
_LONGEST = 120  # characters of a page's name


@dataclass(frozen=True)
class Page:
    """A page that the list leads to. `line` is that of the list, `via` its sitemap; `file` what was
    kept of it, "" for nothing yet; `tried` when it was last asked for, in seconds; `wrong` why that
    failed, as the key of a text, "" when it did not."""

    url: str
    line: int
    file: str = ""
    etag: str = ""
    modified: str = ""
    tried: float = 0.0
    via: str = ""
    wrong: str = ""
    detail: str = ""

    @property
    def name(self) -> str:
        """How the page is called among the knowledge's files."""
        parts = urlsplit(self.url)
        path = unquote(parts.path).strip("/") or "index"
        path = "/".join(_ODD.sub("-", part).strip("-.") or "-" for part in path.split("/"))
        if parts.query or len(path) > _LONGEST:
            mark = hashlib.sha256(self.url.encode()).hexdigest()[:8]
            path = f"{path[:_LONGEST]}-{mark}"
        path = path.removesuffix(".html").removesuffix(".htm")
        return f"{parts.hostname}/{path}{Path(self.file).suffix or '.html'}"


_PAGES = TypeAdapter(list[Page])


def listed(folder: Path) -> list[tuple[int, str]]:
    """The addresses in the list, each with its line; "#" begins a comment."""
    try:
        text = (folder / LIST).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return []
    lines = (line.partition(" #")[0].strip() for line in text.splitlines())
    return [(at, line) for at, line in enumerate(lines, start=1) if line and line[0] != "#"]


def known(folder: Path) -> list[Page]:
    """The pages as they were last fetched; none where there is no list any more."""
    if not (folder / LIST).is_file():
        return []
    with suppress(OSError, ValidationError):
        return _PAGES.validate_json((folder / FOLDER / _STATE).read_bytes())
    return []


def keep(folder: Path, pages: list[Page]) -> None:
    """Write down the pages, and forget what no page needs."""
    state, files = folder / FOLDER / _STATE, {page.file for page in pages}
    temporary = state.with_name(f"{_STATE}.tmp")
    temporary.write_text(json.dumps([asdict(page) for page in pages]), encoding="utf-8")
    sync(temporary)
    temporary.replace(state)
    for path in state.parent.iterdir():
        if path.name not in files and path.name not in (_STATE, LOCK):
            path.unlink(missing_ok=True)


def keep_content(folder: Path, page: Page, content: bytes, ending: str) -> Page:
    """A page with its content on the disk."""
    name = hashlib.sha256(page.url.encode() + b"\n" + content).hexdigest()[:32] + ending
    path = folder / FOLDER / name
    if not path.exists():
        temporary = path.with_suffix(".tmp")
        temporary.write_bytes(content)
        sync(temporary)
        temporary.replace(path)
    return replace(page, file=name)


def found(folder: Path) -> Iterator[Source | Problem]:
    """What is read of the pages, and what could not be fetched."""
    pages = known(folder)
    for page in pages:
        if page.wrong:
            why = {"url": page.url, "detail": page.detail}
            severity: Severity = "warning" if page.file else "error"
            yield Problem(LIST, page.line, f"knowledge.page_{page.wrong}", why, severity)
        if page.file and (folder / FOLDER / page.file).is_file():
            yield Source(folder / FOLDER / page.file, page.name, url=page.url)
    if old := sum(bool(page.wrong and page.file) for page in pages):
        yield Problem(LIST, None, "knowledge.pages_kept", {"count": old}, "info")
