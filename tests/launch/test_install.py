"""The install, with a real pip, on wheels that the tests make."""

import shutil
from pathlib import Path

import pytest

import launcher.install
import launcher.venv
from launcher.install import prepare
from launcher.place import venv_problem
from launcher.words import LaunchError

from .small import make_wheel, move_venv, version_in, write_locks


def interrupt(studio):
    """What a start finds that comes after a killed one."""
    studio.write_state(studio.read_state()._replace(done=""))


def test_installs_what_the_lock_names_and_nothing_else(studio):
    assert version_in(studio, "alpha") == version_in(studio, "beta") == "1.0"
    assert version_in(studio, "gamma") == "", "its marker is false here"
    assert version_in(studio, "tester") == "", "only the test lock has it"


def test_second_start_runs_no_pip(studio, pip_runs):
    prepare(studio, False, None)
    assert pip_runs == []


def test_checks_add_their_tools_and_a_plain_start_keeps_them(studio, pip_runs):
    prepare(studio, True, None)
    assert version_in(studio, "tester") == "1.0"
    prepare(studio, False, None)
    prepare(studio, True, None)
    assert len(pip_runs) == 1


def test_interrupted_install_is_repaired(studio, monkeypatch, wheels):
    write_locks(studio.root, wheels.pin("alpha", "2.0") + wheels.pin("beta"))

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(launcher.install, "run_pip", killed)
        with pytest.raises(KeyboardInterrupt):
            prepare(studio, False, None)
    prepare(studio, False, None)
    assert version_in(studio, "alpha") == "2.0"


@pytest.mark.parametrize("damage", ["cut file", "lost file", "lost record", "record of the wheel"])
def test_half_unpacked_package_is_installed_again(studio, damage):
    module = studio.site / "alpha" / "__init__.py"
    record = studio.site / "alpha-1.0.dist-info" / "RECORD"
    whole = module.read_text()
    if damage == "cut file":
        module.write_text("")
    elif damage == "lost file":
        module.unlink()
    elif damage == "lost record":
        record.unlink()
    else:  # pip has unpacked the wheel, and was killed before it wrote its own record
        kept = [line for line in record.read_text().splitlines(True) if "INSTALLER" not in line]
        record.write_text("".join(kept))
    interrupt(studio)
    prepare(studio, False, None)
    assert module.read_text() == whole
    assert "INSTALLER" in record.read_text()


def test_whole_packages_are_not_installed_again_by_a_repair(studio, capfd):
    interrupt(studio)
    prepare(studio, False, None)
    assert "Installing" not in capfd.readouterr().out


def test_changed_lock_updates_and_removes_but_keeps_what_a_person_added(studio, wheels):
    shutil.unpack_archive(make_wheel(wheels.folder, "own", "3.0"), studio.site, "zip")
    write_locks(studio.root, wheels.pin("alpha", "2.0"))
    prepare(studio, False, None)
    assert version_in(studio, "alpha") == "2.0"
    assert version_in(studio, "beta") == ""
    assert version_in(studio, "own") == "3.0"


def test_wrong_hash_is_said_plainly_and_nothing_is_installed(studio, wheels):
    lines = wheels.pin("alpha", "2.0").replace("sha256:", "sha256:0000")[:-80]
    digest = "0" * 64
    write_locks(studio.root, lines.split("\\")[0] + f"\\\n    --hash=sha256:{digest}\n")
    with pytest.raises(LaunchError, match=r"other files than the lock names: alpha==2.0") as error:
        prepare(studio, False, None)
    assert str(studio.log) in str(error.value)
    assert version_in(studio, "alpha") == "1.0"
    assert studio.read_state().done == ""


def test_missing_package_is_named(studio, wheels):
    write_locks(studio.root, wheels.pin("alpha").replace("1.0", "9.0"))
    with pytest.raises(LaunchError, match=r"has no alpha==9.0 for this Python"):
        prepare(studio, False, None)


def test_network_away_is_said_plainly(studio, wheels, monkeypatch):
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    write_locks(studio.root, wheels.pin("alpha", "2.0"))
    with pytest.raises(LaunchError, match="network is away"):
        prepare(studio, False, None)


def test_full_disk_is_noticed_before_pip_starts(studio, wheels, pip_runs):
    write_locks(studio.root, wheels.pin("alpha", "2.0"))
    with pytest.raises(LaunchError, match=r"has 0\.1 GB free; the install needs 0\.3 GB"):
        prepare(studio._replace(free=lambda _: 100_000_000), False, None)
    assert pip_runs == []
    write_locks(studio.root, wheels.pin("torch", "2.15.0") + wheels.pin("nvidia_cublas"))
    with pytest.raises(LaunchError, match=r"needs 1\.2 GB"):
        prepare(studio._replace(free=lambda _: 1_000_000_000), False, None)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("-m venv ", "-m venv /before", "was made for another place"),
        ("home = ", "home = /nowhere", "has lost the Python"),
        ("version = 3.", "version = 3.10.1\nx = ", "is of Python 3.10"),
        ("", "", ""),
    ],
)
def test_venv_of_another_place_or_python_is_noticed(studio, old, new, words):
    config = studio.venv / "pyvenv.cfg"
    config.write_text(config.read_text().replace(old, new) if old else config.read_text())
    said = venv_problem(studio)
    assert words in said
    assert bool(said) == bool(words)


def test_vanished_python_is_noticed(studio):
    studio.python.unlink()
    studio.python.symlink_to("/nowhere/python")
    assert "has lost the Python" in venv_problem(studio)
    (studio.venv / "pyvenv.cfg").unlink()
    assert "is not complete" in venv_problem(studio)


@pytest.mark.parametrize("harm", ["no pip", "half a pip", "no config"])
def test_unusable_venv_is_made_anew(studio, template, monkeypatch, capfd, harm):
    if harm == "no pip":
        (studio.site / "pip").unlink()
    elif harm == "half a pip":
        next(studio.site.glob("pip-*/RECORD")).unlink()
    else:
        (studio.venv / "pyvenv.cfg").unlink()
    interrupt(studio)
    leftover = studio.venv / "leftover"
    leftover.mkdir()

    def copy_venv(folder):
        shutil.copytree(template / ".venv", folder, symlinks=True, dirs_exist_ok=True)
        move_venv(studio, template)

    monkeypatch.setattr(launcher.venv, "make_venv", copy_venv)
    prepare(studio, False, None)
    assert "making it anew" in capfd.readouterr().out
    assert not leftover.exists()
    assert version_in(studio, "alpha") == "1.0"


def make_index(folder: Path, *found: Path) -> str:
    """A package index of its own, in files."""
    for wheel in found:
        page = folder / wheel.name.split("-")[0].replace("_", "-") / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f'<!DOCTYPE html><a href="{wheel.as_uri()}">{wheel.name}</a>')
    return folder.as_uri()


def test_torch_index_gives_torch_and_its_needs_and_is_remembered(
    studio, wheels, tmp_path, pip_runs
):
    stack = [wheels.pin(name, "2.15.0") for name in ("torch", "torchvision", "nvidia_cublas")]
    write_locks(studio.root, wheels.pin("alpha") + "".join(stack))
    big = studio._replace(free=lambda _: 10**12)
    prepare(big, False, None)
    assert version_in(studio, "nvidia_cublas") == "2.15.0"

    other = tmp_path / "other"
    other.mkdir()
    index = make_index(
        tmp_path / "index",
        make_wheel(other, "torch", "2.15.0+rocm", "triton_rocm"),
        make_wheel(other, "torchvision", "2.15.0+rocm"),
        make_wheel(other, "triton_rocm", "1.0"),
    )
    prepare(big, False, index)
    assert version_in(studio, "torch") == version_in(studio, "torchvision") == "2.15.0+rocm"
    assert version_in(studio, "triton_rocm") == "1.0"
    assert version_in(studio, "nvidia_cublas") == ""
    assert version_in(studio, "alpha") == "1.0"

    pip_runs.clear()
    prepare(big, False, None)
    prepare(big, False, index)
    assert pip_runs == []

    prepare(big, False, "")
    assert version_in(studio, "torch") == version_in(studio, "nvidia_cublas") == "2.15.0"
    assert version_in(studio, "triton_rocm") == ""
