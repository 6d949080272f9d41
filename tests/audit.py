"""Has a pinned package a known hole? `make audit` runs `python -m tests.audit [NAME==VERSION …]`.

It asks the package index's list of advisories by pip-audit, about constraints.txt and the packages
named besides. Where no such list answers, it says that nothing was looked at, and passes.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import Any

from tests.support.paths import ROOT

PATIENCE = 180  # seconds for all packages together
_PIN = re.compile(r"^([A-Za-z0-9._-]+==[^\s;\\]+)", re.MULTILINE)


def pins(text: str) -> list[str]:
    """The `name==version` of each package in a constraints file."""
    return _PIN.findall(text)


def verdict(found: Sequence[dict[str, Any]]) -> tuple[int, list[str]]:
    """The exit status and what to print, from pip-audit's list of packages."""
    looked_at = [each for each in found if "skip_reason" not in each]
    if not looked_at:
        return 0, ["Skipped: no list of known holes can be reached from here."]
    lines = [
        f"{each['name']} {each['version']}: {hole['id']}, mended in "
        f"{', '.join(hole['fix_versions']) or 'no version yet'}"
        for each in looked_at
        for hole in each["vulns"]
    ]
    if lines:
        return 1, lines
    missed = len(found) - len(looked_at)
    beside = f"; {missed} are not on the list" if missed else ""
    return 0, [f"No known hole in {len(looked_at)} packages{beside}."]


def ask(packages: Sequence[str]) -> list[dict[str, Any]]:
    """What pip-audit says of each package; none where it could not ask."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(packages))
        file.flush()
        command = [sys.executable, "-m", "pip_audit", "--requirement", file.name]
        command += ["--no-deps", "--disable-pip", "--format", "json"]
        command += ["--progress-spinner", "off", "--timeout", "5"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
            found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
        except (subprocess.TimeoutExpired, ValueError):
            return []
        return found


def main() -> int:
    """Print the verdict; 1 when there is a known hole."""
    pinned = pins((ROOT / "constraints.txt").read_text(encoding="utf-8"))
    status, lines = verdict(ask([*pinned, *sys.argv[1:]]))
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
