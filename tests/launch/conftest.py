"""A small studio: its own lock, its own wheels, its own .venv, and no network."""

import shutil
from pathlib import Path

import pytest

from launcher.install import prepare
from launcher.place import Studio

from .small import REPOSITORY, WEBUI, Wheels, move_venv, write_locks


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    return Wheels(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(autouse=True)
def only_our_wheels(monkeypatch, wheels):
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels.folder))
    monkeypatch.setenv("PIP_RETRIES", "0")


@pytest.fixture(scope="session")
def template(tmp_path_factory, wheels):
    """One studio installed for real; the tests work on copies, which cost less than a new venv."""
    root = tmp_path_factory.mktemp("studio")
    for name in ("launch.py", "launcher"):
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        copy(REPOSITORY / name, root / name)
    (root / "webui").mkdir()
    (root / "webui" / "__init__.py").write_text("")
    (root / "webui" / "__main__.py").write_text(WEBUI)
    runtime = wheels.pin("alpha") + wheels.pin("beta") + wheels.pin("gamma", "1.0", "os_name == ''")
    write_locks(root, runtime, wheels.pin("tester"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_CONFIG_FILE", "/dev/null")
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(wheels.folder))
        prepare(Studio(root), False, None)
    for part in Studio(root).site.glob("setuptools*"):
        shutil.rmtree(part)
    return root


@pytest.fixture
def studio(tmp_path, template):
    root = tmp_path / "studio"
    site = Studio(template).site

    def but_pip(folder: str, names: list[str]) -> list[str]:
        return ["pip"] if Path(folder) == site else []

    shutil.copytree(template, root, symlinks=True, ignore=but_pip)
    copied = Studio(root)
    (copied.site / "pip").symlink_to(site / "pip")
    move_venv(copied, template)
    return copied


@pytest.fixture
def pip_runs(monkeypatch):
    """The words of every pip that the launcher starts."""
    import launcher.install

    runs = []
    real = launcher.install.run_pip

    def counted(studio, words, *rest):
        runs.append(words)
        return real(studio, words, *rest)

    monkeypatch.setattr(launcher.install, "run_pip", counted)
    return runs
