"""The stage: whatever is drawn, what is not masked keeps the input's own pixels."""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from tests.engine.fakes import FACTS
from tests.images.pixels import ODD, masks, noise, rectangle, seeds, sizes
from webui.builtin import SAMPLERS, SCHEDULES
from webui.builtin.core import BuiltinTools
from webui.calls import Decode, Denoise, EncodeImage, EncodePrompt, Enlarge, ReadInput
from webui.images.masks import blurred, grown
from webui.images.resizing import fitted, fitted_mask, resized
from webui.recipes import Planner
from webui.recipes.stage import flattened, set_stage
from webui.request import CheckpointInfo, Choices, Defaults, FileUsed, Here, Input, parse, resolve

INIT, SENT = "a" * 64, "b" * 64
TINY = CheckpointInfo("tiny", "Tiny", "fake", 1, Defaults("euler", "normal", 4, 1.0, 64, 48))
CHOICES = Choices(SAMPLERS, SCHEDULES, (TINY,))
NET = FileUsed(role="upscaler", name="net", sha256="99" * 32)
NEEDED = {
    "image_to_image": {},
    "inpaint": {"mask": SENT, "mask_blur": 0},
    "outpaint": {},
    "upscale": {"strength": 0.5},
}
CONTENTS = ("original", "fill", "latent_noise", "latent_nothing")
MODES = ("keep", "stretch", "crop", "fill", "latent", None)
"""None: a size alone, to which the picture is cut."""


def request_of(kind, source, **fields):
    """What is resolved of an input of these pixels."""
    height, width, channels = source.shape

    def look(reference, field):
        return Input(reference, width, height, channels == 4)

    asked = parse({"kind": kind, "init": INIT, "seed": 3, **NEEDED[kind], **fields})
    here = Here(lambda info: "0" * 64, lambda: 3, look=look, upscaler=upscaler)
    return resolve(asked, CHOICES, here)


def upscaler(name, field):
    return None if name == "lanczos" else NET


def as_mask_picture(mask):
    return np.repeat(mask[..., None], 3, 2)


def drawn_for(request, seed=1):
    """What a network may draw: noise of the size that it is asked for."""
    return noise(request.height, request.width, seed)


def finished(request, source, sent=None, seed=1):
    """What comes out when noise was drawn."""
    stage = set_stage(request, source, sent)
    assert stage.pixels.shape == (request.height, request.width, 3)
    if stage.mask is not None:
        assert stage.mask.shape == (request.height, request.width)
    if stage.begun is not None:
        assert stage.begun.shape == stage.pixels.shape
    result = stage.finish(drawn_for(request, seed))
    assert result.dtype == np.uint8
    assert result.shape == (*request.final_size[::-1], 3)
    return result


def inpainted(source, mask, seed=1, **fields):
    request = request_of("inpaint", source, **fields)
    return finished(request, source, as_mask_picture(mask), seed)


def equal_where(kept, first, second):
    return np.array_equal(first[kept], second[kept])


# --- inpainting, at the input's own size ---


@dataclass(frozen=True)
class Shape:
    """How a painted mask acts."""

    grow: int = 0
    blur: int = 0
    invert: bool = False

    @property
    def fields(self):
        return {"mask_grow": self.grow, "mask_blur": self.blur, "mask_invert": self.invert}

    def of(self, mask):
        mask = 255 - mask if self.invert else mask
        return blurred(grown(mask, self.grow), self.blur)


SHAPES = [Shape(), Shape(blur=6), Shape(grow=9, blur=3), Shape(grow=-4, blur=2, invert=True)]
BLOB = rectangle(*ODD, (100, 180, 170, 301))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("area", ["whole", "masked"])
def test_odd_picture_keeps_every_pixel_outside_the_mask(area, shape):
    source = noise(*ODD)
    mask = shape.of(BLOB)
    for content, soft in product(("original", "fill"), (False, True)):
        fields = {"masked_content": content, "soft": soft, **shape.fields}
        result = inpainted(source, BLOB, area=area, **fields)
        assert equal_where(mask == 0, result, source)
        assert not np.array_equal(result, source)


@pytest.mark.parametrize("area", ["whole", "masked"])
@pytest.mark.parametrize(("grow", "blur"), [(0, 0), (5, 0), (0, 4), (7, 10), (-3, 2)])
def test_nothing_changes_further_from_the_paint_than_it_grows_and_blurs(area, grow, blur):
    """By distance alone, whatever our own masks say."""
    source = noise(120, 90)
    paint = rectangle(120, 90, (40, 50, 60, 71))
    far = ndimage.distance_transform_edt(paint == 0) > max(grow, 0) + 3 * blur
    result = inpainted(source, paint, area=area, mask_grow=grow, mask_blur=blur)
    assert equal_where(far, result, source)


@pytest.mark.parametrize("area", ["whole", "masked"])
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (3, 300), (16, 16), (17, 15), (8, 9)])
def test_tiny_pictures_keep_what_is_not_masked(size, area):
    source, mask = noise(*size), np.zeros(size, np.uint8)
    mask[size[0] // 2 :, size[1] // 2 :] = 255
    assert equal_where(mask == 0, inpainted(source, mask, area=area), source)
    soft = blurred(mask, 2)
    result = inpainted(source, mask, area=area, mask_blur=2)
    assert equal_where(soft == 0, result, source)


@st.composite
def inpaintings(draw):
    """A picture, a mask, and any way to use it."""
    height, width = draw(sizes)
    shape = Shape(
        draw(st.integers(-8, 8)), draw(st.sampled_from([0, 1, 3, 40])), draw(st.booleans())
    )
    fields = {
        "area": draw(st.sampled_from(["whole", "masked"])),
        "masked_content": draw(st.sampled_from(CONTENTS)),
        "soft": draw(st.booleans()),
        "padding": draw(st.integers(0, 20)),
        **shape.fields,
    }
    if fields["area"] == "masked" or draw(st.booleans()):
        fields["width"] = draw(st.sampled_from([16, 64]))
        fields["height"] = draw(st.sampled_from([16, 40]))
    return noise(height, width, draw(seeds)), draw(masks(height, width)), shape, fields


@given(inpaintings())
def test_any_inpainting_keeps_every_pixel_outside_its_mask(one):
    source, mask, shape, fields = one
    base, fit = cut_to(source, mask, fields)
    acting = shape.of(fit)
    if not acting.any():
        assert np.array_equal(unchanged(source, mask, fields), base)
        return
    assert equal_where(acting == 0, inpainted(source, mask, **fields), base)


def cut_to(source, mask, fields):
    """The picture and its mask at the size that was asked for, where the whole is drawn at one."""
    if fields["area"] == "masked" or "width" not in fields:
        return source, mask
    size = fields["width"], fields["height"]
    return fitted(source, *size, "crop"), fitted_mask(mask, *size, "crop")


def unchanged(source, mask, fields):
    """What comes out of a stage on which nothing is to be drawn."""
    request = request_of("inpaint", source, **fields)
    stage = set_stage(request, source, as_mask_picture(mask))
    assert stage.is_kept
    return stage.kept


@given(inpaintings())
def test_alpha_keeps_every_pixel_that_is_opaque(one):
    source, mask, shape, fields = one
    clear = np.dstack([source, 255 - mask])
    request = request_of("inpaint", clear, mask="", **fields)
    base, fit = cut_to(source, mask, fields)
    acting = shape.of(fit)
    if acting.any():
        assert equal_where(acting == 0, finished(request, clear), base)


def test_transparent_picture_with_a_mask_of_its_own_stands_on_white():
    clear = np.dstack([noise(20, 30), rectangle(20, 30, (0, 0, 15, 20))])
    mask = rectangle(20, 30, (5, 5, 9, 9))
    result = inpainted(clear, mask)
    assert equal_where(mask == 0, result, flattened(clear))
    assert (result[:, 15:] == 255).all()


@pytest.mark.parametrize("area", ["whole", "masked"])
@pytest.mark.parametrize("size", [(30, 20), (1, 1), (517, 333), (200, 3)])
def test_mask_of_another_size_is_stretched_over_the_picture(area, size):
    source, mask = noise(*ODD), np.zeros(size, np.uint8)
    mask[size[0] // 3 : size[0] // 2, :] = 255
    acting = resized(mask, ODD[1], ODD[0])
    request = request_of("inpaint", source, area=area)
    if acting.any():
        result = finished(request, source, as_mask_picture(mask))
        assert equal_where(acting == 0, result, source)
    else:
        assert set_stage(request, source, as_mask_picture(mask)).is_kept


@pytest.mark.parametrize("area", ["whole", "masked"])
@pytest.mark.parametrize("content", CONTENTS)
def test_repeats_change_nothing_outside_the_mask(area, content):
    source = noise(*ODD)
    acting, picture = blurred(BLOB, 5), source
    for turn in range(5):
        picture = inpainted(
            picture, BLOB, turn, area=area, masked_content=content, mask_blur=5, padding=turn
        )
    assert equal_where(acting == 0, picture, source)
    assert not equal_where(acting == 255, picture, source)


# --- blank and full masks ---


@pytest.mark.parametrize("area", ["whole", "masked"])
@pytest.mark.parametrize("size", [ODD, (1, 1), (64, 48)])
def test_blank_mask_gives_the_input_back(size, area):
    source, blank = noise(*size), np.zeros(size, np.uint8)
    assert np.array_equal(unchanged(source, blank, {"area": area, "mask_blur": 9}), source)
    full = np.full(size, 255, np.uint8)
    assert np.array_equal(unchanged(source, full, {"area": area, "mask_invert": True}), source)


@pytest.mark.parametrize("size", [ODD, (1, 1), (64, 48)])
def test_full_mask_draws_everything(size):
    full = np.full(size, 255, np.uint8)
    source = noise(*size)
    request = request_of("inpaint", source)
    result = inpainted(source, full)
    assert np.array_equal(result, drawn_for(request)[: size[0], : size[1]])


def test_half_masked_pixel_is_half_of_each():
    source = np.zeros((16, 16, 3), np.uint8)
    mask = np.full((16, 16), 51, np.uint8)
    stage = set_stage(request_of("inpaint", source), source, as_mask_picture(mask))
    assert (stage.finish(np.full((16, 16, 3), 200, np.uint8)) == 40).all()


# --- other sizes ---


def sized(mode):
    """What is asked for to come to 72 × 56 by a mode. An own size has no other beside it."""
    if mode == "keep":
        return {"resize_mode": "keep"}
    return {"width": 72, "height": 56, **({"resize_mode": mode} if mode else {})}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [ODD, (5, 200), (48, 64), (1, 1)])
def test_resized_picture_keeps_what_is_not_masked(mode, size):
    source, mask = noise(*size), np.zeros(size, np.uint8)
    mask[size[0] // 3 : size[0] // 2 + 1, size[1] // 3 : size[1] // 2 + 1] = 255
    fit = {"latent": "stretch", None: "crop"}.get(mode, mode)
    if mode == "keep":
        base, acting = source, mask
    else:
        base, acting = fitted(source, 72, 56, fit), fitted_mask(mask, 72, 56, fit)
    assert equal_where(acting == 0, inpainted(source, mask, **sized(mode)), base)


def test_part_around_the_mask_is_drawn_at_full_resolution():
    source = noise(600, 900)
    mask = rectangle(600, 900, (700, 400, 710, 410))
    request = request_of("inpaint", source, area="masked", padding=10, width=64, height=48)
    stage = set_stage(request, source, as_mask_picture(mask))
    # 40 × 30 around the mask, so it is drawn larger than it is
    assert (request.width, request.height) == (64, 48)
    assert stage.mask is not None
    assert stage.mask.mean() > 0.05 * 255
    assert request.final_size == (900, 600)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [ODD, (1, 1), (9, 300), (40, 64)])
def test_whole_picture_comes_out_at_its_size_in_every_mode(mode, size):
    source = noise(*size)
    request = request_of("image_to_image", source, **sized(mode))
    stage = set_stage(request, source, None)
    result = stage.finish(drawn_for(request))
    expected = size if mode == "keep" else (56, 72)
    assert result.shape[:2] == stage.kept.shape[:2] == expected
    if mode == "keep":
        assert np.array_equal(stage.kept, source)
    if mode == "latent":
        assert np.array_equal(stage.pixels[: size[0], : size[1]], source)
    assert all(side % 8 == 0 for side in stage.pixels.shape[:2])


def test_colours_are_those_of_the_input_where_that_was_asked():
    source = np.clip(noise(64, 64) // 4 + 150, 0, 255).astype(np.uint8)
    request = request_of("image_to_image", source, colour_match=True)
    plain = request.model_copy(update={"colour_match": False})
    matched, own = (
        set_stage(one, source, None).finish(drawn_for(one)).mean() for one in (request, plain)
    )
    assert abs(matched - source.mean()) < 8 < abs(own - source.mean())


def test_transparent_picture_is_drawn_over_on_white():
    clear = np.dstack([noise(16, 16), np.zeros((16, 16), np.uint8)])
    stage = set_stage(request_of("image_to_image", clear), clear, None)
    assert (stage.pixels == 255).all()


# --- what the masked part begins with ---


@pytest.mark.parametrize("area", ["whole", "masked"])
def test_filled_content_takes_the_colours_around_and_nothing_of_what_was_there(area):
    source = np.full((120, 90, 3), 60, np.uint8)
    source[50:70, 40:60] = 250
    mask = rectangle(120, 90, (40, 50, 60, 70))
    request = request_of("inpaint", source, area=area, masked_content="fill", mask_grow=3)
    stage = set_stage(request, source, as_mask_picture(mask))
    assert stage.begun is not None
    assert stage.mask is not None
    hole = stage.mask == 255
    assert (np.abs(stage.begun[hole].astype(int) - 60) <= 2).all()
    assert stage.pixels[hole].max() >= 250
    assert equal_where(stage.mask == 0, stage.begun, stage.pixels)


@pytest.mark.parametrize("content", ["original", "latent_noise", "latent_nothing"])
def test_other_content_is_made_of_latents(content):
    source = noise(32, 32)
    request = request_of("inpaint", source, masked_content=content)
    assert (
        set_stage(request, source, as_mask_picture(rectangle(32, 32, (1, 1, 9, 9)))).begun is None
    )


# --- outpainting ---

GROWTHS = [
    {"left": 8},
    {"top": 3, "right": 50},
    {"left": 1, "top": 2, "right": 3, "bottom": 4},
    {"ratio": "16:9"},
    {"ratio": "1:2", "toward": "top"},
]


def beyond_the_seam(request, size):
    """Where the old picture lies on the new canvas, and how much of it no seam reaches."""
    height, width = size
    old = np.s_[request.top : request.top + height, request.left : request.left + width]
    inner = np.ones(size, bool)
    for side, strip in (
        ("left", np.s_[:, : request.seam]),
        ("top", np.s_[: request.seam]),
        ("right", np.s_[:, width - min(width, request.seam) :]),
        ("bottom", np.s_[height - min(height, request.seam) :]),
    ):
        if getattr(request, side):
            inner[strip] = False
    return old, inner


@pytest.mark.parametrize("filling", ["edge", "noise"])
@pytest.mark.parametrize("growth", GROWTHS, ids=str)
@pytest.mark.parametrize(("size", "seam"), [(ODD, 16), ((20, 30), 5), ((7, 3), 128), ((2, 2), 0)])
def test_grown_canvas_keeps_all_but_the_seam(size, seam, growth, filling):
    source = noise(*size)
    request = request_of("outpaint", source, seam=seam, filling=filling, **growth)
    result = finished(request, source)
    old, inner = beyond_the_seam(request, size)
    assert result[old].shape == source.shape
    assert equal_where(inner, result[old], source)
    outside = np.ones(result.shape[:2], bool)
    outside[old] = False
    drawn = drawn_for(request)[: result.shape[0], : result.shape[1]]
    assert equal_where(outside, result, drawn)


@pytest.mark.parametrize("filling", ["edge", "noise"])
@pytest.mark.parametrize("growth", [(40, 40, 40, 40), (3, 3, 3, 3), (9, 0, 0, 9)])
def test_repeated_growing_softens_nothing_beyond_the_seam(filling, growth):
    source = noise(150, 133)
    picture, at = source, (0, 0)
    sides = dict(zip(("left", "top", "right", "bottom"), growth, strict=True))
    for turn in range(5):
        request = request_of("outpaint", picture, filling=filling, seam=12, **sides)
        picture = finished(request, picture, seed=turn)
        at = at[0] + request.top, at[1] + request.left
    old = picture[at[0] : at[0] + 150, at[1] : at[1] + 133]
    inner = beyond_the_seam(request, (150, 133))[1]
    assert equal_where(inner, old, source)
    assert inner.mean() > 0.6


@pytest.mark.parametrize("filling", ["edge", "noise"])
def test_rim_begins_with_the_filling_and_the_same_seed_gives_the_same(filling):
    source = noise(40, 40)
    request = request_of("outpaint", source, right=24, filling=filling)
    first, second = (set_stage(request, source, None) for _ in range(2))
    assert np.array_equal(first.pixels, second.pixels)
    assert np.array_equal(first.pixels[:40, :40], source)
    assert first.pixels[:40, 40:64].any()
    assert np.array_equal(first.kept, first.pixels[:40, :64])


# --- the whole recipe, by hand ---


class Bench:
    """Answers every call as simply as can be, and notes what was asked."""

    def __init__(self, source, mask=None):
        self.pictures = {INIT: source}
        if mask is not None:
            self.pictures[SENT] = as_mask_picture(mask)
        self.asked = []

    def answer(self, call):
        self.asked.append(type(call))
        match call:
            case ReadInput():
                return self.pictures[call.sha256]
            case EncodePrompt():
                return torch.zeros(len(call.texts), 77, 8)
            case EncodeImage():
                _, _, height, width = call.pixels.shape
                assert height % 8 == 0
                assert width % 8 == 0
                return torch.ones(1, 4, height // 8, width // 8)
            case Denoise():
                assert call.beside is None or call.beside.shape[2:] == call.x.shape[2:]
                return call.x * 0.5
            case Enlarge():
                return call.pixels.repeat_interleave(2, 2).repeat_interleave(2, 3)
            case Decode():
                _, _, height, width = call.latents.shape
                levels = noise(height * 8, width * 8, len(self.asked))
                return torch.from_numpy(levels)[None]
            case _:
                raise AssertionError(call)

    def made(self, request, facts=FACTS):
        recipe = Planner(BuiltinTools())(request, facts).start(0, lambda x0: None)
        answer = None
        try:
            while True:
                answer = self.answer(recipe.send(answer))
        except StopIteration as end:
            return end.value[0].numpy()


@pytest.mark.parametrize("facts", [FACTS, replace(FACTS, beside=5)], ids=["plain", "inpainting"])
@pytest.mark.parametrize("area", ["whole", "masked"])
@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("soft", [False, True])
def test_recipe_keeps_every_pixel_outside_the_mask(soft, content, area, facts):
    source, mask = noise(67, 81), rectangle(67, 81, (20, 30, 50, 50))
    fields = {"area": area, "masked_content": content, "soft": soft, "mask_blur": 2}
    for mode in ("keep", "stretch"):
        request = request_of("inpaint", source, resize_mode=mode, **fields)
        result = Bench(source, mask).made(request, facts)
        is_fitted = area == "whole" and mode == "stretch"
        base = resized(source, 64, 48) if is_fitted else source
        acting = blurred(resized(mask, 64, 48) if is_fitted else mask, 2)
        assert equal_where(acting == 0, result, base)
        assert not equal_where(acting == 255, result, base)


@pytest.mark.parametrize("facts", [FACTS, replace(FACTS, beside=5)], ids=["plain", "inpainting"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(67, 81), (1, 1), (5, 130)])
def test_recipe_draws_whole_pictures_in_every_mode(size, mode, facts):
    source = noise(*size)
    fields = {**sized(mode), "loops": 2, "colour_match": True}
    result = Bench(source).made(request_of("image_to_image", source, **fields), facts)
    assert result.shape[:2] == (size if mode == "keep" else (56, 72))


NO_MODEL = {ReadInput, Enlarge}
SOURCE = noise(67, 81)


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("image_to_image", {}, SOURCE),
        ("image_to_image", {"loops": 3, "colour_match": True}, SOURCE),
        ("image_to_image", {"resize_mode": "crop"}, fitted(SOURCE, 64, 48, "crop")),
        ("image_to_image", {"width": 64, "height": 48}, fitted(SOURCE, 64, 48, "crop")),
        ("image_to_image", {"resize_mode": "latent"}, resized(SOURCE, 64, 48)),
        ("inpaint", {}, SOURCE),
        ("inpaint", {"area": "masked", "mask_blur": 5, "masked_content": "fill"}, SOURCE),
        ("upscale", {"scale": 1, "upscaler": "lanczos"}, SOURCE),
    ],
)
def test_strength_of_nothing_gives_the_input_back_without_a_call_of_the_model(
    kind, fields, expected
):
    bench = Bench(SOURCE, rectangle(67, 81, (20, 30, 50, 50)))
    request = request_of(kind, SOURCE, **{**fields, "strength": 0})
    result = bench.made(request, None if kind == "upscale" else FACTS)
    assert np.array_equal(result, expected)
    assert set(bench.asked) <= NO_MODEL


def test_outpainting_of_strength_nothing_is_the_filling_alone():
    bench = Bench(SOURCE)
    result = bench.made(request_of("outpaint", SOURCE, left=30, strength=0))
    assert np.array_equal(result[:, 30:], SOURCE)
    assert bench.asked == [ReadInput]


@pytest.mark.parametrize("area", ["whole", "masked"])
def test_blank_mask_gives_the_input_back_without_a_call_of_the_model(area):
    bench = Bench(SOURCE, np.zeros((67, 81), np.uint8))
    request = request_of("inpaint", SOURCE, area=area, strength=1, masked_content="fill")
    assert np.array_equal(bench.made(request), SOURCE)
    assert bench.asked == [ReadInput, ReadInput]


def test_loops_of_strength_nothing_are_left_out():
    bench = Bench(SOURCE)
    bench.made(request_of("image_to_image", SOURCE, loops=2, final_strength=0))
    assert bench.asked.count(Decode) == 1


@pytest.mark.parametrize("filling", ["edge", "noise"])
@pytest.mark.parametrize("strength", [0.6, 1])
def test_recipe_of_outpainting_keeps_all_but_the_seam(filling, strength):
    request = request_of("outpaint", SOURCE, left=9, bottom=20, filling=filling, strength=strength)
    result = Bench(SOURCE).made(request)
    old, inner = beyond_the_seam(request, (67, 81))
    assert equal_where(inner, result[old], SOURCE)


@pytest.mark.parametrize("strength", [0, 0.4])
def test_enlarged_picture_has_its_size_and_blends_two_upscalers(strength):
    fields = {"scale": 1.7, "upscaler": "net", "upscaler_2": "net", "strength": strength}
    request = request_of("upscale", SOURCE, **fields)
    bench = Bench(SOURCE)
    result = bench.made(request, FACTS if strength else None)
    assert result.shape == (114, 138, 3)
    assert bench.asked.count(Enlarge) == 2
    assert (Denoise in bench.asked) == (strength > 0)


def test_colours_of_what_is_undrawn_are_those_of_the_input_where_that_was_asked():
    class Darkening(Bench):
        def answer(self, call):
            large = super().answer(call)
            return large * 0.3 if isinstance(call, Enlarge) else large

    fields = {"scale": 2, "upscaler": "net", "strength": 0}
    plain, matched = (
        Darkening(SOURCE)
        .made(request_of("upscale", SOURCE, colour_match=match, **fields), None)
        .mean()
        for match in (False, True)
    )
    assert abs(matched - SOURCE.mean()) < 8 < abs(plain - SOURCE.mean())
