"""The pictures of `bot eval`: well-formed, in both languages, with what was counted in them."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bot.knowledge import pictures
from bot.knowledge.evaluate import Asked, Run

SVG = "{http://www.w3.org/2000/svg}"


def drawn(
    folder: Path, sure: list[float], right: list[bool], language: str = "en"
) -> list[ET.Element]:
    asked = [Asked(question=f"question {n}?", expect="a") for n in range(len(sure))]
    runs = [Run(("a" if r else "b",), s, "reply") for s, r in zip(sure, right, strict=True)]
    return [ET.parse(path).getroot() for path in pictures.write(folder, asked, runs, language)]


def points(picture: ET.Element) -> list[tuple[float, ...]]:
    line = picture.findall(f".//{SVG}polyline")[-1].attrib["points"]
    return [tuple(map(float, point.split(","))) for point in line.split()]


def test_the_bands_and_the_wrong_share_are_drawn_where_they_belong(tmp_path: Path) -> None:
    reliability, risk = drawn(tmp_path / "new", [0.95, 0.95, 0.25, 0.25], [True, True, True, False])
    assert points(reliability) == [(90.0, 180.0), (342.0, 0.0)]
    said = [dot[0].text for dot in reliability.findall(f".//{SVG}circle")]
    assert said == ["2 questions, 50% right", "2 questions, 100% right"]
    assert points(risk) == [(90.0, 360.0), (180.0, 360.0), (270.0, 360.0), (360.0, 60.0)]


@pytest.mark.parametrize("count", [1, 2000])
def test_one_question_and_very_many_are_drawn(tmp_path: Path, count: int) -> None:
    sure = [n / count for n in range(count)]
    _, risk = drawn(tmp_path, sure, [n % 3 > 0 for n in range(count)])
    assert 1 <= len(points(risk)) <= 300


def test_they_speak_chinese(tmp_path: Path) -> None:
    titles = [picture.find(f"{SVG}title") for picture in drawn(tmp_path, [0.5], [True], "zh")]
    assert [title.text for title in titles if title is not None] == ["可靠度", "风险与覆盖率"]
