"""Drawing in local coordinates on a supersampled picture, together with the object's mask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PIL import Image, ImageDraw

from .palette import Rgb, mix

SUPERSAMPLING = 3  # each output pixel averages 3 x 3 drawn ones: smooth edges for little time

Point: TypeAlias = tuple[float, float]


class Canvas:
    """A square picture in drawing and, beside it, the mask of what `track_mask` brushes touched."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.pixels = size * SUPERSAMPLING
        self.image = Image.new("RGB", (self.pixels, self.pixels))
        self.mask = Image.new("L", (self.pixels, self.pixels))

    def start_mask(self) -> None:
        """From here on brushes touch a new mask."""
        self.mask = Image.new("L", self.mask.size)

    def clear_mask_below(self, top: float) -> None:
        """Takes everything below `top` (a share of the height) out of the mask."""
        self.mask.paste(0, (0, round(top * self.pixels), self.pixels, self.pixels))

    def finished_image(self) -> Image.Image:
        """The picture at the size asked for."""
        return self.image.resize((self.size, self.size), Image.Resampling.BOX)

    def finished_mask(self) -> Image.Image:
        """The mask at the size asked for."""
        return self.mask.resize((self.size, self.size), Image.Resampling.BOX)


@dataclass(frozen=True)
class Brush:
    """Draws on a canvas; (0, 0) lies at `centre` and 1 is `half` of the picture's width."""

    canvas: Canvas
    centre: Point = (0.0, 0.0)
    half: float = 1.0
    track_mask: bool = False

    def polygon(self, points: Sequence[Point], fill: Rgb) -> None:
        """A filled polygon."""
        corners = [self._pixel(p) for p in points]
        ImageDraw.Draw(self.canvas.image).polygon(corners, fill=fill)
        if self.track_mask:
            ImageDraw.Draw(self.canvas.mask).polygon(corners, fill=255)

    def rectangle(self, first: Point, second: Point, fill: Rgb) -> None:
        """A filled rectangle between two opposite corners."""
        (x0, y0), (x1, y1) = first, second
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], fill)

    def ellipse(self, centre: Point, rx: float, ry: float, fill: Rgb) -> None:
        """A filled ellipse with the half axes `rx` and `ry`."""
        x0, y0 = self._pixel((centre[0] - rx, centre[1] - ry))
        x1, y1 = self._pixel((centre[0] + rx, centre[1] + ry))
        ImageDraw.Draw(self.canvas.image).ellipse((x0, y0, x1, y1), fill=fill)
        if self.track_mask:
            ImageDraw.Draw(self.canvas.mask).ellipse((x0, y0, x1, y1), fill=255)

    def arch(self, foot: Point, rx: float, height: float, fill: Rgb) -> None:
        """The upper half of an ellipse that stands on `foot`, filled."""
        x0, y0 = self._pixel((foot[0] - rx, foot[1] - height))
        x1, y1 = self._pixel((foot[0] + rx, foot[1] + height))
        ImageDraw.Draw(self.canvas.image).pieslice((x0, y0, x1, y1), 180, 360, fill=fill)
        if self.track_mask:
            ImageDraw.Draw(self.canvas.mask).pieslice((x0, y0, x1, y1), 180, 360, fill=255)

    def ring(self, centre: Point, radius: float, width: float, fill: Rgb) -> None:
        """A circle's line, `width` thick inwards."""
        x0, y0 = self._pixel((centre[0] - radius, centre[1] - radius))
        x1, y1 = self._pixel((centre[0] + radius, centre[1] + radius))
        thick = max(1, round(width * self.half * self.canvas.pixels))
        box = (x0, y0, x1, y1)
        ImageDraw.Draw(self.canvas.image).ellipse(box, outline=fill, width=thick)
        if self.track_mask:
            ImageDraw.Draw(self.canvas.mask).ellipse(box, outline=255, width=thick)

    def line(self, points: Sequence[Point], width: float, fill: Rgb) -> None:
        """A polyline; `width` in the brush's own units."""
        corners = [self._pixel(p) for p in points]
        thick = max(1, round(width * self.half * self.canvas.pixels))
        ImageDraw.Draw(self.canvas.image).line(corners, fill=fill, width=thick, joint="curve")
        if self.track_mask:
            ImageDraw.Draw(self.canvas.mask).line(corners, fill=255, width=thick)

    def gradient(self, top: float, bottom: float, colours: Sequence[Rgb]) -> None:
        """Full-width horizontal bands from `colours[0]` at `top` to the last one at `bottom`."""
        y0, y1 = round(self._pixel((0, top))[1]), round(self._pixel((0, bottom))[1])
        draw = ImageDraw.Draw(self.canvas.image)
        for y in range(max(0, y0), min(self.canvas.pixels, y1)):
            at = (y - y0) / max(1, y1 - y0 - 1) * (len(colours) - 1)
            low = min(int(at), len(colours) - 2)
            fill = mix(colours[low], colours[low + 1], at - low)
            draw.line((0, y, self.canvas.pixels, y), fill=fill)

    def _pixel(self, point: Point) -> Point:
        scale = self.canvas.pixels
        return (
            (self.centre[0] + point[0] * self.half) * scale,
            (self.centre[1] + point[1] * self.half) * scale,
        )
