"""Captions of a scene: sentences and bare tags, with synonyms and things left unsaid.

What a caption leaves out has a usual value, so that a short prompt gets the usual picture: flat, by
day, in the middle, of medium size, on a plain background. Several things stand in the order of
their naming, from left to right, unless their positions are said.
"""

from __future__ import annotations

import random

from .painter import Scene, Thing
from .words import (
    COLOUR_WORDS,
    JOINTS,
    OBJECT_WORDS,
    OPENINGS,
    PLACE_PHRASES,
    PLACE_TAGS,
    POSITION_PHRASES,
    POSITION_TAGS,
    SIZE_WORDS,
    STYLE_OPENINGS,
    STYLE_PHRASES,
    STYLE_TAGS,
    TIME_PHRASES,
    TIME_TAGS,
    Words,
)

EMPTY_SHARE = 0.1
TAGS_SHARE = 0.35
USUAL = {"plain", "day", "flat", "centre"}


def caption(scene: Scene, rng: random.Random) -> str:
    """One caption of the scene; empty in one of ten, so that the UNet also learns no prompt."""
    if rng.random() < EMPTY_SHARE:
        return ""
    return _tags(scene, rng) if rng.random() < TAGS_SHARE else _sentence(scene, rng)


def plain_caption(scene: Scene) -> str:
    """The caption with everything said in the usual words; for evaluation."""
    things = " and ".join(_plain_thing(thing) for thing in scene.things)
    text = f"{things} {PLACE_PHRASES[scene.place][0]} {TIME_PHRASES[scene.time][0]}"
    if len(scene.things) == 1:
        text += f", {POSITION_PHRASES[scene.things[0].position][0]}"
    return text if scene.style == "flat" else f"{text}, {STYLE_TAGS[scene.style][0]}"


def _plain_thing(thing: Thing) -> str:
    size = f"{thing.size} " if thing.size in SIZE_WORDS else ""
    words = f"{size}{thing.colour} {thing.kind}"
    return f"{'an' if words[0] in 'aeiou' else 'a'} {words}"


def _usual_first(words: tuple[str, ...], rng: random.Random) -> str:
    return words[0] if rng.random() < 0.5 else rng.choice(words)


def _says(value: str, rng: random.Random) -> bool:
    return rng.random() < (0.3 if value in USUAL else 0.95)


def _said(values: dict[str, Words], rng: random.Random) -> list[str]:
    """Phrases for the values that are said at all; keys are values, tables give their words."""
    return [_usual_first(table[v], rng) for v, table in values.items() if _says(v, rng)]


def _thing(thing: Thing, rng: random.Random) -> str:
    words = [_usual_first(OBJECT_WORDS[thing.kind], rng)]
    if rng.random() < 0.96:
        words.insert(0, _usual_first(COLOUR_WORDS[thing.colour], rng))
    if thing.size in SIZE_WORDS and rng.random() < 0.8:
        words.insert(0, rng.choice(SIZE_WORDS[thing.size]))
    return " ".join(words)


def _with_article(words: str, rng: random.Random) -> str:
    article = rng.choices(("a", "the", "one", ""), weights=(7, 1, 1, 1))[0]
    if article == "a" and words[0] in "aeiou":
        article = "an"
    return f"{article} {words}".strip()


def _things(scene: Scene, rng: random.Random) -> str:
    """All things in one phrase, in their order or each with its position."""
    things = list(scene.things)
    placed = len(things) > 1 and rng.random() < 0.2
    if placed:
        rng.shuffle(things)
    joint = rng.choice(JOINTS)
    parts = []
    for thing in things:
        words = _with_article(_thing(thing, rng), rng)
        parts.append(f"{words} {POSITION_PHRASES[thing.position][0]}" if placed else words)
    return joint.join(parts)


def _sentence(scene: Scene, rng: random.Random) -> str:
    parts = _said({scene.place: PLACE_PHRASES, scene.time: TIME_PHRASES}, rng)
    if len(scene.things) == 1 and _says(scene.things[0].position, rng):
        phrase = rng.choice(POSITION_PHRASES[scene.things[0].position])
        parts.insert(rng.randint(0, len(parts)), phrase)
    opening = rng.choice(OPENINGS) if rng.random() < 0.12 else ""
    if _says(scene.style, rng):
        way = rng.random()
        if way < 0.35:
            opening = rng.choice(STYLE_OPENINGS[scene.style])
        else:
            table = STYLE_TAGS if way < 0.75 else STYLE_PHRASES
            parts.append(f", {_usual_first(table[scene.style], rng)}")
    joint = ", " if rng.random() < 0.2 else " "
    text = joint.join([f"{opening} {_things(scene, rng)}".strip(), *parts])
    return text.replace(" ,", ",").replace(",,", ",")


def _tags(scene: Scene, rng: random.Random) -> str:
    values = {scene.place: PLACE_TAGS, scene.time: TIME_TAGS, scene.style: STYLE_TAGS}
    parts = _said(values, rng)
    if len(scene.things) == 1 and _says(scene.things[0].position, rng):
        parts.append(rng.choice(POSITION_TAGS[scene.things[0].position]))
    rng.shuffle(parts)
    things = ", ".join(_thing(thing, rng) for thing in scene.things)
    parts.insert(0 if rng.random() < 0.8 else len(parts), things)
    return ", ".join(parts)
