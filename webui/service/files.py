"""Pictures on disk: whole or not at all, whatever happens in between."""

from __future__ import annotations

import errno
import os
import shutil
import time
import uuid
from math import prod
from pathlib import Path, PurePosixPath
from typing import Protocol

from webui.errors import DiskTrouble, RequestRejected
from webui.request import ResolvedRequest

_MEBIBYTE = 1 << 20
_INPUTS = Path(".darkroom") / "remakes"
_RESERVE = 64 * _MEBIBYTE


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is never seen half: `.part`, sync, rename, sync of the folder.

    Raises DiskTrouble; then nothing is left behind.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
        _sync_folder(path.parent)
    except OSError as error:
        _remove(part)
        raise DiskTrouble(_why(error, path.parent)) from None


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # swept at the next start


def remove_file(path: Path) -> None:
    """Delete a picture; one that is gone already is fine. Raises DiskTrouble."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise DiskTrouble(
            f"{path.name} could not be deleted: {error.strerror}. Check the permissions of its"
            " folder."
        ) from None


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows has no handle of a folder to sync
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _why(error: OSError, folder: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk of {folder} is full. Free some space, then make the picture again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"The folder {folder} cannot be written to. Change its permissions or choose another."
        )
    return f"The picture could not be written into {folder}: {error.strerror}."


class PictureFiles(Protocol):
    """Where pictures go."""

    def place(self, job_id: str, created: float, request: ResolvedRequest, index: int) -> Path:
        """The path of one picture: always the same for the same job and index."""
        ...

    def relative(self, path: Path) -> PurePosixPath: ...

    def absolute(self, path: PurePosixPath) -> Path: ...

    def check_space(self, request: ResolvedRequest) -> None:
        """Raises DiskTrouble when the pictures of a request would not fit."""
        ...

    def keep_input(self, data: bytes) -> Path:
        """Keep a PNG that was sent, for one job alone. Raises DiskTrouble."""
        ...

    def drop_input(self, path: Path | None) -> None:
        """Remove what `keep_input` has kept; anything else stays."""
        ...

    def sweep(self) -> int:
        """Remove what an earlier end of the program left half written. Returns how many."""
        ...


def _kept(folder: Path, data: bytes) -> Path:
    # A name of its own: the job that ends first must not take another's file away.
    path = folder / f"{uuid.uuid4().hex}.png"
    write_whole(path, data)
    return path


def is_sheet(request: ResolvedRequest, index: int) -> bool:
    """Whether what comes at this place is the sheet of a grid, which follows its pictures."""
    return request.sheet is not None and index == request.pictures


class DatedFiles:
    """`outputs/<date>/<time>-<job>-<number>-<seed>.png`, in the local time of the acceptance.

    The sheet of a grid comes last and is called `…-grid.png`.
    """

    def __init__(self, outputs: Path) -> None:
        self._outputs = outputs

    def place(self, job_id: str, created: float, request: ResolvedRequest, index: int) -> Path:
        when = time.localtime(created)
        name = f"{time.strftime('%H%M%S', when)}-{job_id[:8]}-{index + 1:03}"
        end = "grid" if is_sheet(request, index) else request.alone(index).seed
        return self._outputs / time.strftime("%Y-%m-%d", when) / f"{name}-{end}.png"

    def relative(self, path: Path) -> PurePosixPath:
        return PurePosixPath(path.relative_to(self._outputs).as_posix())

    def absolute(self, path: PurePosixPath) -> Path:
        return self._outputs / path

    def check_space(self, request: ResolvedRequest) -> None:
        check_space(self._outputs, request)

    def keep_input(self, data: bytes) -> Path:
        return _kept(self._outputs / _INPUTS, data)

    def drop_input(self, path: Path | None) -> None:
        if path and path.parent == self._outputs / _INPUTS:
            _remove(path)

    def sweep(self) -> int:
        parts = list(self._outputs.glob("????-??-??/*.png.part"))
        for part in parts:
            _remove(part)
        return len(parts)


def check_space(folder: Path, request: ResolvedRequest) -> None:
    """Raises DiskTrouble when the pictures of a request would not fit beside a reserve."""
    alone = (request.alone(index) for index in range(request.pictures))
    needed = sum(3 * prod(one.final_size) for one in alone) + _RESERVE
    here = folder
    while not here.exists() and here != here.parent:
        here = here.parent
    free = shutil.disk_usage(here).free
    if free < needed:
        raise DiskTrouble(
            f"The disk of {folder} has {free // _MEBIBYTE} MiB left; this job needs up to"
            f" {needed // _MEBIBYTE} MiB. Free some space, then try again."
        )


def _png_path(target: Path) -> Path:
    """The path of a PNG; a name without an ending gets one."""
    try:
        is_folder = target.is_dir() or not target.name
        str(target).encode()
    except (OSError, ValueError):
        raise RequestRejected(
            "The output's name holds characters that no file can have. Choose another.",
            field="output",
        ) from None
    if is_folder:
        raise RequestRejected(
            f"{target} is a folder. Name the picture in it, such as {target / 'picture.png'}.",
            field="output",
            value=str(target),
        )
    if not target.suffix:
        return target.with_suffix(".png")
    if target.suffix.lower() != ".png":
        raise RequestRejected(
            f"Pictures are written as PNG, which keeps how they were made; {target.name} is named"
            " as something else. Choose a name that ends in .png.",
            field="output",
            value=str(target),
        )
    return target


class NamedFiles:
    """Pictures at a path that the person gave; several are numbered before the suffix.

    Raises RequestRejected for a path where no PNG can be.
    """

    def __init__(self, target: Path) -> None:
        self._target = _png_path(target)

    def place(self, job_id: str, created: float, request: ResolvedRequest, index: int) -> Path:
        if request.pictures == 1 or is_sheet(request, index):
            return self._target
        return self._target.with_name(f"{self._target.stem}-{index + 1}{self._target.suffix}")

    def relative(self, path: Path) -> PurePosixPath:
        return PurePosixPath(path.as_posix())

    def absolute(self, path: PurePosixPath) -> Path:
        return Path(path)

    def check_space(self, request: ResolvedRequest) -> None:
        check_space(self._target.absolute().parent, request)

    def keep_input(self, data: bytes) -> Path:
        return _kept(self._target.parent / _INPUTS, data)

    def drop_input(self, path: Path | None) -> None:
        if path and path.parent == self._target.parent / _INPUTS:
            _remove(path)

    def sweep(self) -> int:
        return 0
