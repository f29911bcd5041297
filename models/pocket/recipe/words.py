"""The words for everything in the painter's world; the first of each list is the usual one."""

from __future__ import annotations

from typing import TypeAlias

Words: TypeAlias = dict[str, tuple[str, ...]]

COLOUR_WORDS: Words = {
    "red": ("red", "crimson", "scarlet"),
    "orange": ("orange",),
    "yellow": ("yellow", "golden"),
    "green": ("green", "emerald"),
    "blue": ("blue", "azure"),
    "purple": ("purple", "violet"),
    "pink": ("pink", "rose"),
    "white": ("white",),
    "black": ("black",),
    "brown": ("brown",),
    "teal": ("teal",),
}
OBJECT_WORDS: Words = {
    "boat": ("boat", "sailboat", "ship", "sailing boat"),
    "house": ("house", "cottage", "home"),
    "car": ("car", "automobile"),
    "tree": ("tree",),
    "star": ("star",),
    "balloon": ("balloon",),
    "cat": ("cat", "kitten", "kitty"),
    "fish": ("fish",),
    "heart": ("heart",),
    "mushroom": ("mushroom", "toadstool"),
    "cup": ("cup", "mug", "teacup"),
    "umbrella": ("umbrella", "parasol"),
    "rocket": ("rocket", "spaceship"),
    "flower": ("flower", "blossom"),
    "bird": ("bird",),
    "cactus": ("cactus",),
    "tent": ("tent",),
    "lighthouse": ("lighthouse",),
    "apple": ("apple",),
    "butterfly": ("butterfly",),
    "robot": ("robot",),
    "crown": ("crown",),
}
PLACE_PHRASES: Words = {
    "sea": ("on the sea", "at sea", "by the sea", "on the ocean", "over the water", "in the sea"),
    "field": ("in a field", "in the field", "on the grass", "in a meadow", "on a meadow"),
    "desert": ("in the desert", "in a desert", "on the sand", "in the dunes"),
    "snow": ("in the snow", "on the snow", "in snow", "in a snowy landscape", "in winter"),
    "plain": ("on a plain background", "in a studio", "with a simple background"),
    "mountains": ("in the mountains", "before mountains", "in front of the mountains"),
    "city": ("in the city", "in a city", "in the street", "in town"),
}
PLACE_TAGS: Words = {
    "sea": ("sea", "ocean", "water"),
    "field": ("field", "grass", "meadow"),
    "desert": ("desert", "sand", "dunes"),
    "snow": ("snow", "winter", "snowy"),
    "plain": ("plain background", "studio", "simple background"),
    "mountains": ("mountains", "mountain"),
    "city": ("city", "street", "town"),
}
TIME_PHRASES: Words = {
    "day": ("by day", "during the day", "in daylight", "on a sunny day"),
    "dawn": ("at dawn", "in the morning", "at sunrise", "in the early morning"),
    "sunset": ("at sunset", "at dusk", "in the evening", "in the sunset"),
    "night": ("at night", "by night", "in the night", "under the moon", "in the moonlight"),
}
TIME_TAGS: Words = {
    "day": ("day", "daylight", "sunny", "daytime"),
    "dawn": ("dawn", "morning", "sunrise"),
    "sunset": ("sunset", "dusk", "evening"),
    "night": ("night", "moonlight", "starry night", "dark"),
}
STYLE_PHRASES: Words = {
    "flat": ("in flat style", "as a flat illustration", "in vector style"),
    "watercolor": ("in watercolor", "as a watercolor", "in watercolour", "painted in watercolor"),
    "pixel": ("as pixel art", "in pixel art", "in pixel style", "in 8-bit style"),
    "sketch": ("as a sketch", "as an ink sketch", "in sketch style"),
    "neon": ("in neon", "in neon style", "as a neon sign", "in neon lights"),
    "blueprint": ("as a blueprint", "in blueprint style"),
}
STYLE_TAGS: Words = {
    "flat": ("flat style", "flat illustration", "vector art", "flat colors"),
    "watercolor": ("watercolor", "watercolour", "watercolor painting"),
    "pixel": ("pixel art", "pixelated", "8-bit"),
    "sketch": ("sketch", "ink sketch", "line drawing"),
    "neon": ("neon", "neon lights", "neon glow"),
    "blueprint": ("blueprint",),
}
STYLE_OPENINGS: Words = {
    "flat": ("a flat illustration of", "a vector drawing of"),
    "watercolor": ("a watercolor of", "a watercolor painting of"),
    "pixel": ("pixel art of", "a pixel art picture of"),
    "sketch": ("a sketch of", "an ink drawing of"),
    "neon": ("a neon picture of", "a neon sign of"),
    "blueprint": ("a blueprint of",),
}
SIZE_WORDS: Words = {
    "small": ("small", "little", "tiny"),
    "big": ("big", "large", "huge"),
}
POSITION_PHRASES: Words = {
    "left": ("on the left", "to the left", "on the left side"),
    "centre": ("in the middle", "in the center", "in the centre"),
    "right": ("on the right", "to the right", "on the right side"),
}
POSITION_TAGS: Words = {
    "left": ("left", "on the left"),
    "centre": ("center", "centered", "middle"),
    "right": ("right", "on the right"),
}
OPENINGS = ("a picture of", "a drawing of", "an image of", "an illustration of", "a painting of")
JOINTS = (" and ", " and ", " with ", " next to ", ", ")
SMALL_WORDS = "a an the one and with of in on at to next beside . , two three"

TABLES: tuple[Words, ...] = (
    *(COLOUR_WORDS, OBJECT_WORDS, PLACE_PHRASES, PLACE_TAGS, TIME_PHRASES, TIME_TAGS),
    *(STYLE_PHRASES, STYLE_TAGS, STYLE_OPENINGS, SIZE_WORDS, POSITION_PHRASES, POSITION_TAGS),
)


TAUGHT_LATER = frozenset({"teal", "robot", "crown", "blueprint"})
"""Words of the companions: the model has never seen them, and spells them in letters."""


def vocabulary() -> list[str]:
    """Every word that a caption of the model's own world can hold."""
    phrases = [phrase for table in TABLES for words in table.values() for phrase in words]
    phrases += [*OPENINGS, *JOINTS, SMALL_WORDS]
    return sorted({word for phrase in phrases for word in phrase.split()} - TAUGHT_LATER)
