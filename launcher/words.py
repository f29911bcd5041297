"""What the launcher says: in plain words, what happened and what to do."""

import errno
import re
import sys
from pathlib import Path

NO_SPACE = ("No space left on device", "[Errno 28]", "[WinError 112]", "not enough space on the")
NO_PERMISSION = ("Permission denied", "[Errno 13]", "[WinError 5]", "Read-only file system")
NO_NETWORK = (
    "NewConnectionError",
    "Failed to establish a new connection",
    "Max retries exceeded",
    "name resolution",
    "getaddrinfo failed",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "Connection aborted",
    "SSLError",
)


class LaunchError(Exception):
    """Something the person at the keyboard has to see to: what happened, and what to do."""

    def __init__(self, what: str, todo: str) -> None:
        super().__init__(what + "\nWhat to do: " + todo)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def masked(text: str) -> str:
    """The text without the name and password that an address may carry."""
    return re.sub(r"://[^/@\s]+@", "://****@", text)


def explain(output: str, folder: Path, log: Path | None = None) -> LaunchError:
    """What pip's output says to somebody who does not know pip."""
    where = f" Everything pip said is in {log}." if log else ""

    def shows(needles: tuple[str, ...]) -> bool:
        return any(needle in output for needle in needles)

    if shows(NO_SPACE):
        return no_space(folder, "became full during the install")
    if "DO NOT MATCH THE HASHES" in output:
        found = re.findall(r"^\s+(\S+==\S+) from ", output, flags=re.MULTILINE)
        return LaunchError(
            f"The package index sent other files than the lock names: {', '.join(found)}."
            " Nothing of it was installed.",
            "start again; if it stays, ask the one who runs the index or mirror that pip is set"
            f" to use (pip config list).{where}",
        )
    if shows(NO_PERMISSION):
        return no_permission(folder, where)
    if shows(NO_NETWORK):
        return LaunchError(
            "The package index was not reached: the network is away, or a proxy is in between.",
            "check the connection and pip's settings (pip config list), then start again;"
            f" the install goes on from there.{where}",
        )
    lacking = re.search(r"No matching distribution found for (\S+)", output)
    if lacking:
        return LaunchError(
            f"The package index has no {lacking.group(1)} for this Python and this machine,"
            " or it did not answer.",
            "try the Python version that README.md names; with --torch-index, check that the"
            f' index has this version of torch, or go back with "--torch-index default".{where}',
        )
    tail = "\n".join(f"  {line}" for line in output.strip().splitlines()[-6:])
    return LaunchError(f"The install failed. pip's last words:\n{tail}", f"start once more.{where}")


def no_space(folder: Path, what: str = "is full") -> LaunchError:
    return LaunchError(
        f"The disk that holds {folder} {what}.",
        "make room on it, or move this folder to a larger disk, then start again.",
    )


def no_permission(path: object, where: str = "") -> LaunchError:
    return LaunchError(
        f"There is no permission to write {path}.",
        "start as the person who owns this folder, or put the folder into your own home folder."
        + where,
    )


def plain_words(error: OSError, root: Path) -> LaunchError:
    """A failed call to the system, as a sentence."""
    path = error.filename or root
    if error.errno == errno.ENOSPC:
        return no_space(root)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return no_permission(path)
    if error.errno == errno.ENOENT and Path(str(path)).parent == root:
        return LaunchError(f"{path} is missing.", "get the whole folder of the project again.")
    return LaunchError(f"{path}: {error.strerror}.", "see to that file or folder.")
