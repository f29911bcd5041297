"""Works the lock files out anew: the one command that changes them (docs/lock.md)."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from launcher.lock import RUNTIME_LOCK, TEST_LOCK, lock_problem, read_lock
from launcher.place import Studio
from launcher.venv import make_venv
from launcher.words import LaunchError, say


def relock(studio: Studio, words: list[str]) -> int:
    """Works both locks out with uv in a folder apart, so that no path of this machine gets in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("pyproject.toml", RUNTIME_LOCK, TEST_LOCK):
            if file == "pyproject.toml" or (studio.root / file).exists():
                shutil.copy(studio.root / file, folder / file)
        make_venv(folder / "tools")
        programs = folder / "tools" / ("Scripts" if os.name == "nt" else "bin")
        tool([str(programs / "python"), "-m", "pip", "install", "--quiet", "uv"], folder)
        compile_words = [str(programs / "uv"), "pip", "compile", "pyproject.toml", "--quiet"]
        compile_words += ["--universal", "--python-version", "3.11", "--generate-hashes"]
        compile_words += ["--only-binary", ":all:", *words]
        compile_words += ["--custom-compile-command", "python launch.py lock"]
        tool([*compile_words, "-o", RUNTIME_LOCK], folder)
        group = ["--group", "test", "-c", RUNTIME_LOCK]
        tool([*compile_words, *group, "-o", TEST_LOCK], folder)
        made = {file: (folder / file).read_text("utf-8") for file in (RUNTIME_LOCK, TEST_LOCK)}
    problem = lock_problem(made[RUNTIME_LOCK], made[TEST_LOCK])
    if problem:
        raise LaunchError(
            f"The new locks are not fit for use: {problem}.", "the old ones are kept."
        )
    for file, text in made.items():
        target = studio.root / file
        before = target.read_text(encoding="utf-8") if target.exists() else ""
        target.write_text(text, encoding="utf-8", newline="\n")
        pins = {(pin.name, pin.version) for pin in read_lock(text)}
        changed = sorted(pins - {(pin.name, pin.version) for pin in read_lock(before)})
        say(f"{file}: {len(pins)} packages, {len(changed)} new or changed")
        for pin in changed:
            say("  " + "==".join(pin))
    return 0


def tool(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise LaunchError(
            f"{Path(command[0]).name} could not do its part (its words are above).",
            "see docs/lock.md; the locks are as they were.",
        )
