"""What was drawn anew put back into the picture that it belongs to."""

from __future__ import annotations

import numpy as np
from numpy import typing as npt

from webui.images.masks import check_mask
from webui.images.region import Box
from webui.images.resizing import resized


def composite(
    original: npt.NDArray[np.uint8], drawn: npt.NDArray[np.uint8], mask: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """The original exactly where the mask is 0, what was drawn exactly where it is 255.

    Linear between, rounded to the nearest level. Pictures [h, w, 3], mask [h, w]. Raises ValueError
    for sizes that differ.
    """
    check_mask(original, mask)
    if drawn.shape != original.shape:
        raise ValueError(
            f"What was drawn is as large as its picture: {original.shape}, not {drawn.shape}."
        )
    # at most 255 * 255 + 127, which just fits; so no level is ever off by rounding
    share = mask[..., None].astype(np.uint16)
    return ((original * (255 - share) + drawn * share + 127) // 255).astype(np.uint8)


def paste(
    original: npt.NDArray[np.uint8],
    drawn_region: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.uint8],
    box: Box,
) -> npt.NDArray[np.uint8]:
    """A region that was drawn at its own size, put back into its box of the original.

    The mask is that of the whole picture; outside of the box, the original stays whatever the mask
    says. Raises ValueError for a mask of another size, or a box that reaches out of the picture.
    """
    check_mask(original, mask)
    if box.right > original.shape[1] or box.bottom > original.shape[0]:
        raise ValueError(f"The {box} reaches out of a picture [h, w] of {original.shape[:2]}.")
    whole = original.copy()
    drawn = resized(drawn_region, box.width, box.height)
    box.of(whole)[:] = composite(box.of(original), drawn, box.of(mask))
    return whole
