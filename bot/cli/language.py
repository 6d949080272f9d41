"""The language that the command line speaks; the shopper's own is another matter."""

import os

from bot.types import Language

_VARIABLES = ("BOT_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def cli_language() -> Language:
    """From BOT_LANGUAGE, then the locale of the terminal; English when neither says Chinese."""
    chosen = next((value for name in _VARIABLES if (value := os.environ.get(name))), "")
    return "zh" if chosen.lower().startswith("zh") else "en"
