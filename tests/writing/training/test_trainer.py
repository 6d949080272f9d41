"""Training with a language model that is made here: real runs, killed, stopped and resumed."""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.errors import ConflictError, InputError, TrainingError
from bot.writing.training.dialogues import read
from bot.writing.training.options import Options
from bot.writing.training.report import Report
from bot.writing.training.trainer import InterruptedRun, train
from tests.support.paths import DATA, ROOT
from tests.support.tiny import make_language_model

OWN = DATA / "dialogues.jsonl"
STEPS = 60


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A one-layer GPT-2 whose tokenizer knows the dialogues' words."""
    texts = [said.text for one in read(OWN) for said in one.said]
    return make_language_model(tmp_path_factory.mktemp("base") / "tiny", texts)


@pytest.fixture(scope="module")
def trained(base: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """A run that nothing disturbed."""
    out = tmp_path_factory.mktemp("trained") / "model"
    return out, run(out, options(base))


def options(base: str) -> Options:
    return Options(base, steps=STEPS, held_out=0.2, rate=5e-3, seed=3, threads=1)


def run(out: Path, options: Options, **more: Any) -> Report:
    return train(OWN, out, options, language="en", **more)


def arguments(out: Path, base: str) -> list[str]:
    """The same run as it is typed."""
    fixed = ["--held-out", "0.2", "--seed", "3", "--rate", "0.005", "--threads", "1"]
    return ["train", str(OWN), "--base", base, "--out", str(out), *fixed, "--steps", str(STEPS)]


def wait_until(there: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    while not there():
        assert process.poll() is None, "it ended too early"
        time.sleep(0.002)


def checkpoint_in(out: Path) -> bool:
    return any(out.with_name(out.name + ".partial").glob("checkpoints/*/whole"))


def says(folder: Path) -> str:
    """What the result writes after a question, read as any transformers program would."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(folder)
    ids = tokenizer(f"Where is my parcel?{tokenizer.eos_token}", return_tensors="pt")
    written = model.generate(**ids, do_sample=False, max_new_tokens=12, pad_token_id=0)
    return str(tokenizer.decode(written[0, ids["input_ids"].shape[1] :]))


def test_held_out_loss_falls_and_the_report_says_so(trained: tuple[Path, Report]) -> None:
    out, report = trained
    assert report.better
    assert report.loss_after < report.loss_before - 0.3
    assert report.perplexity_after < report.perplexity_before
    assert (report.method, report.device, report.dialogues) == ("full", "cpu", 36)
    assert report.held_out + report.trained_on + report.too_long == 42
    assert min(loss for _, loss in report.held_out_losses) == pytest.approx(report.loss_after)
    assert len(report.answers) == 3
    assert any(one.before != one.after for one in report.answers)
    written = json.loads((out / "deskhand.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(report.as_json()))


def test_the_result_is_an_ordinary_folder_that_writes_text(trained: tuple[Path, Report]) -> None:
    out, _ = trained
    names = {path.name for path in out.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= names
    assert not {name for name in names if name.endswith((".bin", ".pt", ".pth"))}
    assert says(out)
    assert not out.with_name(out.name + ".partial").exists()


def test_the_model_card_has_figures_and_nothing_that_customers_wrote(
    trained: tuple[Path, Report],
) -> None:
    out, report = trained
    card = (out / "README.md").read_text(encoding="utf-8")
    assert f"{report.loss_after:.4f}" in card
    assert report.data_sha256 in card
    assert not [one for one in report.answers if one.question in card or one.expected in card]
    assert (out / "loss.svg").read_text(encoding="utf-8").count("<polyline") == 2


def test_a_killed_run_goes_on_from_its_checkpoint_and_ends_the_same(
    trained: tuple[Path, Report], base: str, tmp_path: Path
) -> None:
    out = tmp_path / "model"
    command = [sys.executable, "-m", "bot", *arguments(out, base)]
    begun = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    wait_until(lambda: checkpoint_in(out), begun)
    begun.kill()
    begun.wait()
    assert not out.exists(), "nothing half-written is taken for a result"
    # A kill in the middle of a checkpoint leaves a folder that must not be gone on from.
    torn = tmp_path / "model.partial" / "checkpoints" / "checkpoint-9999"
    torn.mkdir()
    (torn / "trainer_state.json").write_text("{", encoding="utf-8")
    first: list[int] = []

    def progress(stage: str, done: int, total: int, loss: float | None) -> None:
        if stage == "learn":
            first.append(done)

    report = run(out, options(base), progress=progress)
    assert 0 < first[0] <= STEPS
    assert report.loss_after == pytest.approx(trained[1].loss_after, abs=1e-6)
    assert report.loss_before == trained[1].loss_before


def test_ctrl_c_keeps_what_was_learned(base: str, tmp_path: Path) -> None:
    out = tmp_path / "model"

    def press() -> None:
        while not checkpoint_in(out):
            time.sleep(0.002)
        os.kill(os.getpid(), signal.SIGINT)

    pressing = threading.Thread(target=press, daemon=True)
    pressing.start()
    done = CliRunner().invoke(app, [*arguments(out, base)[:-2], "--steps", "1500"])
    pressing.join()
    assert done.exit_code == 130
    assert "The same command goes on from there." in done.stderr
    assert checkpoint_in(out)
    with pytest.raises(ConflictError, match="steps"):
        run(out, options(base))


def test_restart_throws_an_unfinished_run_away(base: str, tmp_path: Path) -> None:
    short = replace(options(base), steps=8)
    with pytest.raises(InterruptedRun):
        run(tmp_path / "model", short, stop=lambda: True)
    other = replace(short, seed=4)
    assert run(tmp_path / "model", other, restart=True).steps == 8


def test_lora_is_merged_into_an_ordinary_model(base: str, tmp_path: Path) -> None:
    out = tmp_path / "model"
    report = run(out, replace(options(base), method="lora", rate=0.01))
    assert report.method == "lora"
    assert report.better
    assert not list(out.glob("adapter*"))
    assert says(out)


def test_it_stops_early_when_nothing_is_gained(
    trained: tuple[Path, Report], tmp_path: Path
) -> None:
    again = replace(options(str(trained[0])), rate=0.05, shown=0)
    report = run(tmp_path / "model", again)
    assert report.stopped_early
    assert report.best_step < report.steps < STEPS


def test_a_full_disk_is_said_and_nothing_is_taken_for_a_result(base: str, tmp_path: Path) -> None:
    out = tmp_path / "model"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(TrainingError, match="cannot be written") as caught:
            run(out, replace(options(base), steps=4, shown=0))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "Make room" in caught.value.message("en")
    assert not out.exists()
    assert run(out, replace(options(base), steps=4, shown=0)).steps == 4


def test_what_cannot_be_trained_is_refused_in_words(base: str, tmp_path: Path) -> None:
    out = tmp_path / "model"
    with pytest.raises(TrainingError, match="cannot be loaded"):
        run(out, options(str(tmp_path / "nowhere.gguf")))
    assert list(tmp_path.iterdir()) == [], "nothing was begun, nothing stays"
    long = tmp_path / "long.jsonl"
    rows = [{"question": f"{word} " * 40, "answer": word} for word in ("returns", "delivery")]
    long.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with pytest.raises(TrainingError, match="within 16 tokens"):
        train(long, out, replace(options(base), tokens=16), language="en")
    out.mkdir()
    with pytest.raises(InputError, match="is there already"):
        run(out, options(base))


def test_without_its_packages_nothing_is_begun_and_they_are_named(
    base: str, tmp_path: Path
) -> None:
    """In a process of its own: half-loaded packages would stay in this one."""
    lacking = (
        "import sys; sys.modules.update(accelerate=None, peft=None)\n"
        "from bot.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", lacking, *arguments(tmp_path / "model", base)],
        cwd=ROOT,
        env=os.environ | {"BOT_LANGUAGE": "en", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "accelerate, peft" in done.stderr
    assert "deskhand[local]" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux only")
def test_two_runs_into_one_folder_are_kept_apart(base: str, tmp_path: Path) -> None:
    out = tmp_path / "model"

    def second(stage: str, *_: object) -> None:
        if stage == "learn":
            with pytest.raises(ConflictError, match="Another"):
                run(out, options(base))

    assert run(out, replace(options(base), steps=2, shown=0), progress=second).steps == 2
