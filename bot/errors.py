"""The error tree. Every message says what to do next, in English and Chinese.

DeskhandError
├── SettingsError      a setting is missing, malformed or a placeholder
├── KnowledgeError     a knowledge file or folder cannot be read
├── ReadingError       a file ended its reader: too long, too much memory, a crash
├── BuildError        no index, a damaged build, an encoder that does not match
├── EncoderError       the embedding model cannot be loaded or exported
├── TrainingError      a base cannot be loaded, or memory or disk are too small to train it
├── ModelError         a language model did not do its part; carries its `kind`
├── DatabaseError      the database does not answer or its schema is not ours
├── BusyError          too much is waiting; the sender should try again later
├── SlowError          a message took too long to understand; a person answers it
├── InputError         a shopper's, agent's or admin's input was refused
│   ├── ForbiddenError     the person may not do this
│   └── NotFoundError      no such ticket, user, conversation, build
├── ConflictError      somebody else was faster (a ticket already taken, a lease lost)
└── DeliveryError      a channel could not deliver a reply; carries `retry_after` seconds
    └── ChatGoneError      and never will: the shopper left, or blocked the bot

Vendor errors are translated into these at the border of the module that calls the vendor.
"""

from bot.texts import t


class DeskhandError(Exception):
    """Base of all errors that a person may read; `key` names the text in the locales, `exit_code`
    is what a command ends with."""

    exit_code = 1

    def __init__(self, key: str, **params: object) -> None:
        self.key = key
        self.params = params
        super().__init__(key)

    def message(self, language: str) -> str:
        """What went wrong and what to do, in the reader's language."""
        return t(self.key, language, **self.params)

    def __str__(self) -> str:
        return self.message("en")


class SettingsError(DeskhandError):
    """A setting is missing, malformed or a placeholder."""


class KnowledgeError(DeskhandError):
    """A knowledge file or folder cannot be read."""


class ReadingError(DeskhandError):
    """The process that read a file did not come to its end."""


class BuildError(DeskhandError):
    """No index, a damaged build, or an encoder that does not match."""


class EncoderError(DeskhandError):
    """The embedding model cannot be loaded or exported."""


class TrainingError(DeskhandError):
    """A base cannot be loaded, or memory or disk are too small to train it."""


class ModelError(DeskhandError):
    """A language model did not do its part. `kind` says how, as in "model.<kind>" of the locales;
    `retry_after` is the seconds that its server asks for."""

    def __init__(self, kind: str, *, retry_after: float | None = None, **params: object) -> None:
        super().__init__(f"model.{kind}", **params)
        self.kind = kind
        self.retry_after = retry_after


class DatabaseError(DeskhandError):
    """The database does not answer, or its schema is not ours."""


class BusyError(DeskhandError):
    """Too much is waiting; `retry_after` says in how many seconds to try again."""

    def __init__(self, key: str, retry_after: int, **params: object) -> None:
        super().__init__(key, retry_after=retry_after, **params)
        self.retry_after = retry_after


class SlowError(DeskhandError):
    """A message took too long to understand."""


class InputError(DeskhandError):
    """Input from a person was refused."""


class ForbiddenError(InputError):
    """The person may not do this."""


class NotFoundError(InputError):
    """There is no such ticket, user, conversation or build."""


class ConflictError(DeskhandError):
    """Somebody else was faster."""


class DeliveryError(DeskhandError):
    """A channel could not deliver; `retry_after` seconds, or None when it never will.

    `asked`: the outside named that time itself, so that it is neither too soon nor a guess.
    """

    def __init__(
        self, key: str, retry_after: float | None, *, asked: bool = False, **params: object
    ) -> None:
        super().__init__(key, **params)
        self.retry_after = retry_after
        self.asked = asked


class ChatGoneError(DeliveryError):
    """The chat takes no messages any more, which is the shopper's right and nobody's mistake."""

    def __init__(self, key: str, **params: object) -> None:
        super().__init__(key, None, asked=False, **params)


def first_line(error: BaseException) -> str:
    """A vendor's error in a line, short enough to stand in one of our messages."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")[:200]
