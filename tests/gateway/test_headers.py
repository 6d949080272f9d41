"""Every answer says what a browser may do with it; which hosts are served."""

from collections.abc import Sequence

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from bot.channels.web.pages import STATIC
from bot.gateway.headers import HEADERS, SecurityHeaders
from bot.gateway.hosts import AllowedHosts

SERVED = ["chat.shop.example", "*.branches.example"]


def application(hosts: Sequence[str] = ()) -> AllowedHosts:
    def page(_: Request) -> Response:
        return PlainTextResponse("page", headers={"Content-Security-Policy": "its own"})

    def broken(_: Request) -> Response:
        raise RuntimeError

    routes = [
        Route("/page", page),
        Route("/moved", lambda _: RedirectResponse("/page")),
        Route("/broken", broken),
        Route("/health", page),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    return AllowedHosts(Starlette(routes=routes), hosts)


def client(*, https: bool = False, hosts: Sequence[str] = (), name: str = "shop") -> TestClient:
    return TestClient(
        SecurityHeaders(application(hosts), https=https),
        base_url=f"http://{name}",
        raise_server_exceptions=False,
        follow_redirects=False,
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [("/moved", 307), ("/static/shop.css", 200), ("/nowhere", 404), ("/broken", 500)],
)
def test_every_answer_has_the_headers(path: str, status: int) -> None:
    answer = client().get(path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "strict-transport-security" not in answer.headers


def test_what_a_page_says_of_itself_stays() -> None:
    assert client().get("/page").headers["content-security-policy"] == "its own"


def test_browsers_are_told_to_come_by_https_where_the_shop_has_it() -> None:
    for path in ("/page", "/nowhere", "/broken"):
        assert "max-age" in client(https=True).get(path).headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("name", "served"),
    [
        ("chat.shop.example", True),
        ("CHAT.shop.example:8080", True),
        ("delft.branches.example", True),
        ("127.0.0.1:8080", True),
        ("[::1]:8080", True),
        ("localhost", True),
        ("branches.example", False),
        ("evil.example", False),
        ("chat.shop.example.evil.example", False),
        ("evilbranches.example", False),
    ],
)
def test_only_named_hosts_are_served(name: str, served: bool) -> None:
    answer = client(hosts=SERVED).get("/page", headers={"Host": name})
    assert answer.status_code == (200 if served else 400)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_any_host_is_served_where_none_is_named() -> None:
    assert client().get("/page", headers={"Host": "my-laptop.local:8080"}).status_code == 200


def test_machines_may_ask_for_health_by_any_name() -> None:
    assert client(hosts=SERVED, name="10.0.0.7").get("/health").status_code == 200


def test_a_refused_host_reads_why_in_their_language() -> None:
    shopper = client(hosts=SERVED, name="evil.example")
    assert "BOT_ALLOWED_HOSTS" in shopper.get("/page").text
    assert "域名" in shopper.get("/page", headers={"Accept-Language": "zh"}).text
