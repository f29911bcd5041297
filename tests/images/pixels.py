"""Pictures and masks to try things on: of every size from one pixel up, odd ones included."""

import numpy as np
from hypothesis import strategies as st
from scipy import ndimage

ODD = (333, 517)
"""Height and width."""


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def rectangle(height, width, box):
    """255 in the box (left, top, right, bottom), 0 around it."""
    mask = np.zeros((height, width), np.uint8)
    mask[box[1] : box[3], box[0] : box[2]] = 255
    return mask


def texture(height, width, seed=0):
    """Smooth noise of a plain texture, channels with means of their own and colours that go
    together."""
    rough = np.random.default_rng(seed).standard_normal((height, width, 3))
    soft = ndimage.gaussian_filter(rough, (2, 2, 0), mode="wrap")
    soft = soft / soft.std() * 20 + soft[..., :1] / soft.std() * 20
    return np.clip(np.rint(soft + [120, 140, 90]), 0, 255).astype(np.uint8)


def gradient(height, width):
    down, across = np.mgrid[:height, :width]
    channels = [across / width * 255, down / height * 255, 255 - (across + down) / 4]
    return np.clip(np.rint(np.stack(channels, -1)), 0, 255).astype(np.uint8)


sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))
seeds = st.integers(0, 2**32 - 1)


@st.composite
def masks(draw, height, width):
    """Empty, full, a box, soft, or specks."""
    kind = draw(st.sampled_from(["empty", "full", "box", "soft", "specks"]))
    generator = np.random.default_rng(draw(seeds))
    if kind == "soft":
        return generator.integers(0, 256, (height, width), np.uint8)
    if kind == "specks":
        return np.where(generator.random((height, width)) < 0.3, 255, 0).astype(np.uint8)
    if kind == "box":
        left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        right, bottom = draw(st.integers(left, width)), draw(st.integers(top, height))
        return rectangle(height, width, (left, top, right, bottom))
    return np.full((height, width), 255 if kind == "full" else 0, np.uint8)


@st.composite
def masked_pictures(draw):
    """A picture and a mask of it."""
    height, width = draw(sizes)
    return noise(height, width, draw(seeds)), draw(masks(height, width))
