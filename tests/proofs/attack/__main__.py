"""Run the attacks of all areas, or of those that are named: `python -m tests.proofs.attack`."""

import argparse
import asyncio
import importlib
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.proofs.attack import Attack, Ground, Row
from tests.proofs.servers import build_index

AREAS = ("freeze", "guessing", "connections", "desk", "files", "telegram", "receiving")


def main() -> int:
    """Print a table of what was tried; 1 when anything did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.attack", description=__doc__)
    parser.add_argument("areas", nargs="*", choices=[*AREAS, []], metavar="AREA", help=str(AREAS))
    parser.add_argument("--short", action="store_true", help="as the tests run them")
    given = parser.parse_args()
    console = Console()
    held = True
    with tempfile.TemporaryDirectory() as scratch:
        index = Path(scratch) / "index"
        with console.status("building the demo shop's index"):
            build_index(index)
        for area in given.areas or AREAS:
            folder = Path(scratch) / area
            folder.mkdir()
            attack: Attack = importlib.import_module(f"tests.proofs.attack.{area}").attack
            with console.status(f"attacking: {area}"):
                rows = asyncio.run(attack(Ground(folder, index, given.short)))
            console.print(_table(area, rows))
            held = held and all(row.held for row in rows)
    return 0 if held else 1


def _table(area: str, rows: Sequence[Row]) -> Table:
    table = Table(title=area, title_justify="left")
    for heading in ("attack", "asked", "found", ""):
        table.add_column(heading)
    for row in rows:
        table.add_row(row.attack, row.asked, row.found, "held" if row.held else "BROKEN")
    return table


if __name__ == "__main__":
    sys.exit(main())
