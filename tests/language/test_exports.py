"""What was exported once is found again: by its index, and by every other index of this user."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.errors import EncoderError
from bot.language import exports
from bot.language.encoder import Card, Encoder
from bot.language.exports import export
from tests.support.paths import ROOT
from tests.support.tiny import flip_a_bit, make_model

EXPORT = """
import sys
from pathlib import Path
from bot.language.exports import export
export(sys.argv[1], Path(sys.argv[2]))
print("torch" in sys.modules)
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make_model(tmp_path_factory.mktemp("tiny") / "tiny")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache; the folder in it that will hold the encoders."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "deskhand" / "encoders"


def written(folder: Path) -> int:
    """When the model in `folder` was exported; a copy has the time of what it is a copy of."""
    return (folder / "model.onnx").stat().st_mtime_ns


def test_an_exported_encoder_is_used_again(model: str, tmp_path: Path) -> None:
    first = export(model, tmp_path / "index")
    os.utime(first.folder / "model.onnx", (1, 1))
    assert export(model, tmp_path / "index") == first
    assert written(first.folder) == 10**9


def test_another_index_folder_gets_a_copy_and_loads_no_torch(
    model: str, cache: Path, tmp_path: Path
) -> None:
    first = export(model, tmp_path / "index")
    done = subprocess.run(
        [sys.executable, "-c", EXPORT, model, str(tmp_path / "other")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
    copy = tmp_path / "other" / first.card.hash
    assert Card.read(copy) == first.card
    assert written(copy) == written(first.folder)
    # It is the index's own: what happens to one file happens to no other.
    flip_a_bit(copy / "model.onnx")
    assert Card.read(first.folder) == Card.read(cache / first.card.hash) == first.card


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "encoder.json"])
def test_a_damaged_encoder_is_refused_and_taken_from_the_cache_again(
    model: str, tmp_path: Path, name: str
) -> None:
    folder = export(model, tmp_path).folder
    damage(folder / name)
    with pytest.raises(EncoderError) as raised:
        Encoder(folder)
    assert name in raised.value.message("en")
    assert name in raised.value.message("zh")
    assert Encoder(export(model, tmp_path).folder).encode(["gift"]).any()


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "encoder.json"])
def test_a_damaged_copy_in_the_cache_is_used_by_no_index_and_made_anew(
    model: str, cache: Path, tmp_path: Path, name: str
) -> None:
    first = export(model, tmp_path / "index")
    kept = cache / first.card.hash
    damage(kept / name)
    other = export(model, tmp_path / "other")
    assert Encoder(other.folder).encode(["gift"]).any()
    assert written(other.folder) > written(first.folder), "exported, not copied"
    assert Card.read(kept) == other.card


def test_a_cache_that_cannot_be_written_is_done_without_and_said_once(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with capture_logs() as lines:
        folder = export(model, tmp_path / "index").folder
    assert Encoder(folder).encode(["gift"]).any()
    assert [(line["log_level"], line["event"]) for line in lines] == [
        ("warning", "encoder.not_cached")
    ]
    assert str(tmp_path / "file") in lines[0]["cause"]


def test_the_cache_is_where_the_user_keeps_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    below = Path("deskhand") / "encoders"
    assert exports.cache_folder() == tmp_path / "cache" / below
    for useless in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", useless)
        assert exports.cache_folder() == tmp_path / ".cache" / below


def test_what_a_killed_export_left_is_cleared_away_and_what_is_being_made_is_not(
    model: str, cache: Path, tmp_path: Path
) -> None:
    for folder in (cache, tmp_path / "index"):
        (folder / ".export-left").mkdir(parents=True)
        os.utime(folder / ".export-left", (1, 1))
        (folder / ".export-now").mkdir()
    export(model, tmp_path / "index")
    for folder in (cache, tmp_path / "index"):
        assert [path.name for path in folder.glob(".export-*")] == [".export-now"]


def damage(path: Path) -> None:
    """As a failing disk would."""
    if path.name == "encoder.json":
        path.write_text("{", encoding="utf-8")
    else:
        flip_a_bit(path)
