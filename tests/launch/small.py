"""What a small studio is made of: wheels of one module, and locks that name them."""

import base64
import hashlib
import zipfile
from pathlib import Path
from typing import NamedTuple

from launcher.place import Studio

REPOSITORY = Path(__file__).resolve().parents[2]
WEBUI = """\
import json, os, site, sys
print(json.dumps({"words": sys.argv[1:], "cwd": os.getcwd(), "usersite": site.ENABLE_USER_SITE}))
sys.exit(7 if "fail" in sys.argv else 0)
"""


def make_wheel(folder: Path, name: str, version: str, needs: str = "") -> Path:
    """A wheel with one module that knows its version."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}/__init__.py": f'VERSION = "{version}"\n' + "# filler\n" * 100,
        f"{info}/METADATA": metadata + (f"Requires-Dist: {needs}\n" if needs else ""),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
        record += f"{path},sha256={digest.rstrip('=')},{len(text)}\n"
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def pin(wheel: Path, marker: str = "") -> str:
    """The wheel's lines in a lock, as uv writes them."""
    name, version = wheel.name.split("-")[:2]
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    condition = f" ; {marker}" if marker else ""
    return f"{name}=={version}{condition} \\\n    --hash=sha256:{digest}\n    # via nobody\n"


class Wheels(NamedTuple):
    folder: Path

    def pin(self, name: str, version: str = "1.0", marker: str = "") -> str:
        wheel = self.folder / f"{name}-{version}-py3-none-any.whl"
        return pin(wheel if wheel.exists() else make_wheel(self.folder, name, version), marker)


def write_locks(root: Path, runtime: str, extra: str = "") -> None:
    (root / "requirements.lock").write_text(f"# a lock\n{runtime}")
    (root / "requirements-test.lock").write_text(f"# a lock\n{runtime}{extra}")


def version_in(studio: Studio, name: str) -> str:
    """The version of a package in .venv, read from its module; empty when it is not there."""
    module = studio.site / name / "__init__.py"
    return module.read_text().split('"')[1] if module.exists() else ""


def move_venv(studio: Studio, origin: Path) -> None:
    """Tells a copied .venv that it was made here."""
    for file in (studio.venv / "pyvenv.cfg", studio.site / "darkroom.pth"):
        file.write_text(file.read_text().replace(str(origin), str(studio.root)))
