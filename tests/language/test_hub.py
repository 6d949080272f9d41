"""Models of a hub: what is on this machine is used, and a hub that gives nothing is asked once."""

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.errors import EncoderError, ModelError, TrainingError
from bot.language import hub
from bot.language.exports import export
from bot.writing.models import loading
from bot.writing.training.base import load_model, load_tokenizer
from tests.proofs.servers import free_port
from tests.support.tiny import make_language_model

NAME = "somebody/some-model"


@dataclass
class Hub:
    """A hub over HTTP that knows no files: `status` is its answer about any model."""

    status: int = 200
    asked: list[str] = field(default_factory=list)
    awake: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def model_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    state = Hub()
    state.awake.set()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/api/models/"):
                state.asked.append(self.path)
                state.awake.wait()
            body = json.dumps({"id": NAME, "error": "so it is"}).encode()
            self.send_response(state.status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Not printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", url)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    yield state
    state.awake.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("status", [401, 404, 503])
def test_a_hub_that_does_not_give_the_model_is_asked_once(model_hub: Hub, status: int) -> None:
    model_hub.status = status
    with pytest.raises(ModelError) as raised:
        loading.load(f"local:{NAME}")
    assert raised.value.kind == "not_fetched"
    assert str(status) in str(raised.value)
    assert model_hub.asked == [f"/api/models/{NAME}"]


def test_so_it_is_for_encoders_and_for_bases_to_train(model_hub: Hub, tmp_path: Path) -> None:
    model_hub.status = 503
    with pytest.raises(EncoderError, match="503"):
        export(NAME, tmp_path / "encoders")
    with pytest.raises(TrainingError, match="503"):
        load_tokenizer(NAME)
    assert model_hub.asked == [f"/api/models/{NAME}"] * 2


def test_without_a_network_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", nobody)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="refused") as raised:
        loading.load(f"local:{NAME}")
    assert raised.value.kind == "not_fetched"


def test_a_hub_that_hangs_is_not_waited_for(model_hub: Hub) -> None:
    model_hub.awake.clear()

    def load(name: str, here: bool) -> str:
        raise AssertionError("it is not here, and the hub never answered")

    with pytest.raises(OSError, match=r"did not answer within 0\.2 seconds"):
        hub.read(NAME, load, patience=0.2)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A model's folder in the hub's cache on this machine, empty."""
    sha = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "cache" / "models--somebody--some-model"
    folder = repository / "snapshots" / sha
    folder.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(sha)
    return folder


def test_what_was_not_fetched_to_its_end_is_fetched(model_hub: Hub, kept: Path) -> None:
    tried: list[tuple[str, bool]] = []

    def load(name: str, here: bool) -> str:
        tried.append((name, here))
        if here:
            raise FileNotFoundError
        return "fetched"

    assert hub.read(NAME, load) == "fetched"
    assert tried == [(str(kept), True), (NAME, False)]


def test_a_model_that_was_fetched_once_needs_no_hub(
    model_hub: Hub, kept: Path, tmp_path: Path
) -> None:
    folder = make_language_model(tmp_path / "made", ["hello there"])
    shutil.copytree(folder, kept, dirs_exist_ok=True)
    assert loading.load(f"local:{NAME}").model.num_parameters()
    assert load_model(NAME).num_parameters()
    assert model_hub.asked == []
