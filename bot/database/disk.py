"""Files that are on the disk when a call returns, as a rename after it relies on."""

import os
from pathlib import Path


def sync_tree(folder: Path) -> None:
    """Put a folder and everything below it on the disk."""
    for path in sorted(folder.rglob("*")):
        sync(path)
    sync(folder)


def sync(path: Path) -> None:
    """Put a file, or a folder's list of names, on the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders and keeps renames in order by itself
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
