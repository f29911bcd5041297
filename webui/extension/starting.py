"""The first files of a new extension: a small one that works, with its test."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from string import Template
from types import MappingProxyType

from webui.errors import DiskTrouble, RequestRejected

KINDS = ("sampler", "guidance", "preprocessor", "tab")

_ID = re.compile(r"[a-z][a-z0-9-]{1,39}")

_PROJECT = """\
[project]
name = "$id"
version = "0.1.0"
description = "$what"

[tool.webui]
id = "$id"
api = 1
name = "$title"
"""

_SAMPLER = '''\
"""$title: a sampler."""

from webui.extension import Sampler, hook


def walk(x, sigmas, noise):
    """Euler's method: at every step straight on to the next noise level."""
    for sigma, sigma_next in zip(sigmas, sigmas[1:]):
        x0 = yield x, sigma  # ask: what is the clean picture behind this noisy one?
        x = x + (x - x0) / sigma * (sigma_next - sigma)
    return x


@hook
def samplers():
    return [Sampler("$name", "$title", walk, schedule="karras", help="As Euler.")]
'''

_GUIDANCE = '''\
"""$title: softens what the network sees, while a picture is drawn."""

from webui.extension import hook


@hook
def wrap_sampling(sampling, inputs):
    """Stands between the sampler and the network: every answer comes through here."""
    ask = next(sampling)
    while True:
        x0 = yield ask  # to the network, and back with the clean latents [1, channels, h, w]
        mean = x0.mean(dim=(2, 3), keepdim=True)
        try:
            ask = sampling.send(mean + (x0 - mean) * (1 - inputs["strength"]))
        except StopIteration as end:
            return end.value
'''

_GUIDANCE_INPUTS = """
[tool.webui.inputs.strength]
type = "number"
title = "Strength"
help = "How much contrast is taken away, up to 1."
default = 0.1
minimum = 0
maximum = 1
step = 0.05
"""

_PREPROCESSOR = '''\
"""$title: a preprocessor that finds edges."""

import numpy as np

from webui.extension import Preprocessor, PreprocessorOption, hook


def edges(pixels, threshold, unused):
    """White where neighbouring pixels [h, w, 3] differ by more than the threshold."""
    grey = pixels.astype(np.int16).mean(axis=2)
    across = np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))
    down = np.abs(np.diff(grey, axis=0, append=grey[-1:]))
    found = np.maximum(across, down) > threshold
    return np.repeat(found[..., None], 3, axis=2).astype(np.uint8) * 255


@hook
def preprocessors():
    threshold = PreprocessorOption("threshold_a", "Threshold", 0, 255, 30)
    return [Preprocessor("$name", "$title", edges, "Lines", options=(threshold,))]
'''

_TAB = '''\
"""$title: a tab. This module is loaded by the process that serves the page, and by no other."""

import gradio as gr

from webui.extension import Tab, hook


def counted(text):
    return f"{len(text.split())} words"


def build():
    """Makes the components of the tab."""
    prompt = gr.Textbox(label="Prompt", lines=4)
    answer = gr.Markdown()
    prompt.change(counted, prompt, answer, queue=False)


@hook
def tabs():
    return [Tab("$name", "$title", build)]
'''

_TEST = '''\
"""Tries the whole extension out. Run: python -m pytest $folder"""

from pathlib import Path

from webui.testing import check_extension


def test_extension_is_good():
    assert check_extension(Path(__file__).parent) == []
'''

_README = """\
# $title

$what Begun with `webui extensions new`; `docs/extensions.md` tells the rest. Try it out with
`webui extensions check $folder`.
"""

_WHAT: Mapping[str, str] = MappingProxyType(
    {
        "sampler": "A sampler of ten lines.",
        "guidance": "Softens what the network sees while a picture is drawn.",
        "preprocessor": "A preprocessor that finds edges.",
        "tab": "A tab that counts the words of a prompt.",
    }
)


def start_extension(home: Path, id: str, kind: str = KINDS[0]) -> Path:
    """Write the files of a new extension into `home/id`, and say where.

    Raises RequestRejected for a name or kind that is none, and where something is there already.
    """
    if kind not in KINDS:
        raise RequestRejected(
            f"The kind of an extension is one of {', '.join(KINDS)}, not {kind[:60]!r}.",
            field="kind",
            value=kind,
        )
    if not _ID.fullmatch(id):
        raise RequestRejected(
            "The name of an extension is 2 to 40 small letters, digits and hyphens, beginning with"
            f" a letter, such as my-{kind}; not {id[:60]!r}.",
            field="name",
            value=id,
        )
    folder = home / id
    title = id.replace("-", " ").capitalize()
    words = {
        "id": id,
        "name": id.replace("-", "_"),
        "title": title,
        "what": _WHAT[kind],
        "folder": f"{home.name}/{id}",
    }
    try:
        folder.mkdir(parents=True)
        for name, text in _files(kind, words["name"]).items():
            (folder / name).write_text(Template(text).substitute(words), "utf-8")
    except FileExistsError:
        raise RequestRejected(
            f"{folder} is there already. Choose another name, or remove it.", field="name", value=id
        ) from None
    except OSError as error:
        raise DiskTrouble(f"{folder} cannot be written: {error.strerror}.") from None
    return folder


def _files(kind: str, name: str) -> dict[str, str]:
    """Names and contents."""
    files = {"pyproject.toml": _PROJECT, f"test_{name}.py": _TEST, "README.md": _README}
    if kind == "sampler":
        return {**files, "__init__.py": _SAMPLER}
    if kind == "guidance":
        return {**files, "__init__.py": _GUIDANCE, "pyproject.toml": _PROJECT + _GUIDANCE_INPUTS}
    if kind == "preprocessor":
        return {**files, "__init__.py": _PREPROCESSOR}
    return {**files, "page.py": _TAB, "pyproject.toml": f'{_PROJECT}ui = "page"\n'}
