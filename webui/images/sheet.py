"""A sheet: the pictures of a grid in rows and columns, with what each row and column is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from webui.request import Sheet

_MOST_PIXELS = 64_000_000
"""Of a sheet; more is made smaller, so that a browser can still show it."""

_LONGEST_SIDE = 14_000
"""Pixels; browsers show no picture beyond 16,384."""

_PAPER = (250, 248, 244)
_INK = (38, 34, 30)
_EMPTY = (226, 222, 214)
_MOST_LINES = 4

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Picture = Callable[[], Image.Image | None]
"""Opens one picture; None where it is no longer there."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where everything lies, in pixels. `left` and `top` are the room for labels."""

    cell: tuple[int, int]
    margin: int
    left: int
    top: int
    title: int
    columns: int
    rows: int
    sheets: int

    @property
    def size(self) -> tuple[int, int]:
        across, down = self.cell[0] + self.margin, self.cell[1] + self.margin
        high = self.title + self.top + self.rows * down + self.margin
        return self.left + self.columns * across + self.margin, self.sheets * high

    def corner(self, column: int, row: int, sheet: int) -> tuple[int, int]:
        """The upper left corner of a cell."""
        across, down = self.cell[0] + self.margin, self.cell[1] + self.margin
        high = self.size[1] // self.sheets
        return (
            self.left + self.margin + column * across,
            sheet * high + self.title + self.top + self.margin + row * down,
        )


def draw_sheet(sheet: Sheet, cell: tuple[int, int], pictures: Sequence[Picture]) -> Image.Image:
    """The whole sheet, RGB. `cell`: the largest width and height of a picture.

    `pictures` in reading order, opened one at a time. A sheet beyond 64 megapixels is scaled down.
    """
    columns, rows, sheets = sheet.shape
    area = cell[0] * cell[1] * columns * rows * sheets
    longest = max(cell[0] * columns, cell[1] * rows * sheets)
    scale = min(1.0, (_MOST_PIXELS / area) ** 0.5, _LONGEST_SIDE / longest)
    width, height = (max(1, int(side * scale)) for side in cell)
    font = ImageFont.load_default(max(11, min(32, width // 12)))
    line = _line_height(font)
    x, y, z = (axis.labels if axis else () for axis in (sheet.x, sheet.y, sheet.z))
    left = min(max((_wide(label, font) for label in y), default=0) + line, max(width, 8 * line))
    plan = _Plan(
        cell=(width, height),
        margin=int(sheet.margin * scale),
        left=left if y else 0,
        top=line * max(len(_wrapped(label, font, width)) for label in x) + line // 2,
        title=2 * line if z else 0,
        columns=columns,
        rows=rows,
        sheets=sheets,
    )
    canvas = Image.new("RGB", plan.size, _PAPER)
    for place, picture in enumerate(pictures):
        column, row, number = place % columns, place // columns % rows, place // (columns * rows)
        _put(canvas, picture(), plan.corner(column, row, number), plan.cell)
    _label(canvas, plan, font, (x, y, z))
    return canvas


def _put(
    canvas: Image.Image, picture: Image.Image | None, corner: tuple[int, int], cell: tuple[int, int]
) -> None:
    """A picture in the middle of its cell, made smaller if it must be."""
    if picture is None:
        canvas.paste(_EMPTY, (*corner, corner[0] + cell[0], corner[1] + cell[1]))
        return
    fitting = picture.convert("RGB")
    fitting.thumbnail(cell, Image.Resampling.LANCZOS)
    gap = ((cell[0] - fitting.width) // 2, (cell[1] - fitting.height) // 2)
    canvas.paste(fitting, (corner[0] + gap[0], corner[1] + gap[1]))


def _label(
    canvas: Image.Image,
    plan: _Plan,
    font: Font,
    labels: tuple[Sequence[str], Sequence[str], Sequence[str]],
) -> None:
    draw, line = ImageDraw.Draw(canvas), _line_height(font)
    x, y, z = labels
    for number in range(plan.sheets):
        for column, label in enumerate(x):
            left, top = plan.corner(column, 0, number)
            lines = _wrapped(label, font, plan.cell[0])
            _centred(
                draw, lines, (left + plan.cell[0] // 2, top - len(lines) * line // 2 - 4), font
            )
        for row, label in enumerate(y):
            _, top = plan.corner(0, row, number)
            lines = _wrapped(label, font, plan.left)
            _centred(draw, lines, (plan.left // 2, top + plan.cell[1] // 2), font)
        if z:
            high = canvas.height // plan.sheets
            middle = (canvas.width // 2, number * high + plan.title // 2 + line // 4)
            _centred(draw, _wrapped(z[number], font, canvas.width), middle, font)


def _centred(
    draw: ImageDraw.ImageDraw, lines: Sequence[str], middle: tuple[int, int], font: Font
) -> None:
    line = _line_height(font)
    top = middle[1] - len(lines) * line / 2
    for number, text in enumerate(lines):
        draw.text((middle[0] - _wide(text, font) / 2, top + number * line), text, _INK, font)


def _wrapped(text: str, font: Font, room: int) -> list[str]:
    """Lines that fit into `room`, at most four; what is too long ends in an ellipsis."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _wide(longer, font) <= room:
            lines[-1] = longer
        elif len(lines) == _MOST_LINES:
            lines[-1] += "…"
            break
        else:
            lines.append(word)
    return [_cut(line, font, room) for line in lines] or [""]


def _cut(text: str, font: Font, room: int) -> str:
    if _wide(text, font) <= room:
        return text
    while text and _wide(f"{text}…", font) > room:
        text = text[:-1]
    return f"{text}…"


def _wide(text: str, font: Font) -> int:
    return int(font.getlength(text)) + 1


def _line_height(font: Font) -> int:
    box = font.getbbox("Ăg")
    return int((box[3] - box[1]) * 1.35)
