"""Two studios never work on one outputs folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from webui.errors import DiskTrouble
from webui.service import sole_use
from webui.settings import HOUSE

HOLD = """
import pathlib, sys
from webui.service import sole_use
with sole_use(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_studio_on_a_folder_is_refused_with_a_way_out(tmp_path: Path) -> None:
    with (
        sole_use(tmp_path / ".darkroom"),
        pytest.raises(DiskTrouble, match=r"Another Darkroom is open on .* --outputs"),
        sole_use(tmp_path / ".darkroom"),
    ):
        pass


def test_folder_is_free_again_after_an_orderly_end(tmp_path: Path) -> None:
    for _ in range(2):
        with sole_use(tmp_path / "new" / ".darkroom"):
            pass


def test_folder_is_free_again_after_its_holder_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, cwd=HOUSE, **pipes) as holder:
        assert holder.stdout
        assert holder.stdout.readline().strip() == b"held"
        with pytest.raises(DiskTrouble), sole_use(tmp_path):
            pass
        holder.kill()
        holder.wait(60)
    with sole_use(tmp_path):
        pass


def test_folder_that_is_a_file_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DiskTrouble, match="cannot be used"), sole_use(tmp_path / "file"):
        pass
