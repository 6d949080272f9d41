"""A request's parameters: form fields and uploads, read as the Bot API reads them."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.support.telegram.errors import bad_request


@dataclass(frozen=True)
class Upload:
    name: str
    content: bytes


@dataclass(frozen=True)
class Params:
    """Fields as they came: text, JSON in text where the value is not plain."""

    fields: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        return self.fields.get(name, default)

    def get(self, name: str) -> str | None:
        return self.fields.get(name)

    def number(self, name: str, default: int = 0) -> int:
        value = self.fields.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except ValueError:
            raise bad_request(f'can\'t parse "{name}": expected a number') from None

    def flag(self, name: str) -> bool:
        return self.fields.get(name, "").lower() in ("true", "1", "yes")

    def json(self, name: str) -> Any:
        """The value of a field that holds JSON; None where it is not given."""
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    def upload(self, name: str) -> Upload | None:
        """A file sent under its field's name or as attach://part."""
        value = self.fields.get(name, "")
        if value.startswith("attach://"):
            return self.uploads.get(value.removeprefix("attach://"))
        return self.uploads.get(name)
