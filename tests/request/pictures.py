"""Inputs and upscalers that are here, and how requests about them are resolved."""

from webui.errors import RequestRejected
from webui.request import FileUsed, Here, Input, parse, resolve

ODD, CLEAR, DOT, TALL, VAST = ("a" * 64, "b" * 64, "c" * 64, "d" * 64, "e" * 64)
MASK = "f" * 64
SQUARE = "1" * 64
INPUTS = {
    ODD: Input(ODD, 333, 517),
    CLEAR: Input(CLEAR, 100, 40, has_alpha=True),
    DOT: Input(DOT, 1, 1),
    TALL: Input(TALL, 5, 3000),
    VAST: Input(VAST, 5000, 100),
    MASK: Input(MASK, 64, 64),
    SQUARE: Input(SQUARE, 100, 100),
}
NET = FileUsed(role="upscaler", name="Net", sha256="99" * 32)
KINDS = ("image_to_image", "inpaint", "outpaint", "upscale")
NEEDED = {
    "image_to_image": {"init": ODD},
    "inpaint": {"init": ODD, "mask": MASK},
    "outpaint": {"init": ODD, "left": 8},
    "upscale": {"init": ODD},
}
"""What each kind cannot do without."""


def look(reference, field):
    if reference not in INPUTS:
        raise RequestRejected("There is no such picture.", field=field, value=reference)
    return INPUTS[reference]


def upscaler(name, field):
    if name.strip().casefold() == "lanczos":
        return None
    if name.casefold() != "net":
        raise RequestRejected("There is no such upscaler.", field=field, value=name)
    return NET


HERE = Here(sha256_of=lambda info: "ab" * 32, choose_seed=lambda: 77, look=look, upscaler=upscaler)


def asked(kind, **fields):
    """A request that has what its kind needs."""
    return parse({"kind": kind, **NEEDED[kind], **fields})


def settle(choices, kind, here=HERE, **fields):
    return resolve(asked(kind, **fields), choices, here)
