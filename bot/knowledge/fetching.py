"""Fetching the pages of the shop's own help centre that `urls.txt` lists.

Only public addresses are asked, and the connection is made to the very address that was checked;
each redirect is checked anew and stays on its host. Robots are respected. What a page says is not
read here (`documents`), and a page that cannot be fetched stays as it was.
"""

import html
import re
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import httpx
from filelock import FileLock, Timeout

from bot.confined import MEGABYTE
from bot.errors import InputError
from bot.knowledge import pages
from bot.knowledge.pages import Page

Address = IPv4Address | IPv6Address
Tell = Callable[[str, int, int], None]

AGENT = "Deskhand"
MOST_PAGES = 500
FRESH = 600.0  # seconds for which a page is not asked for again
STALE = 24 * 3600.0  # and after which it is, without anybody asking
_MOST_BYTES = 5 * MEGABYTE
_ROBOTS_BYTES = 500_000  # as RFC 9309 has it
_MAPS = 20  # sitemaps that a sitemap may list
_HOPS = 5
_TIMEOUT, _PAGE_TIME, _ALL_TIME = 10.0, 20.0, 300.0  # seconds
_LONGEST_PAUSE = 5.0  # seconds between two pages, whatever robots.txt asks for
_LOC = re.compile(r"<loc>\s{0,20}(?:<!\[CDATA\[)?([^<>\s\]]{1,2000})")
_MAP = re.compile(r"<sitemapindex[\s>]")
_NAT64 = ip_network("64:ff9b::/96")
_ENDINGS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
}


class _Wrong(Exception):
    """A page cannot be had; `key` is the end of a text's key."""

    def __init__(self, key: str, detail: object = "") -> None:
        super().__init__(key)
        self.key = key
        self.detail = str(detail)[:200]


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet, in whatever form it is written."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return is_public(inner)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast


def due(folder: Path, at: float) -> bool:
    """Whether there are pages that have not been asked for in a day."""
    tried = {page.url: page.tried for page in pages.known(folder)}
    return bool(pages.listed(folder)) and min(tried.values(), default=0.0) < at - STALE


def refresh(
    folder: Path,
    tell: Tell,
    *,
    allowed: Callable[[Address], bool] = is_public,
    clock: Callable[[], float] = time.time,
) -> None:
    """Ask for every page of the list that is not fresh; `allowed` says which addresses may be.

    What a page or the network does wrong is noted with the page; `InputError` when the folder
    cannot be written.
    """
    if not pages.listed(folder):
        return
    try:
        (folder / pages.FOLDER).mkdir(exist_ok=True)
        with FileLock(folder / pages.FOLDER / pages.LOCK, timeout=0), _Fetcher(allowed) as fetcher:
            _refresh(folder, tell, fetcher, clock)
    except Timeout:
        return  # another build is at it
    except OSError as error:
        raise InputError("feed.cannot_write", folder=folder, reason=error) from error


def _refresh(folder: Path, tell: Tell, fetcher: "_Fetcher", clock: Callable[[], float]) -> None:
    known = {page.url: page for page in pages.known(folder)}
    wanted: dict[str, Page] = {}
    for each in pages.listed(folder):
        for page in _leads_to(*each, fetcher, known):
            wanted.setdefault(page.url, page)
    found = list[Page]()
    for done, page in enumerate(wanted.values()):
        tell("fetch", done, len(wanted))
        if page.wrong:
            found.append(replace(page, tried=clock()))
            continue
        before = replace(known.get(page.url, page), line=page.line, via=page.via)
        if done >= MOST_PAGES:
            found.append(replace(page, tried=clock(), wrong="many", detail=str(MOST_PAGES)))
        elif before.file and not before.wrong and clock() - before.tried < FRESH:
            found.append(before)
        else:
            found.append(fetcher.page(folder, replace(before, tried=clock())))
    pages.keep(folder, found)
    tell("fetch", len(wanted), len(wanted))


def _leads_to(line: int, url: str, fetcher: "_Fetcher", known: dict[str, Page]) -> list[Page]:
    """The pages that a line of the list leads to. When a sitemap cannot be had, those that it led
    to before stay."""
    page = Page(url, line)
    try:
        parts = _parts(url)
        if not parts.path.lower().endswith(".xml"):
            return [page]
        return [Page(each, line, via=url) for each in fetcher.sitemap(url)]
    except _Wrong as wrong:
        before = [replace(each, line=line, wrong="") for each in known.values() if each.via == url]
        return [replace(page, wrong=wrong.key, detail=wrong.detail), *before]


class _Fetcher:
    """Asks for addresses, one after another, until the time for all of them is used up."""

    def __init__(self, allowed: Callable[[Address], bool]) -> None:
        self._allowed = allowed
        self._until = time.monotonic() + _ALL_TIME
        self._robots: dict[tuple[str, str], RobotFileParser] = {}
        # No proxy: what is connected to is what was checked.
        self._client = httpx.Client(timeout=_TIMEOUT, follow_redirects=False, trust_env=False)

    def __enter__(self) -> "_Fetcher":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def sitemap(self, url: str) -> list[str]:
        """The pages that a sitemap lists on its own host, those of the sitemaps in it, too."""
        host, maps, found = _parts(url).hostname, [url], list[str]()
        for each in maps:
            self._ask_robots(each)
            text = self._get(each, _MOST_BYTES)[1].decode("utf-8", "replace")
            places = [html.unescape(place) for place in _LOC.findall(text)]
            places = [place for place in places if _host(place) == host]
            if not _MAP.search(text):
                found += places
            elif each == url:
                maps += places[:_MAPS]
        if not found:
            raise _Wrong("empty")
        return list(dict.fromkeys(found))[: 2 * MOST_PAGES]

    def page(self, folder: Path, page: Page) -> Page:
        """A page as it is now; as it was, with what is wrong, where it cannot be had."""
        try:
            self._ask_robots(page.url)
            seen = {"If-None-Match": page.etag, "If-Modified-Since": page.modified}
            asked = {name: value for name, value in seen.items() if value and page.file}
            answer, content = self._get(page.url, _MOST_BYTES, asked)
            page = replace(page, wrong="", detail="")
            if answer.status_code == httpx.codes.NOT_MODIFIED:
                return page
            kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind not in _ENDINGS:
                raise _Wrong("kind", kind)
            page = pages.keep_content(folder, page, _text(answer, content), _ENDINGS[kind])
            etag, modified = (answer.headers.get(each, "") for each in ("etag", "last-modified"))
            return replace(page, etag=etag[:200], modified=modified[:100])
        except _Wrong as wrong:
            return replace(page, wrong=wrong.key, detail=wrong.detail)

    def _ask_robots(self, url: str) -> None:
        """`_Wrong` when the host wants no robot there; waits as long as it asks between two."""
        parts = _parts(url)
        place = (parts.scheme, parts.netloc)
        robots = self._robots.get(place)
        if robots is None:
            robots = self._robots[place] = self._read_robots(urljoin(url, "/robots.txt"))
        elif pause := robots.crawl_delay(AGENT):
            time.sleep(min(float(pause), _LONGEST_PAUSE))
        if not robots.can_fetch(AGENT, url):
            raise _Wrong("robots", urljoin(url, "/robots.txt"))

    def _read_robots(self, url: str) -> RobotFileParser:
        robots = RobotFileParser(url)
        try:
            text = self._get(url, _ROBOTS_BYTES)[1].decode("utf-8", "replace")
        except _Wrong as wrong:
            if wrong.key in ("network", "private", "time"):
                raise
            # RFC 9309: no such file allows everything, a host that is out of order nothing.
            broken = wrong.key == "status" and not wrong.detail.startswith("4")
            text = "User-agent: *\nDisallow: /" if broken else ""
        robots.parse(text.splitlines())
        return robots

    def _get(
        self, url: str, most: int, headers: dict[str, str] | None = None
    ) -> tuple[httpx.Response, bytes]:
        """The answer, after its redirects, and its content of at most so many bytes."""
        host = _parts(url).hostname
        until = min(self._until, time.monotonic() + _PAGE_TIME)
        for _ in range(_HOPS + 1):
            parts = _parts(url)
            if parts.hostname != host:
                raise _Wrong("elsewhere", parts.hostname)
            answer, content = self._one(parts, most, headers or {}, until)
            target = answer.headers.get("location", "")
            if not (answer.has_redirect_location and target):
                break
            url = urljoin(url, target[:2000])
        else:
            raise _Wrong("hops", _HOPS)
        if not (answer.is_success or (headers and answer.status_code == 304)):
            raise _Wrong("status", answer.status_code)
        return answer, content

    def _one(
        self, parts: SplitResult, most: int, headers: dict[str, str], until: float
    ) -> tuple[httpx.Response, bytes]:
        """One request to the address that was checked, under the name that it was asked for."""
        if time.monotonic() > until:
            raise _Wrong("time", round(_ALL_TIME))
        address = self._address(parts)
        try:
            host = str(parts.hostname).encode("idna").decode()
            netloc = f"{host}:{parts.port}" if parts.port else host
            url = httpx.URL(parts._replace(fragment="").geturl()).copy_with(host=str(address))
            named = {**headers, "Host": netloc, "User-Agent": AGENT}
            request = self._client.build_request(
                "GET", url, headers=named, extensions={"sni_hostname": host}
            )
            answer = self._client.send(request, stream=True)
            try:
                content = bytearray()
                for block in answer.iter_bytes(1 << 16):
                    content += block
                    if len(content) > most:
                        raise _Wrong("size", most // MEGABYTE)
                    if time.monotonic() > until:
                        raise _Wrong("time", round(_PAGE_TIME))
            finally:
                answer.close()
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise _Wrong("network", type(error).__name__) from error
        return answer, bytes(content)

    def _address(self, parts: SplitResult) -> Address:
        """Where the host is; `_Wrong` when any of its addresses may not be asked."""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise _Wrong("network", type(error).__name__) from error
        addresses = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
        for address in addresses:
            if not self._allowed(address):
                raise _Wrong("private", address)
        return addresses[0]


def _parts(url: str) -> SplitResult:
    """An address's parts; `_Wrong` for one that is none of the web."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.username is None
        _ = parts.port
    except ValueError:
        known = False
    if not known or not url.isprintable() or " " in url or len(url) > 2000:
        raise _Wrong("address")
    return parts


def _host(url: str) -> str | None:
    try:
        return _parts(url).hostname
    except _Wrong:
        return None


def _text(answer: httpx.Response, content: bytes) -> bytes:
    """The content in UTF-8 where the answer says what a text is written in."""
    if answer.charset_encoding and answer.headers.get("content-type", "").startswith("text/"):
        try:
            return content.decode(answer.charset_encoding).encode()
        except (LookupError, UnicodeError):
            return content  # the reader finds out
    return content
