"""What an extension contributes: plain frozen values that its hooks return in lists.

They describe; none of them needs torch or a web library. Wherever a `Function` stands, either the
function itself is given, or "module:name" with the module relative to the extension's own package
("methods:my_sampler"), which is then imported only where it runs. A function that runs in the
worker must be one that can be found by its name again: no lambda, and none made inside another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from webui.request.choices import PreprocessorOption

Function: TypeAlias = Callable[..., Any] | str
"""A function, or where it lies: "module:name"."""


@dataclass(frozen=True, slots=True)
class Sampler:
    """A sampler: `function(x, sigmas, noise)` is a generator function.

    `x`: float32 tensor [batch, channels, height, width] at the noise level `sigmas[0]`; `sigmas`:
    floats that fall, mostly to 0; `noise.draw()`: fresh noise of the shape of `x`. It yields pairs
    `(x, sigma)`, is sent the clean picture x0 behind each, and returns the last x. Keywords with
    defaults that are called eta, s_churn, s_tmin, s_tmax, s_noise or solver_order become options
    of requests. `schedule` is what "auto" means for it.
    """

    id: str
    label: str
    function: Function
    schedule: str = "normal"
    help: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule: `function(steps, trained)` returns steps + 1 noise levels that fall to 0.

    `trained`: a `webui.sampling.TrainedSigmas`; `trained.sigma_min` and `trained.sigma_max` are
    the ends of what the checkpoint knows. Keywords called rho, sigma_min or sigma_max become
    options of requests.
    """

    id: str
    label: str
    function: Function
    help: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preprocessor:
    """What makes a map from a picture: `function(pixels, a, b)`.

    `pixels` and what is returned: uint8 array [height, width, 3]. `a` and `b` are the numbers of
    up to two `options`, whose fields are threshold_a and threshold_b; 0 without them. `suits`:
    words by which models that read such maps are known ("canny").
    """

    id: str
    label: str
    function: Function
    group: str = ""
    help: str = ""
    options: tuple[PreprocessorOption, ...] = ()
    suits: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Upscaler:
    """What makes a picture larger: `function(pixels)`.

    `pixels`: float32 tensor [1, 3, height, width] in 0 to 1; the answer is the same, both sides
    `scale` times (1 to 8) as long.
    """

    id: str
    label: str
    scale: int
    function: Function
    help: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of LoRA files: `value` is "module:NAME" of a `webui.adapters.formats.LoraFormat`."""

    id: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ControlMethod:
    """A way to steer with files that we do not know.

    `recognises(tensors)`: whether a file with these tensors (name to shape) is of this method;
    `load(path, dtype, device)`: its network, a `webui.families.protocol.ControlNetwork`, which acts
    as its own `method` says: as a controlnet, t2i_adapter or ip_adapter.
    """

    id: str
    label: str
    recognises: Function
    load: Function
    help: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the page: `build()` is called inside it and makes gradio components."""

    id: str
    title: str
    build: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Panel:
    """Words below the extension's own inputs in the forms of the page: `html` is shown as it is."""

    id: str
    title: str
    html: str


@dataclass(frozen=True, slots=True)
class Route:
    """A route of the web server: `method` and `path` below /extensions/<id of the extension>.

    `function`: as for FastAPI, whose typed arguments are the parts of the address and the body.
    """

    method: str
    path: str
    function: Callable[..., Any]


Contribution: TypeAlias = (
    Sampler | Schedule | Preprocessor | Upscaler | Format | ControlMethod | Tab | Panel | Route
)
