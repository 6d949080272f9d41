"""What `deskhand[local]` installs: packages for training and for GGUF files, which serving does
without."""

from importlib.util import find_spec

GGUF = ("accelerate", "gguf")
TRAINING = (*GGUF, "peft")


def missing(packages: tuple[str, ...]) -> str:
    """Those of the packages that are not installed, as a person reads them; "" when all are."""
    return ", ".join(name for name in packages if find_spec(name) is None)
