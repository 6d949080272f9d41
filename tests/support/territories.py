"""Makes `bot/language/territories.json`: `python -m tests.support.territories`."""

import json

from phonenumbers.geodata.locale import LOCALE_DATA

from bot.language.foreign import _LATIN, _SCRIPTS
from bot.language.territories import FILE
from bot.language.wording import fold

LANGUAGES = ("en", "zh", *_LATIN, *_SCRIPTS)
# How they are called for short, which the data does not have.
SHORT = {
    "AE": ["uae", "emirates", "阿联酋"],
    "BA": ["bosnia"],
    "CD": ["congo"],
    "CN": ["mainland china", "中国大陆", "中国内地", "大陆"],
    "CZ": ["czechia", "捷克"],
    "GB": ["uk", "u.k.", "britain", "great britain", "england", "scotland", "wales"],
    "HK": ["中国香港", "香港"],
    "IE": ["republic of ireland"],
    "KR": ["korea", "南韩"],
    "MO": ["macau", "macao", "中国澳门", "澳门"],
    "NL": ["holland", "the netherlands"],
    "RU": ["俄国"],
    "SA": ["沙特"],
    "TW": ["中国台湾", "台湾"],
    "US": ["usa", "u.s.a.", "america", "united states of america"],
    "VN": ["viet nam"],
}


def names() -> dict[str, list[str]]:
    """By ISO code every folded name, those that several share left out."""
    found = {code: set(map(fold, SHORT.get(code, ()))) for code in sorted(LOCALE_DATA)}
    for code, of in found.items():
        for language in LANGUAGES:
            said = LOCALE_DATA[code].get(language, "")
            if said.startswith("*"):  # the same as in that language
                said = LOCALE_DATA[code].get(said[1:], "")
            if not said.startswith("*") and len(said) > 1:
                of.add(fold(said))
    owners = [name for of in found.values() for name in of]
    return {code: sorted(n for n in of if owners.count(n) == 1) for code, of in found.items()}


if __name__ == "__main__":
    lines = (f'"{code}":{json.dumps(of, ensure_ascii=False)}' for code, of in names().items())
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
