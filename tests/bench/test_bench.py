"""`make bench` in its short form: that it measures everything, not how fast anything is."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.bench.plan import ROOT, WARM_UP, Asked, clock, questions


def test_short_bench_measures_both_sides(demo_index_dir: Path, tmp_path: Path) -> None:
    cached = tmp_path / "deskhand" / "encoders"  # the short form takes exports from the cache
    cached.parent.mkdir()
    cached.symlink_to(demo_index_dir / "encoders")
    command = [sys.executable, "-m", "tests.bench", "--quick", "--json"]
    env = os.environ | {"XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["passages"] > 0
    assert "Python" in found["machine"]
    assert "langchain-community" in found["note"]
    rows = {row["name"]: row for row in found["rows"]}
    assert len(rows) == 10
    for name in list(rows)[:7]:
        row = rows[name]
        sides = (row["flow"], row["retrieval"], row["chain"])
        assert all(value > 0 for value in (*sides, row["flow_ratio"], row["retrieval_ratio"])), name
    build = rows["index build, passages"]
    assert build["flow"] > 0
    assert build["chain"] > 0
    assert rows["index again, nothing changed"]["chain"] is None


def test_no_question_is_asked_twice() -> None:
    asked = Asked(200, 84)
    every = [*asked.first, *asked.alone, *asked.together]
    assert len(every) == len(set(every)) == WARM_UP + 284
    assert len(questions()) >= len(every)


def test_clock_gives_milliseconds() -> None:
    assert clock([float(n) for n in range(1, 101)]) == {"p50": 51_000.0, "p95": 96_000.0}
