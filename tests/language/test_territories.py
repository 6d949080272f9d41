"""Countries by their names, in many languages; and the file is what its maker would write."""

import json

import pytest

from bot.language.territories import FILE, territories, without_territories
from tests.support.territories import names


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("do you ship to Austria?", {"AT"}),
        ("Liefern Sie nach Österreich oder in die Schweiz", {"AT", "CH"}),
        ("livrez-vous en Allemagne", {"DE"}),
        ("EU, UK and US", {"GB", "US"}),
        ("to the us", {"US"}),
        ("tell us, give us a call", set()),
        ("South Korea, New Zealand and Hong Kong", {"KR", "NZ", "HK"}),
        ("能寄到韓國和中国大陆吗", {"KR", "CN"}),
        ("日本也可以吗", {"JP"}),
        ("is there a niche", set()),
    ],
)
def test_a_country_is_known_by_its_names(text: str, codes: set[str]) -> None:
    assert territories(text) == codes


def test_a_text_is_left_without_them() -> None:
    assert without_territories("In the UK and Hong Kong it is free").split() == [
        *("in", "the", "and", "it", "is", "free")
    ]
    assert without_territories("寄到德国的运费") == "寄到 的运费"


def test_the_file_holds_what_the_data_says() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8")) == names()
