"""The commands that list what there is, and what happens to words the command does not know."""

import os
import pickle
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from webui.builtin import SAMPLERS, SCHEDULES
from webui.cli import app
from webui.settings import HOUSE


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_samplers_are_listed_with_id_label_and_help():
    found = run("samplers")
    assert found.exit_code == 0
    lines = found.output.splitlines()
    ids = [line.split()[0] for line in lines]
    assert ids[: len(SAMPLERS)] == [sampler.id for sampler in SAMPLERS]
    assert all(sampler.label in line for sampler, line in zip(SAMPLERS, lines, strict=False))


def test_samplers_of_extensions_are_listed_after_ours():
    ids = [line.split()[0] for line in run("samplers").output.splitlines()]
    assert "res_multistep" in ids[len(SAMPLERS) :]


def test_schedules_are_listed_with_id_label_and_help():
    found = run("schedules")
    assert found.exit_code == 0
    assert [line.split()[0] for line in found.output.splitlines()] == [s.id for s in SCHEDULES]


def test_pocket_is_listed_without_being_asked_for_a_folder():
    found = run("checkpoints")
    assert found.exit_code == 0
    assert found.output.startswith("pocket  sd1, ")


def test_what_cannot_be_used_is_listed_with_the_reason(tmp_path):
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    (folder / "text.safetensors").write_text("hello, this is only text")
    (folder / "old.ckpt").write_bytes(pickle.dumps({"a": 1}))
    found = run("checkpoints", "--models", tmp_path)
    assert found.exit_code == 0
    assert "old.ckpt  cannot be used: old.ckpt may hold program code" in found.output
    assert "text.safetensors  cannot be used: text.safetensors is not a safetensors" in found.output
    assert f"There is no checkpoint in {tmp_path}." in found.output


def test_models_folder_that_is_not_there_is_told_in_words(tmp_path):
    found = run("checkpoints", "--models", tmp_path / "nowhere")
    assert found.exit_code == 0
    assert found.output == f"There is no checkpoint in {tmp_path / 'nowhere'}.\n"


@pytest.mark.parametrize("name", [b"a\xff.ckpt", b"two\nlines.ckpt", b"bell\x07.ckpt"])
def test_odd_name_takes_one_line_of_the_list(tmp_path, name):
    (tmp_path / "checkpoints").mkdir()
    path = os.path.join(os.fsencode(tmp_path / "checkpoints"), name)
    with open(path, "wb") as file:
        file.write(b"x")
    found = run("checkpoints", "--models", tmp_path)
    assert found.exit_code == 0, found.exception
    assert len(found.output.splitlines()) == 2
    assert "cannot be used" in found.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["generate"], "Missing argument"),
        (["generate", "a house"], "'--output'"),
        (["generate", "a", "-o", "x.png", "--steps", "many"], "'--steps'"),
        (["generate", "a", "-o", "x.png", "--cfg-scale", "high"], "'--cfg-scale'"),
        (["generate", "a", "-o", "x.png", "--stepz", "5"], "No such option: --stepz"),
        (["serve", "--port", "0"], "'--port'"),
        (["serve", "--port", "70000"], "'--port'"),
        (["serve", "--port", "http"], "'--port'"),
        (["samplers", "--modelz", "x"], "No such option"),
    ],
)
def test_wrong_use_of_a_command_is_refused_by_name(words, said):
    found = run(*words)
    assert found.exit_code == 2
    assert said in " ".join(found.stderr.split())
    assert "Traceback" not in found.output


def test_every_command_explains_itself():
    for command in ("serve", "generate", "checkpoints", "samplers", "schedules"):
        found = run(command, "--help")
        assert found.exit_code == 0
        assert f"{command} [OPTIONS]" in found.output


def test_command_runs_as_a_module_and_speaks_plain_text():
    found = subprocess.run(
        [sys.executable, "-m", "webui", "checkpoints"],
        cwd=HOUSE,
        capture_output=True,
        timeout=120,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
        check=True,
    )
    assert found.stderr == b""
    assert found.stdout.decode().startswith("pocket  sd1, ")
