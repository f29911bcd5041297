"""The colours that the painter knows, and how the light of a time of day changes them."""

from typing import TypeAlias

Rgb: TypeAlias = tuple[int, int, int]

COLOURS: dict[str, Rgb] = {
    "red": (218, 44, 52),
    "orange": (245, 140, 36),
    "yellow": (250, 212, 52),
    "green": (44, 158, 78),
    "blue": (40, 98, 214),
    "purple": (132, 58, 178),
    "pink": (248, 134, 182),
    "white": (246, 246, 250),
    "black": (34, 32, 40),
    "brown": (132, 84, 48),
    "teal": (18, 140, 140),
}

INK: Rgb = (36, 34, 46)
WOOD: Rgb = (120, 78, 48)
GLASS: Rgb = (196, 226, 240)
LAMP: Rgb = (255, 226, 130)
CREAM: Rgb = (250, 248, 240)
PAPER: Rgb = (250, 247, 238)
BLUEPRINT: Rgb = (32, 78, 158)
LEAF: Rgb = (70, 140, 62)
BEAK: Rgb = (246, 168, 60)
FLAME: Rgb = (255, 160, 50)
STEAM: Rgb = (206, 206, 214)
BLOSSOM: Rgb = (246, 130, 170)


def mix(first: Rgb, second: Rgb, share: float) -> Rgb:
    """`first` moved towards `second` by `share` (0 keeps it, 1 replaces it)."""
    r, g, b = (
        round(a + (z - a) * min(1.0, max(0.0, share))) for a, z in zip(first, second, strict=True)
    )
    return r, g, b


def darker(colour: Rgb, share: float = 0.25) -> Rgb:
    """The shaded side of a colour."""
    return mix(colour, INK, share)


def lighter(colour: Rgb, share: float = 0.35) -> Rgb:
    """The lit side of a colour."""
    return mix(colour, (255, 255, 255), share)
