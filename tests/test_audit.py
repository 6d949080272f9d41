"""`make audit`: what is said of known holes, and that no answer is not taken for a good one."""

from typing import Any

from tests.audit import pins, verdict
from tests.support.paths import ROOT

GOOD: dict[str, Any] = {"name": "a", "version": "1", "vulns": []}
HOLED = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
MISSED = {"name": "c", "skip_reason": "not found"}


def test_a_known_hole_fails_and_names_the_version_that_mends_it() -> None:
    assert verdict([GOOD, HOLED, MISSED]) == (1, ["b 2: PYSEC-1, mended in 2.1"])


def test_no_hole_is_said_of_what_was_looked_at() -> None:
    assert verdict([GOOD, MISSED]) == (
        0,
        ["No known hole in 1 packages; 1 are not on the list."],
    )


def test_where_nothing_answers_nothing_was_looked_at() -> None:
    for found in ([], [MISSED]):
        status, (line,) = verdict(found)
        assert status == 0
        assert line.startswith("Skipped")


def test_every_pin_has_the_hash_of_its_file() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    blocks = [block for block in text.split("\n") if "==" in block]
    assert len(pins(text)) == len(blocks) > 100
    assert all(block.endswith("\\") for block in blocks), "a hash follows"
    assert "://" not in text.partition("\n\n")[0]
