"""Whether a configured model could be asked, for `bot doctor`. It loads nothing."""

from typing import Literal

import openai
from huggingface_hub import try_to_load_from_cache
from pydantic import SecretStr

from bot.writing.models import api
from bot.writing.models.place import place

_PATIENCE = 5.0  # seconds


Look = Literal["model_ok", "model_unlisted", "model_to_fetch"]


def check(setting: str, key: SecretStr | None, base_url: str | None) -> Look:
    """How a model of the settings is found; `ModelError` when it could not be asked at all."""
    if setting.startswith("openai:"):
        listed = setting.removeprefix("openai:") in _served(setting, key, base_url)
        return "model_ok" if listed else "model_unlisted"
    where = place(setting)
    there = not where.hub or isinstance(try_to_load_from_cache(where.name, "config.json"), str)
    return "model_ok" if there else "model_to_fetch"


def _served(setting: str, key: SecretStr | None, base_url: str | None) -> list[str]:
    """The models that the server lists."""
    client = openai.OpenAI(
        api_key=key.get_secret_value() if key else api.NO_KEY,
        base_url=base_url,
        timeout=_PATIENCE,
        max_retries=0,
    )
    with client:
        try:
            return [model.id for model in client.models.list()]
        except api.BREAKS as error:
            raise api.translated(error, False, setting, base_url or api.VENDOR) from error
