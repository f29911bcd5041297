"""The command line: words, exit status, what it says; and two launchers at once."""

import ast
import errno
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import launcher.checks
from launcher.checks import run_checks
from launcher.command import main, split_words
from launcher.lock import lock_problem, marker_holds, read_lock
from launcher.place import Studio, alone
from launcher.words import LaunchError, explain, plain_words

from .small import REPOSITORY


def launch_file():
    spec = importlib.util.spec_from_file_location("launch", REPOSITORY / "launch.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def start(studio, *words, cwd=None):
    command = [sys.executable, str(studio.root / "launch.py"), *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("version", "bits", "words"),
    [
        ((3, 6, 9), 64, "this is Python 3.6.9"),
        ((3, 10, 14), 64, "needs Python 3.11 or newer"),
        ((3, 12, 1), 32, "64-bit"),
        ((3, 11, 0), 64, ""),
        ((3, 15, 0), 64, ""),
    ],
)
def test_unfit_python_gets_a_sentence(version, bits, words):
    said = launch_file().python_problem(version, bits)
    assert words in said
    assert bool(said) == bool(words)


def test_launch_file_is_readable_by_old_pythons():
    source = (REPOSITORY / "launch.py").read_text()
    tree = ast.parse(source, feature_version=(3, 7))
    head = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert "annotations" not in source.split('"""')[2], "3.6 does not know that future"
    known = {alias.name for node in head if isinstance(node, ast.Import) for alias in node.names}
    assert known == {"struct", "sys"}


def test_words_folder_and_exit_status_pass_through(studio, tmp_path):
    done = start(studio, "generate", "a red boat on the sea", "-o", "boat.png", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert told["words"] == ["generate", "a red boat on the sea", "-o", "boat.png"]
    assert told["cwd"] == str(tmp_path)
    assert told["usersite"] is False
    assert done.returncode == 0
    assert start(studio, "fail").returncode == 7


def test_folder_where_one_stands_is_not_imported_from(studio, tmp_path):
    (tmp_path / "webui").mkdir()
    (tmp_path / "webui" / "__main__.py").write_text("raise SystemExit('the wrong one')")
    assert start(studio, "serve", cwd=tmp_path).returncode == 0


def test_no_words_means_serve(studio):
    assert json.loads(start(studio).stdout)["words"] == ["serve"]


def test_help_installs_nothing(tmp_path, capsys):
    assert main(["--help"], tmp_path) == 0
    assert "--torch-index" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "index", "rest"),
    [
        (["serve"], None, ["serve"]),
        (["--torch-index", "https://x/cpu", "serve"], "https://x/cpu", ["serve"]),
        (["serve", "--torch-index=https://x/cpu", "-v"], "https://x/cpu", ["serve", "-v"]),
        (["--torch-index", "default"], "", []),
        (["generate", "--", "--torch-index"], None, ["generate", "--", "--torch-index"]),
    ],
)
def test_torch_index_is_taken_out_of_the_words(words, index, rest):
    assert split_words(words) == (index, rest)


@pytest.mark.parametrize("words", [["--torch-index"], ["--torch-index", "cpu"]])
def test_torch_index_without_an_address_is_refused(words):
    with pytest.raises(LaunchError, match="needs the address"):
        split_words(words)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("OSError: [Errno 28] No space left on device", "became full"),
        ("ERROR: [Errno 13] Permission denied: '/x'", "no permission"),
        ("after connection broken by 'NewConnectionError(...)'", "network is away"),
        ("something else\nlast words", "last words"),
    ],
)
def test_pip_output_becomes_a_sentence(output, words, tmp_path):
    said = str(explain(output, tmp_path, tmp_path / "install.log"))
    assert words in said
    assert "What to do: " in said


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EACCES, "no permission to write"),
        (errno.ENOENT, "is missing"),
        (errno.ENOTDIR, "Not a directory"),
    ],
)
def test_failed_system_call_becomes_a_sentence(number, words, tmp_path):
    error = OSError(number, "Not a directory", str(tmp_path / "requirements.lock"))
    assert words in str(plain_words(error, tmp_path))


def test_missing_lock_is_no_traceback(tmp_path, capsys):
    assert main([], tmp_path) == 1
    assert f"{tmp_path / 'requirements.lock'} is missing" in capsys.readouterr().err


def test_interrupt_is_quiet(monkeypatch, tmp_path, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("launcher.command.prepare", interrupted)
    assert main([], tmp_path) == 130
    assert capsys.readouterr() == ("", "")


def test_second_launcher_waits_for_the_first_and_says_so(studio):
    studio.write_state(studio.read_state()._replace(done=""))
    command = [sys.executable, str(studio.root / "launch.py")]
    with alone(studio.venv / "launch.lock"):
        second = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        first_words = second.stdout.readline()
        assert second.poll() is None
    rest = second.communicate()[0]
    assert first_words.startswith("Another launcher is installing here")
    assert "Installed." in rest
    assert second.returncode == 0


def test_two_launchers_at_once_install_once(studio):
    studio.write_state(studio.read_state()._replace(done=""))
    command = [sys.executable, str(studio.root / "launch.py")]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = "".join(process.communicate()[0] for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert said.count("Installed.") == 1


def test_markers_decide_by_this_machine():
    assert marker_holds("")
    assert marker_holds(f"sys_platform == '{sys.platform}' and python_full_version >= '3.9'")
    assert not marker_holds("python_full_version >= '3.100' or sys_platform == 'nowhere'")
    assert marker_holds("(platform_machine == 'x' and os_name == 'y') or python_version > '3.2'")


def test_the_committed_locks_are_of_one_piece():
    runtime = (REPOSITORY / "requirements.lock").read_text()
    test = (REPOSITORY / "requirements-test.lock").read_text()
    assert lock_problem(runtime, test) == ""
    pins = read_lock(test)
    assert all("--hash=sha256:" in pin.block for pin in pins)
    here = [pin.name for pin in pins if marker_holds(pin.marker)]
    assert len(here) == len(set(here))
    assert {"torch", "torchvision", "diffusers", "gradio"} <= set(here)


def test_the_locks_hold_what_pyproject_asks_for():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    asked = {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-test.lock": project["dependency-groups"]["test"],
    }
    for file, needs in asked.items():
        versions = {pin.name: pin.version for pin in read_lock((REPOSITORY / file).read_text())}
        for need in needs:
            name, version = re.match(r"([\w.-]+)(?:==(\S+))?", need).groups()
            assert name in versions, f"python launch.py lock: {file} lacks {name}"
            assert version in (None, versions[name]), (
                f"python launch.py lock: {file} has old {name}"
            )


def test_lock_problem_notices_addresses_and_differing_versions():
    assert "address" in lock_problem("a==1\n", "a==1\n--index-url https://x\n")
    assert "differ on b" in lock_problem("a==1\nb==1\n", "a==1\nb==2\n")


@pytest.fixture
def two_checks(monkeypatch, tmp_path):
    """A studio whose checks are one that fails and one that passes."""
    script = (
        "import os, sys; sys.exit(int(sys.argv[1]) or int(bool(os.environ['DARKROOM_CHROMIUM'])))"
    )
    commands = [[sys.executable, "-c", script, "3"], [sys.executable, "-c", script, "0"]]
    monkeypatch.setattr(launcher.checks, "checks", lambda words: commands[len(words) :])
    monkeypatch.setattr(launcher.checks, "provide_chromium", lambda log: ("", "none was found"))
    return Studio(tmp_path)


def test_every_check_runs_and_one_failure_fails_all(two_checks, monkeypatch, capfd):
    monkeypatch.delenv("CI", raising=False)
    assert run_checks(two_checks, []) == 1
    summary = capfd.readouterr().out.split("== Summary")[1]
    assert summary.count("FAILED") == 1
    assert summary.count("passed") == 1
    assert run_checks(two_checks, ["-k x"]) == 0


def test_missing_chromium_fails_in_ci_only(two_checks, monkeypatch, capfd):
    monkeypatch.delenv("CI", raising=False)
    assert run_checks(two_checks, ["-k x"]) == 0
    assert "Browser tests are skipped: none was found" in capfd.readouterr().out
    monkeypatch.setenv("CI", "true")
    assert run_checks(two_checks, ["-k x"]) == 1


def test_words_after_test_go_to_pytest_alone():
    assert launcher.checks.checks(["-k", "sampler"]) == [["pytest", "-k", "sampler"]]
    assert [check[0] for check in launcher.checks.checks([])][-3:] == [
        "basedpyright",
        "lint-imports",
        "pytest",
    ]


def test_chromium_is_not_installed_without_the_right_to(monkeypatch, tmp_path):
    monkeypatch.setattr(launcher.checks, "find_chromium", lambda: "")
    monkeypatch.setattr(launcher.checks.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(launcher.checks.os, "geteuid", lambda: 1000)
    path, reason = launcher.checks.provide_chromium(Path(tmp_path / "log"))
    assert path == ""
    assert "only root" in reason
