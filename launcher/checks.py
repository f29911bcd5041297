"""Runs every check of the project."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from launcher.place import Studio, child_environment
from launcher.words import say

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)


def find_chromium() -> str:
    named = os.environ.get("DARKROOM_CHROMIUM", "")
    found = [named] if named and Path(named).exists() else []
    found += [path for path in map(shutil.which, CHROMIUM_NAMES) if path]
    found += [path for path in CHROMIUM_PLACES if Path(path).exists()]
    return found[0] if found else ""


def provide_chromium(log: Path) -> tuple[str, str]:
    """The Chromium for the browser tests, installed where that may be; or why there is none."""
    path = find_chromium()
    if path:
        return path, ""
    if not shutil.which("apt-get"):
        return "", "no Chromium or Chrome was found; install one to run the browser tests"
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "", "no Chromium was found, and only root may install it: apt-get install chromium"
    say("Installing Debian's Chromium for the browser tests...")
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    with log.open("wb") as out:
        for command in (["apt-get", "update"], ["apt-get", "install", "-y", "chromium"]):
            subprocess.run(
                command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False
            )
    path = find_chromium()
    return path, "" if path else f"apt-get could not install Chromium (its words: {log})"


def checks(words: list[str]) -> list[list[str]]:
    if words:
        return [["pytest", *words]]
    return [
        ["ruff", "format", "--check", "."],
        ["ruff", "check", "."],
        ["basedpyright"],
        ["lint-imports"],
        ["pytest"],
    ]


def run_checks(studio: Studio, words: list[str]) -> int:
    """Every check in order, whatever the ones before it said; 1 if any failed."""
    results: list[tuple[bool, str]] = []
    chromium, reason = provide_chromium(studio.venv / "chromium.log")
    if reason:
        say(f"Browser tests are skipped: {reason}.")
        if os.environ.get("CI", "").lower() in ("1", "true"):
            results.append((False, f"Chromium for the browser tests: {reason}"))
    env = dict(child_environment(studio), DARKROOM_CHROMIUM=chromium)
    for command in checks(words):
        title = " ".join(command)
        say(f"\n== {title}")
        begun = time.monotonic()
        program = shutil.which(command[0], path=studio.path("scripts")) or command[0]
        code = subprocess.run([program, *command[1:]], cwd=studio.root, env=env, check=False)
        passed = code.returncode == 0
        results.append((passed, f"{title} ({time.monotonic() - begun:.1f} s)"))
        say(f"-- {'passed' if passed else f'FAILED, exit {code.returncode}'}: {results[-1][1]}")
    say("\n== Summary")
    for passed, title in results:
        say(f"  {'passed' if passed else 'FAILED'}  {title}")
    return 0 if all(passed for passed, _ in results) else 1
