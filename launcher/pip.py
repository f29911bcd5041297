"""Runs the pip of .venv, and tells shortly what it does."""

import re
import shutil
import subprocess
import sys
from typing import TextIO

from launcher.place import Studio, child_environment
from launcher.words import explain, masked


def run_pip(
    studio: Studio, words: list[str], total: int, settings: dict[str, str] | None = None
) -> None:
    """Runs .venv's pip, with its words in the log and a short account on the terminal."""
    env = dict(child_environment(studio), PIP_USER="0", PIP_NO_INPUT="1", **(settings or {}))
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT", "PIP_NO_DEPS"):
        env.pop(name, None)
    # Wheels pass through a temporary folder on the disk whose room was checked: /tmp may be small.
    scratch = studio.venv / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    env.update(TMPDIR=str(scratch), TEMP=str(scratch), TMP=str(scratch), PYTHONIOENCODING="utf-8")
    env.update(PYTHONUNBUFFERED="1", PIP_DISABLE_PIP_VERSION_CHECK="1")
    command = [str(studio.python), "-m", "pip", *words]
    with studio.log.open("a", encoding="utf-8") as log:
        log.write(masked("\n$ " + " ".join(command) + "\n"))
        code, output = follow(command, env, log, Progress(total, sys.stdout))
    if code:
        raise explain(output, studio.venv, studio.log)


def follow(
    command: list[str], env: dict[str, str], log: TextIO, progress: "Progress"
) -> tuple[int, str]:
    output: list[str] = []
    with subprocess.Popen(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        close_fds=False,  # the lock's file is to stay open there; Python's others do not inherit
    ) as process:
        try:
            for line in process.stdout or ():
                log.write(line)
                log.flush()
                output.append(line)
                progress.line(line)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            progress.end()
    return process.returncode, "".join(output)


class Progress:
    """pip's account made short: one moving line on a terminal, the large files elsewhere."""

    def __init__(self, total: int, stream: TextIO) -> None:
        self.total = total
        self.stream = stream
        self.count = 0
        self.moving = stream.isatty()

    def line(self, text: str) -> None:
        self.count += text.startswith("Collecting ")
        file = re.match(r"\s*(?:Downloading|Using cached) (\S+?)-\d\S*(?: \((.*)\))?", text)
        if file:
            size = file.group(2) or ""
            large = re.match(r"(\d{3,}\.\d MB|.* GB)", size)
            self.show(f"  {self.count} of {self.total}: {file.group(1)} ({size})", bool(large))
        elif text.startswith("Installing collected packages"):
            self.show("  unpacking (this can take a few minutes)", self.total > 20)

    def show(self, text: str, large: bool) -> None:
        if self.moving:
            self.stream.write("\r" + text[:78].ljust(78))
        elif large:
            self.stream.write(text + "\n")
        self.stream.flush()

    def end(self) -> None:
        if self.moving and self.total:
            self.stream.write("\r" + " " * 78 + "\r")
            self.stream.flush()
