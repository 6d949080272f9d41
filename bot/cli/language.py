"""The language that the command line speaks; the shopper's own is another matter."""

import os
from collections.abc import Callable
from functools import cache

from dotenv import dotenv_values

from bot.texts import t
from bot.types import Language

_VARIABLES = ("BOT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def cli_language() -> Language:
    """BOT_LANGUAGE (also in `.env`), then the terminal's locale; English unless it is Chinese."""
    variables = {**_dotenv(), **os.environ}
    chosen = next((value for name in _VARIABLES if (value := variables.get(name))), "")
    return "zh" if chosen.lower().startswith("zh") else "en"


def texts_of(area: str) -> Callable[..., str]:
    """Gives the area's texts by key, with their parameters, as the command line speaks."""
    return lambda key, **params: t(f"{area}.{key}", cli_language(), **params)


@cache
def _dotenv() -> dict[str, str | None]:
    return dotenv_values(".env")
