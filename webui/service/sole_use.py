"""One studio per outputs folder: two would both take up the same unfinished jobs."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from webui.errors import DiskTrouble


@contextmanager
def sole_use(state: Path) -> Generator[None]:
    """Hold the folder for this process; the system lets go of it however the process ends.

    Raises DiskTrouble when another studio holds it, or it cannot be used at all.
    """
    path = state / "studio.lock"
    try:
        state.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise DiskTrouble(
            f"The folder {state} cannot be used: {error.strerror}. Check its permissions, or choose"
            " another with --outputs."
        ) from None
    try:
        if not _locked(handle):
            raise DiskTrouble(
                f"Another Darkroom is open on {state.parent}. Use that one, close it, or give this"
                " one a folder of its own with --outputs."
            )
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Take the lock without waiting."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
