"""Requests that begin with a picture: image to image, inpaint, outpaint, upscale."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field, StringConstraints

from webui.request.limits import Reference, References, Rim, Scale, Strength, Toward
from webui.request.parts import Colouring, Enlarging, Growing, Loop, Masking, Redrawing
from webui.request.text_to_image import Drawing, TextToImage

Ratio = Annotated[str, StringConstraints(max_length=20)]


class FromPicture(Drawing):
    """What every request that begins with pictures has.

    `init`: inputs by their sha256, or own pictures as "image:<id>"; each is drawn over by itself.
    """

    init: References = Field(
        title="Picture", description="What is drawn over; one or more, each by itself."
    )
    strength: Strength = Field(
        0.6, title="Strength", description="0 keeps the picture as it is, 1 draws it wholly anew."
    )


class ImageToImage(FromPicture, Redrawing, Colouring, Loop):
    """Draw over whole pictures."""

    model_config = ConfigDict(title="Image to image")

    kind: Literal["image_to_image"] = "image_to_image"


class Inpaint(FromPicture, Redrawing, Masking):
    """Draw a part of a picture anew. Without a mask it is what is transparent."""

    model_config = ConfigDict(title="Inpaint")

    kind: Literal["inpaint"] = "inpaint"
    mask: Reference = Field(
        "", title="Mask", description="White is drawn anew. Empty takes what is transparent."
    )
    strength: Strength = Field(
        0.9, title="Strength", description="0 keeps the picture as it is, 1 draws it wholly anew."
    )


class Outpaint(FromPicture, Growing):
    """Make the canvas larger and draw what lies beyond the edge."""

    model_config = ConfigDict(title="Outpaint")

    kind: Literal["outpaint"] = "outpaint"
    left: Rim = Field(0, title="Left", description="Pixels that are added.")
    top: Rim = Field(0, title="Top", description="Pixels that are added.")
    right: Rim = Field(0, title="Right", description="Pixels that are added.")
    bottom: Rim = Field(0, title="Bottom", description="Pixels that are added.")
    ratio: Ratio = Field(
        "", title="Make it", description='A ratio such as "16:9", reached by growing only.'
    )
    toward: Toward = Field("both", title="Toward", description="Where the ratio lets it grow.")
    strength: Strength = Field(
        0.8, title="Strength", description="How little of the filling is left, up to 1."
    )


class Upscale(FromPicture, Enlarging, Colouring):
    """Make pictures larger; with a strength, draw them over at that size."""

    model_config = ConfigDict(title="Upscale")

    kind: Literal["upscale"] = "upscale"
    scale: Scale = Field(2.0, title="Scale", description="How many times larger, up to 8.")
    strength: Strength = Field(
        0.0,
        title="Strength",
        description="Draw over the enlarged picture by so much; 0 only enlarges it.",
    )


AnyDrawing: TypeAlias = TextToImage | ImageToImage | Inpaint | Outpaint | Upscale
"""A request for pictures that differ in nothing but their input and seed."""

KINDS: dict[str, type[AnyDrawing]] = {
    "text_to_image": TextToImage,
    "image_to_image": ImageToImage,
    "inpaint": Inpaint,
    "outpaint": Outpaint,
    "upscale": Upscale,
}
