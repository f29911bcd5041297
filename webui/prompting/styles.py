"""Styles: kept pieces of prompt, put around what is asked, and taken out of it again.

A style with `{prompt}` in it takes the prompt into its place; any other is added after a comma (as
in A1111).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from webui.errors import RequestRejected
from webui.prompting.nearest import did_you_mean
from webui.request.choices import Style
from webui.request.explain import shown

SLOT = "{prompt}"
_COMMA = ", "
_LONGEST = 20_000


def find_styles(names: Iterable[str], known: Sequence[Style]) -> tuple[Style, ...]:
    """The styles called so, in the order of the names; of several of one name the last counts.

    Case does not matter, but an exact name wins. Raises RequestRejected (field "styles") that says
    which name is not known, and what was probably meant.
    """
    exact = {style.name: style for style in known}
    loose = {style.name.strip().casefold(): style for style in known}
    found: list[Style] = []
    for name in names:
        style = exact.get(name) or loose.get(name.strip().casefold())
        if style is None:
            raise RequestRejected(
                f"There is no style {shown(name)}. {did_you_mean(name, list(exact))}",
                field="styles",
                value=name,
            )
        found.append(style)
    return tuple(found)


def apply_styles(prompt: str, styles: Iterable[str]) -> str:
    """The prompt with styles around it, one after another.

    `styles` are their texts: `style.prompt` of each for the prompt, `style.negative_prompt` for
    the negative prompt. Raises RequestRejected (field "styles") if it becomes too long.
    """
    for style in styles:
        slots = style.count(SLOT)
        if len(style) + (slots or 1) * len(prompt) > _LONGEST + slots * len(SLOT):
            raise RequestRejected(
                f"With its styles the prompt would be longer than {_LONGEST:,} characters.",
                field="styles",
            )
        prompt = _applied(prompt, style)
    return prompt


def extract_styles(
    prompt: str, negative: str, styles: Sequence[Style]
) -> tuple[str, str, tuple[str, ...]]:
    """Prompt and negative prompt without the styles that were put around them, and their names.

    The outermost is taken first, of several the longest; each at most once. Putting the styles
    back in the order given here makes the same texts again.
    """
    # Of several of one name the last counts, as in `find_styles`.
    counting = {style.name: style for style in styles}.values()
    left = sorted((style for style in counting if _size(style)), key=_size, reverse=True)
    names: list[str] = []
    while outermost := _outermost(prompt, negative, left):
        style, prompt, negative = outermost
        names.insert(0, style.name)
        left = [one for one in left if one.name != style.name]
    return prompt, negative, tuple(names)


def _outermost(
    prompt: str, negative: str, styles: Iterable[Style]
) -> tuple[Style, str, str] | None:
    """The first of the styles that is around both, and what is inside it."""
    for style in styles:
        within = _inside(prompt, style.prompt)
        if within is not None:
            negative_within = _inside(negative, style.negative_prompt)
            if negative_within is not None:
                return style, within, negative_within
    return None


def _applied(prompt: str, style: str) -> str:
    if SLOT in style:
        return style.replace(SLOT, prompt)
    return _COMMA.join(part for part in (prompt.strip(), style.strip()) if part)


def _inside(text: str, style: str) -> str | None:
    """What a style was put around; None if it was not."""
    before, slot, _ = style.partition(SLOT)
    if not style.strip():
        return text
    if not slot:
        style = style.strip()
        inner = text[: -len(style)].removesuffix(_COMMA) if text.endswith(style) else None
    else:
        slots = style.count(SLOT)
        length, rest = divmod(len(text) - len(style) + slots * len(SLOT), slots)
        fits = length >= 0 and not rest and text.startswith(before)
        inner = text[len(before) :][:length] if fits else None
    return inner if inner is not None and _applied(inner, style) == text else None


def _size(style: Style) -> int:
    """Characters that it puts around a prompt."""
    texts = (style.prompt, style.negative_prompt)
    return sum(len(text.strip().replace(SLOT, "")) for text in texts)
