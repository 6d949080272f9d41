"""How well keywords are found: `python -m tests.bench.texts --data FOLDER`.

FOLDER/csl-zh/kg-dev.tsv: Chinese abstracts, each with its title behind it and with its authors'
keywords. The weights in `bot/studio/texts/keywords.py` were chosen on the first half, so the second
half is what counts. Other texts' words (no keywords) are the background. F1 at five, once over all
keywords and once as the mean of the texts.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from bot.studio.texts.keywords import Background, background, keywords

_MOST = 5
_LONGEST_TITLE = 60  # characters

Case = tuple[str, str, frozenset[str]]
"""An abstract, its title, its keywords."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.texts")
    parser.add_argument("--data", type=Path, required=True, help="a folder with csl-zh/")
    cases = _cases(parser.parse_args().data / "csl-zh" / "kg-dev.tsv")
    others = background(f"{text} {title}" for text, title, _ in cases)
    half = len(cases) // 2
    for name, some in (("chosen on", cases[:half]), ("held out", cases[half:])):
        print(f"{name:10} {len(some)} texts: with their titles {_f1(some, others)}")
        bare = [(f"{text} {title}", "", wanted) for text, title, wanted in some]
        print(f"{'':10} as one text, no title told: {_f1(bare, others)}")


def _f1(cases: Sequence[Case], others: Background) -> str:
    both = every = 0
    mean = 0.0
    for text, title, wanted in cases:
        found = set(keywords(text, others, _MOST, title))
        right = len(found & wanted)
        both += right
        every += len(found) + len(wanted)
        mean += 2 * right / max(1, len(found) + len(wanted))
    return f"F1@5 {2 * both / every:.3f} (mean of texts {mean / len(cases):.3f})"


def _cases(path: Path) -> list[Case]:
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        _, whole, names = line.split("\t")
        text, apart, title = whole.rpartition(" ")
        if not apart or len(title) > _LONGEST_TITLE:
            text, title = whole, ""
        found.append((text, title, frozenset(names.split("_"))))
    return found


if __name__ == "__main__":
    main()
