"""A shop's help centre on this machine, for tests of what fetches its pages."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class HelpCentre:
    """`pages` by path; `asked` are the paths that were asked for, with their headers."""

    address: str = ""
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def put(self, path: str, text: str, kind: str = "text/html", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (200, {"Content-Type": kind, **named}, text.encode())

    def redirect(self, path: str, target: str) -> None:
        self.pages[path] = (302, {"Location": target}, b"")

    def sitemap(self, path: str, *paths: str) -> None:
        places = "".join(f"<url><loc>{self.address}{each}</loc></url>" for each in paths)
        self.put(path, f"<urlset>{places}</urlset>", "application/xml")

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def help_centre(host: str = "127.0.0.1") -> Iterator[HelpCentre]:
    centre = HelpCentre()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            centre.asked.append((self.path, headers))
            status, told, content = centre.pages.get(self.path, (404, {}, b""))
            if told.get("ETag") and headers.get("if-none-match") == told["ETag"]:
                status, content = 304, b""
            self.send_response(status)
            for name, value in told.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer((host, 0), Handler)
    centre.address = f"http://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield centre
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
