"""Words a scene is asked for in: sentences and bare tags, with synonyms and things left unsaid.

What a caption leaves out has a usual value, so that a short prompt gets the usual picture: by day,
in the middle, of medium size, on a plain background.
"""

from __future__ import annotations

import random

from .painter import Scene

# The first word of each list is the usual one and comes up most.
COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "crimson", "scarlet"),
    "orange": ("orange",),
    "yellow": ("yellow", "golden"),
    "green": ("green", "emerald"),
    "blue": ("blue", "azure"),
    "purple": ("purple", "violet"),
    "pink": ("pink", "rose"),
    "white": ("white",),
}
OBJECT_WORDS: dict[str, tuple[str, ...]] = {
    "boat": ("boat", "sailboat", "ship", "sailing boat"),
    "house": ("house", "cottage", "home"),
    "car": ("car", "automobile"),
    "tree": ("tree",),
    "star": ("star",),
    "balloon": ("balloon",),
    "cat": ("cat", "kitten", "kitty"),
    "fish": ("fish",),
}
PLACE_PHRASES: dict[str, tuple[str, ...]] = {
    "sea": ("on the sea", "at sea", "by the sea", "on the ocean", "over the water", "in the sea"),
    "field": ("in a field", "in the field", "on the grass", "in a meadow", "on a meadow"),
    "desert": ("in the desert", "in a desert", "on the sand", "in the dunes"),
    "snow": ("in the snow", "on the snow", "in snow", "in a snowy landscape", "in winter"),
    "plain": ("on a plain background", "in a studio", "with a simple background"),
}
PLACE_TAGS: dict[str, tuple[str, ...]] = {
    "sea": ("sea", "ocean", "water"),
    "field": ("field", "grass", "meadow"),
    "desert": ("desert", "sand", "dunes"),
    "snow": ("snow", "winter", "snowy"),
    "plain": ("plain background", "studio", "simple background"),
}
TIME_PHRASES: dict[str, tuple[str, ...]] = {
    "day": ("by day", "during the day", "in daylight", "on a sunny day"),
    "sunset": ("at sunset", "at dusk", "in the evening", "in the sunset"),
    "night": ("at night", "by night", "in the night", "under the moon", "in the moonlight"),
}
TIME_TAGS: dict[str, tuple[str, ...]] = {
    "day": ("day", "daylight", "sunny", "daytime"),
    "sunset": ("sunset", "dusk", "evening"),
    "night": ("night", "moonlight", "starry night", "dark"),
}
SIZE_WORDS: dict[str, tuple[str, ...]] = {
    "small": ("small", "little", "tiny"),
    "big": ("big", "large", "huge"),
}
POSITION_PHRASES: dict[str, tuple[str, ...]] = {
    "left": ("on the left", "to the left", "on the left side"),
    "centre": ("in the middle", "in the center", "in the centre"),
    "right": ("on the right", "to the right", "on the right side"),
}
POSITION_TAGS: dict[str, tuple[str, ...]] = {
    "left": ("left", "on the left"),
    "centre": ("center", "centered", "middle"),
    "right": ("right", "on the right"),
}
OPENINGS = ("a picture of", "a drawing of", "an image of", "an illustration of", "a painting of")
STYLE_TAGS = ("flat style", "flat illustration", "simple", "vector art", "flat colors")

EMPTY_SHARE = 0.1


def caption(scene: Scene, rng: random.Random) -> str:
    """One caption of the scene; empty in one of ten, so that the UNet also learns no prompt."""
    if rng.random() < EMPTY_SHARE:
        return ""
    return _tags(scene, rng) if rng.random() < 0.35 else _sentence(scene, rng)


def plain_caption(scene: Scene) -> str:
    """The caption with everything said in the usual words; for evaluation."""
    size = f"{scene.size} " if scene.size in SIZE_WORDS else ""
    place, time = PLACE_PHRASES[scene.place][0], TIME_PHRASES[scene.time][0]
    position = POSITION_PHRASES[scene.position][0]
    return f"a {size}{scene.colour} {scene.object} {place} {time}, {position}"


def vocabulary() -> list[str]:
    """Every word that a caption can hold."""
    tables = (
        *(COLOUR_WORDS, OBJECT_WORDS, PLACE_PHRASES, PLACE_TAGS, TIME_PHRASES, TIME_TAGS),
        *(SIZE_WORDS, POSITION_PHRASES, POSITION_TAGS),
    )
    phrases = [phrase for table in tables for words in table.values() for phrase in words]
    phrases += [*OPENINGS, *STYLE_TAGS, "a an the one and with of in on at , ."]
    return sorted({word for phrase in phrases for word in phrase.split()})


def _usual_first(words: tuple[str, ...], rng: random.Random) -> str:
    return words[0] if rng.random() < 0.5 else rng.choice(words)


def _says(value: str, usual: str, rng: random.Random) -> bool:
    return rng.random() < (0.3 if value == usual else 0.93)


def _thing(scene: Scene, rng: random.Random) -> str:
    words = [_usual_first(OBJECT_WORDS[scene.object], rng)]
    if rng.random() < 0.95:
        words.insert(0, _usual_first(COLOUR_WORDS[scene.colour], rng))
    if scene.size in SIZE_WORDS and rng.random() < 0.8:
        words.insert(0, rng.choice(SIZE_WORDS[scene.size]))
    return " ".join(words)


def _sentence(scene: Scene, rng: random.Random) -> str:
    thing = _thing(scene, rng)
    article = rng.choices(("a", "the", "one", ""), weights=(7, 1, 1, 1))[0]
    if article == "a" and thing[0] in "aeiou":
        article = "an"
    parts = []
    if _says(scene.place, "plain", rng):
        parts.append(_usual_first(PLACE_PHRASES[scene.place], rng))
    if _says(scene.time, "day", rng):
        parts.append(_usual_first(TIME_PHRASES[scene.time], rng))
    if _says(scene.position, "centre", rng):
        parts.insert(rng.randint(0, len(parts)), rng.choice(POSITION_PHRASES[scene.position]))
    opening = rng.choice(OPENINGS) if rng.random() < 0.15 else ""
    joint = ", " if rng.random() < 0.2 else " "
    text = joint.join([f"{opening} {article} {thing}".strip().replace("  ", " "), *parts])
    return f"{text}, {rng.choice(STYLE_TAGS)}" if rng.random() < 0.08 else text


def _tags(scene: Scene, rng: random.Random) -> str:
    parts = []
    if _says(scene.place, "plain", rng):
        parts.append(_usual_first(PLACE_TAGS[scene.place], rng))
    if _says(scene.time, "day", rng):
        parts.append(_usual_first(TIME_TAGS[scene.time], rng))
    if _says(scene.position, "centre", rng):
        parts.append(rng.choice(POSITION_TAGS[scene.position]))
    if rng.random() < 0.15:
        parts.append(rng.choice(STYLE_TAGS))
    rng.shuffle(parts)
    parts.insert(0 if rng.random() < 0.8 else len(parts), _thing(scene, rng))
    return ", ".join(parts)
