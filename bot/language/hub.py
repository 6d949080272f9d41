"""Models of the model hub: the copy on this machine first, then whether the hub can give one.

The hub's own client tries again for most of a minute, and does so for each file, before it says
that there is no network. Here it is asked once and shortly; only a hub that has the model is then
left to the client. It loads no model and chooses none.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

import httpx
from huggingface_hub import HfApi, snapshot_download

from bot.errors import first_line

T = TypeVar("T")

PATIENCE = 6.0  # seconds


def read(name: str, load: Callable[[str, bool], T], *, patience: float = PATIENCE) -> T:
    """What `load` makes of the model `name`, given the folder of the copy on this machine and True,
    or the name and False: whether to stay on this machine.

    Raises `OSError` with the reason when the model is not here and the hub cannot give it.
    """
    try:
        # By its folder: given a name, transformers asks the hub about adapters in any case.
        return load(snapshot_download(name, local_files_only=True), True)
    except (OSError, ValueError) as missing:  # nothing, or not all of it; not a hub's name
        if reason := _refusal(name, patience):
            raise OSError(reason) from missing
    return load(name, False)


def _refusal(name: str, patience: float) -> str | None:
    """Why the hub does not give this model, in a line; None when it does."""
    found: list[str | None] = []

    def ask() -> None:
        try:
            HfApi().model_info(name, timeout=2 * patience)  # so that it is we who give up first
        except (OSError, ValueError, httpx.HTTPError) as error:
            found.append(first_line(error))
        else:
            found.append(None)

    # A name server or a route that swallows everything obeys no timeout of the client's.
    asking = threading.Thread(target=ask, name="hub", daemon=True)
    asking.start()
    asking.join(patience)
    return found[0] if found else f"the hub did not answer within {patience:g} seconds"
