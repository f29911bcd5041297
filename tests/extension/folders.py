"""Extension folders to load: a manifest of parts, and the author's files."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from webui import builtin
from webui.extension.loading import Means, load
from webui.extension.registry import Registry

SAMPLER = """
from webui.extension import Sampler, hook

def walk(x, sigmas, noise):
    for sigma, sigma_next in zip(sigmas, sigmas[1:]):
        x0 = yield x, sigma
        x = x + (x - x0) / sigma * (sigma_next - sigma)
    return x

@hook
def samplers():
    return [Sampler("my_walk", "My walk", walk)]
"""

ALONE = Means(installed=tuple)


def manifest(id: str, more: str = "") -> str:
    """`more`: lines of [tool.webui] and tables after it."""
    return (
        f'[project]\nname = "{id}"\nversion = "1.2"\ndescription = "A test."\n'
        f'[tool.webui]\nid = "{id}"\napi = 1\n{dedent(more)}'
    )


def extension(home: Path, id: str, entry: str = SAMPLER, more: str = "", **files: str) -> Path:
    """A folder of the name `id` below `home`; `files`: further modules by name."""
    folder = home / id
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(manifest(id, more), "utf-8")
    (folder / "__init__.py").write_text(dedent(entry), "utf-8")
    for name, text in files.items():
        (folder / f"{name}.py").write_text(dedent(text), "utf-8")
    return folder


def loaded(home: Path, host: str = "web", **how) -> Registry:
    """What is below `home`, with what we ship."""
    return load([home], builtin=builtin, host=host, means=how.pop("means", ALONE), **how)


def only(home: Path, **how):
    """The one extension below `home`."""
    (found,) = loaded(home, **how).extensions
    return found
