"""The shop's voice, from `studio` in its `shop.yaml`: tone, words to use and to avoid, examples.

    studio:
      tone: warm
      use: {en: {buy: pick up}, zh: {宝贝: 商品}}
      avoid: {en: [cheap], zh: [亲]}
      examples: {en: ["A mug for slow mornings."]}

Each is given once for both languages, or under `en` and `zh`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import InputError
from bot.knowledge import shop_file
from bot.studio.brief import TONES, Voice
from bot.types import Language

_FIELDS = frozenset({"tone", "use", "avoid", "examples"})
_MOST, _LONGEST = 200, 2000


def read_voice(knowledge_dir: Path, language: Language) -> Voice:
    """The voice in one language; the plain one where the file says nothing. `InputError` names what
    is wrong in it."""
    _, fields = shop_file.read(knowledge_dir)
    tone = _by_language(fields.get("tone"), language)
    sentence = tone if isinstance(tone, str) else ""
    given = fields.get("studio")
    if given is None:
        return Voice(sentence=sentence)
    if not isinstance(given, Mapping):
        raise InputError("drafts.voice_no_map")
    if unknown := sorted(set(map(str, given)) - _FIELDS):
        raise InputError("drafts.voice_field", field=unknown[0], known=", ".join(sorted(_FIELDS)))
    asked = _by_language(given.get("tone"), language) or "plain"
    if asked not in TONES:
        raise InputError("drafts.no_tone", tone=asked, known=", ".join(TONES))
    use = _by_language(given.get("use"), language) or {}
    if not isinstance(use, Mapping):
        raise InputError("drafts.voice_list", field="use")
    return Voice(
        tone=asked,
        use={str(word): str(better) for word, better in list(use.items())[:_MOST]},
        avoid=_list(given.get("avoid"), "avoid", language),
        sentence=sentence,
        examples=_list(given.get("examples"), "examples", language),
    )


def _list(value: Any, field: str, language: Language) -> tuple[str, ...]:
    found = _by_language(value, language)
    if found is None:
        return ()
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise InputError("drafts.voice_list", field=field)
    return tuple(each.strip()[:_LONGEST] for each in found[:_MOST] if each.strip())


def _by_language(value: Any, language: Language) -> Any:
    """What is said under a language, or once for both."""
    if isinstance(value, Mapping) and value and set(map(str, value)) <= {"en", "zh"}:
        return value.get(language)
    return value
