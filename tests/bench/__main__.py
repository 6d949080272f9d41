"""`python -m tests.bench`: Deskhand beside a plain langchain chain, as a table.

python -m tests.bench            everything, about four minutes
python -m tests.bench --quick    less of it, up to a minute: shows that it works
python -m tests.bench --json     the figures for a program
python -m tests.bench --plot     docs/bench.png as well
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tests.bench.plan import FULL, QUICK, ROOT
from tests.bench.run import bench

PLOT = ROOT / "docs" / "bench.png"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Deskhand beside a plain langchain chain."
    )
    parser.add_argument("--quick", action="store_true", help="a minute; figures mean little")
    parser.add_argument("--json", action="store_true", help="print figures for a program")
    parser.add_argument("--plot", action="store_true", help="draw docs/bench.png")
    options = parser.parse_args()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with tempfile.TemporaryDirectory(prefix="deskhand-bench-") as scratch, bar:
        task = bar.add_task("", total=None)

        def show(label: str, done: int, total: int) -> None:
            bar.update(task, description=label, completed=done, total=total)

        found = bench(QUICK if options.quick else FULL, Path(scratch), show)
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _print(found)
    if options.plot:
        from tests.bench.plot import draw

        draw(found, PLOT)


def _print(found: dict[str, Any]) -> None:
    table = Table(title=f"{found['passages']} passages of the demo shop")
    table.add_column("")
    for heading in ("whole flow", "retriever", "langchain chain", "flow ×", "retriever ×"):
        table.add_column(heading, justify="right")
    table.add_column("meant to be")
    for row in found["rows"]:
        figures = [_figure(row[side], row["unit"]) for side in ("flow", "retrieval", "chain")]
        ratios = [_ratio(row["flow_ratio"]), _ratio(row["retrieval_ratio"])]
        table.add_row(row["name"], *figures, *ratios, row["target"])
    console = Console()
    # Into a file or a log the whole table goes, however narrow that pretends to be.
    console.width = max(console.width, 118) if not console.is_terminal else console.width
    console.print(table)
    console.print(found["machine"], highlight=False)
    asked = found["questions"]
    console.print(
        f"{asked['alone']} questions one by one, then {asked['together']} others, 32 at once; "
        f"start: median of {found['starts']}. × is how many times better than the chain.",
        highlight=False,
    )
    console.print(found["note"], style="dim", highlight=False)


def _figure(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f} {unit}"


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} ×"


if __name__ == "__main__":
    main()
