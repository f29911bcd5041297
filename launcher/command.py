"""The launcher's command line."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from launcher.checks import run_checks
from launcher.install import prepare
from launcher.place import Studio, child_environment
from launcher.relock import relock
from launcher.words import LaunchError, masked, plain_words, say

HELP = """\
python launch.py                    start the studio on http://127.0.0.1:7860
python launch.py WORDS...           any command of the studio, as in: generate "a red boat" -o a.png
python launch.py serve --help       the studio's own help (or any command before --help)
python launch.py test [WORDS...]    every check; with words, only pytest with those words
python launch.py lock [WORDS...]    work out the locked versions anew (docs/lock.md);
                                    words go to uv, as in: lock --upgrade

The first start makes .venv and installs the locked versions; later starts find that done.

--torch-index URL    take torch and torchvision from this package index (CUDA on Windows, ROCm,
                     CPU only). Remembered; "--torch-index default" goes back to the lock's own.
"""


def split_words(words: list[str]) -> tuple[str | None, list[str]]:
    """The launcher's own --torch-index, and the words that are not the launcher's."""
    index, rest, queue = None, [], list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            return index, [*rest, word, *queue]
        name, equals, value = word.partition("=")
        if name != "--torch-index":
            rest.append(word)
            continue
        value = value if equals else (queue.pop(0) if queue else "")
        if value != "default" and not re.match(r"(https?|file)://\S+$", value):
            raise LaunchError(
                f'--torch-index needs the address of a package index, not "{masked(value)}".',
                'give it one that begins with https://, or the word "default".',
            )
        index = "" if value == "default" else value
    return index, rest


def run_studio(studio: Studio, words: list[str]) -> int:
    """Becomes the studio's own command, in the folder where the person stands."""
    # -P: a file there that happens to be called json.py, or webui, is not ours to import.
    command = [str(studio.python), "-P", "-m", "webui", *(words or ["serve"])]
    env = child_environment(studio)
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, env)
    return subprocess.call(command, env=env)


def act(studio: Studio, words: list[str]) -> int:
    if words[:1] in (["-h"], ["--help"]):
        say(HELP.rstrip())
        return 0
    torch_index, rest = split_words(words)
    command = rest[0] if rest else ""
    if command == "lock":
        return relock(studio, rest[1:])
    prepare(studio, command == "test", torch_index)
    if command == "test":
        return run_checks(studio, rest[1:])
    return run_studio(studio, rest)


def complain(error: LaunchError) -> int:
    sys.stderr.write(f"{error}\n")
    return 1


def main(words: list[str], root: Path | None = None) -> int:
    studio = Studio(root or Path(__file__).resolve().parent.parent)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        return act(studio, words)
    except LaunchError as error:
        return complain(error)
    except OSError as error:
        return complain(plain_words(error, studio.root))
    except KeyboardInterrupt:
        return 130
