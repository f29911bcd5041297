"""Makes the environment, and mends one that was left half done."""

import base64
import csv
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from launcher.lock import canonical, read_lock
from launcher.place import State, Studio, venv_problem
from launcher.words import NO_SPACE, LaunchError, explain, say


def make_ready(studio: Studio, wish: State) -> None:
    """Leaves a venv with a working pip, and no package in it of which only a part is there."""
    problem = venv_problem(studio)
    old = studio.read_state()
    if not problem and not (studio.site / "pip" / "__main__.py").exists():
        problem = "has no pip"
    if not problem and not old.done:
        problem = mend(studio, wish)
    if not problem:
        return
    left = [entry for entry in studio.venv.iterdir() if entry.name != "launch.lock"]
    if left:
        say(f"The environment in .venv {problem}; making it anew.")
    for entry in left:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    make_venv(studio.venv)
    studio.write_state(State(torch_index=wish.torch_index, tests=wish.tests))


def make_venv(folder: Path) -> None:
    """A new environment with the pip that this Python brings."""
    python = (
        sys.executable
        if sys.prefix == sys.base_prefix
        else getattr(sys, "_base_executable", sys.executable)
    )
    command = [python, "-m", "venv", str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if made.returncode == 0:
        return
    output = made.stdout + made.stderr
    if "ensurepip" in output and not any(words in output for words in NO_SPACE):
        raise LaunchError(
            "This Python cannot make environments: its parts venv or ensurepip are missing.",
            "install them (on Debian and Ubuntu: apt install python3-venv), then start again.",
        )
    raise explain(output, folder)


def mend(studio: Studio, wish: State) -> str:
    """Takes out the packages that an interrupted install left in part; pip then sees them missing.

    Every file is held against the digest that its package lists. Says what is beyond mending.
    """
    infos = sorted(studio.site.glob("*.dist-info"))
    if len(infos) > 5:
        say("The last install was not finished; checking what is there...")
    ours = {pin.name for pin in read_lock(studio.lock(wish.tests))} | {"pip"}
    for info in infos:
        name = canonical(info.name.split("-")[0])
        if name in ours and not is_whole(info):
            if name == "pip":
                return "has a pip of which a part is missing"
            shutil.rmtree(info)
    for stashed in studio.site.glob("~*"):
        shutil.rmtree(stashed, ignore_errors=True)
    return ""


def is_whole(info: Path) -> bool:
    """Whether every file of an installed package is there as its RECORD says."""
    try:
        with (info / "RECORD").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.reader(file) if row]
        for path, recorded, _size in rows:
            if recorded:
                kind, _, expected = recorded.partition("=")
                with (info.parent / path).open("rb") as content:
                    found = hashlib.file_digest(content, kind).digest()
                if base64.urlsafe_b64encode(found).decode().rstrip("=") != expected:
                    return False
    except (OSError, ValueError):
        return False
    return any(path.endswith("/INSTALLER") for path, _, _ in rows)
