"""Imports point one way, serving stays light, and what is imported is declared."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = tuple(PROJECT["project"]["optional-dependencies"])
# The project's own description names these; what uses them comes with later channels and models.
OWNERS = {
    "faiss-cpu",
    "langchain",
    "openai",
    "python-telegram-bot",
    "sentence-transformers",
    "sqlmodel",
    "transformers",
}

_PARTS = {"pydantic_core"}  # of a declared package, which pins it to one version


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(folder: str) -> Iterator[tuple[str, str]]:
    """Top-level packages that the files in `folder` import: (package, file)."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            else:
                continue
            for name in names:
                yield name.split(".")[0], path.relative_to(ROOT).as_posix()


def declared(*extras: str) -> set[str]:
    project = PROJECT["project"]
    lines = [*project["dependencies"]]
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return {canonical(Requirement(line).name) for line in lines}


def test_imports_point_one_way() -> None:
    """Runs the contracts in pyproject.toml, as `make check` does."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_serving_imports_neither_torch_nor_its_friends() -> None:
    heavy = ("torch", "transformers", "sentence_transformers", "sklearn", "scipy", "onnx")
    program = f"import sys, bot.serving; print(*[m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


@pytest.mark.parametrize("command", ["tickets", "users", "teams", "customer", "index"])
def test_a_command_waits_for_nothing_that_answers(command: str) -> None:
    heavy = ("bot.app", "bot.dialogue.answers", "torch", "langchain", "openai")
    loaded = f"print(*[m for m in {heavy!r} if m in sys.modules])"
    program = f"import sys, bot.cli, bot.cli.{command}; {loaded}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


@pytest.mark.parametrize(("folder", "extras"), [("bot", ("local",)), ("tests", EXTRAS)])
def test_what_is_imported_is_declared(folder: str, extras: tuple[str, ...]) -> None:
    ours = {"bot", "tests", *_PARTS} | sys.stdlib_module_names
    distributions = packages_distributions()
    allowed = declared(*extras)
    undeclared = {
        f"{package} ({file})"
        for package, file in imported(folder)
        if package not in ours
        and not {canonical(name) for name in distributions.get(package, [])} & allowed
    }
    assert undeclared == set()


def test_the_owners_packages_stay() -> None:
    assert declared() >= OWNERS


def test_constraints_hold_every_declared_package() -> None:
    assert declared(*EXTRAS) - pinned().keys() == set()
    assert [version for version in pinned().values() if "+" in version] == []


def test_constraints_fit_the_declared_floors() -> None:
    versions = pinned()
    project = PROJECT["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    wrong = [
        line
        for line in wanted
        if not Requirement(line).specifier.contains(versions[canonical(Requirement(line).name)])
    ]
    assert wrong == []


def test_what_serving_needs_is_pinned_without_extras_and_tools() -> None:
    text = (ROOT / "serving.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "==" in line]
    everything = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    # The Makefile finds each line's hashes by its first word.
    assert {line.split()[0] for line in lines} <= {line.split()[0] for line in everything if line}
    names = {canonical(line.partition("==")[0]) for line in lines}
    assert declared() - names == {"torch"}, "it has no hash"
    assert names & (declared(*EXTRAS) - declared()) == set()


def pinned() -> dict[str, str]:
    """The exact version of each package; that of torch, which has no hash, is in the Makefile."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    lines.append(makefile.partition("\nTORCH := ")[2].partition("\n")[0])
    pins = (line.partition("==") for line in lines if "==" in line)
    return {canonical(name): version.split()[0] for name, _, version in pins}
