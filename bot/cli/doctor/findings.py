"""What `bot doctor` finds: one thing that was looked at, how it is, and what to do."""

from dataclasses import dataclass, field
from typing import Literal, Self

from bot.errors import DeskhandError
from bot.texts import t
from bot.types import Language

Severity = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `key` names it, `detail` says how it is. Both are keys of
    texts, unless `detail` is an error that says it itself."""

    key: str
    severity: Severity
    detail: str | DeskhandError
    params: dict[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, key: str, fine: bool, otherwise: str, **params: object) -> Self:
        """What is `fine`, or an error whose detail is `otherwise`."""
        return cls(key, "ok" if fine else "error", f"{key}_ok" if fine else otherwise, params)

    def title(self, language: Language) -> str:
        """What was looked at."""
        return t(f"doctor.{self.key}", language)

    def message(self, language: Language) -> str:
        """How it is, and unless all is well what to do."""
        if isinstance(self.detail, DeskhandError):
            return self.detail.message(language)
        return t(f"doctor.{self.detail}", language, **self.params)
