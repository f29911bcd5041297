"""Tiles cover a picture evenly, and a mosaic of what was cut out is that picture again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from webui.images.tiles import Mosaic, Tile, tiles, weights

SIDES = st.integers(1, 70)


@st.composite
def plans(draw):
    """A width, a height, a tile and an overlap that fit together."""
    tile = draw(st.integers(1, 40))
    return draw(SIDES), draw(SIDES), tile, draw(st.integers(0, tile - 1))


def cut(picture, tile):
    return picture[tile.top : tile.bottom, tile.left : tile.right]


def put_together(picture, plan, scale=1):
    """The mosaic of a picture of a plan's size, each tile enlarged by its nearest pixels."""
    width, height, _, overlap = plan
    mosaic = Mosaic(width, height, picture.shape[2], scale)
    for one in tiles(*plan):
        large = cut(picture, one).repeat(scale, 0).repeat(scale, 1)
        mosaic.add(one, large, weights(one, (width, height), overlap))
    return mosaic.done()


@given(plans())
def test_tiles_cover_the_picture_lie_within_it_and_have_one_size(plan):
    width, height, tile, _ = plan
    covered = np.zeros((height, width), bool)
    for one in tiles(*plan):
        assert 0 <= one.left < one.right <= width
        assert 0 <= one.top < one.bottom <= height
        assert (one.width, one.height) == (min(tile, width), min(tile, height))
        cut(covered, one)[:] = True
    assert covered.all()


@given(plans())
def test_neighbours_share_at_least_the_overlap_and_are_spread_evenly(plan):
    width, height, tile, overlap = plan
    made = tiles(*plan)
    lefts, tops = sorted({one.left for one in made}), sorted({one.top for one in made})
    assert made == tuple(
        Tile(left, top, left + min(tile, width), top + min(tile, height))
        for top in tops
        for left in lefts
    )
    for starts in (lefts, tops):
        steps = np.diff(starts)
        assert all(0 < step <= tile - overlap for step in steps)
        assert not len(steps) or max(steps) - min(steps) <= 1


def test_as_few_tiles_are_made_as_will_do():
    assert len(tiles(64, 64, 64, 16)) == 1
    assert [one.left for one in tiles(112, 8, 64, 16)] == [0, 48]
    assert [one.left for one in tiles(113, 8, 64, 16)] == [0, 24, 49]


@pytest.mark.parametrize("plan", [(8, 8, 4, 4), (8, 8, 4, -1), (8, 8, 0, 0), (0, 8, 4, 1)])
def test_what_cannot_be_tiled_is_refused(plan):
    with pytest.raises(ValueError, match="cannot cover"):
        tiles(*plan)


@given(plans())
def test_weights_are_above_0_and_1_in_the_middle_and_at_the_edges_of_the_picture(plan):
    width, height, _, overlap = plan
    for one in tiles(*plan):
        made = weights(one, (width, height), overlap)
        assert made.dtype == np.float32
        assert made.shape == (one.height, one.width)
        assert made.min() > 0
        assert made.max() == 1 == made[(one.height - 1) // 2, (one.width - 1) // 2]
        if one.left == 0:
            assert np.array_equal(made[:, 0], made.max(axis=1))
        if one.bottom == height:
            assert np.array_equal(made[-1], made.max(axis=0))


def test_weights_fall_evenly_over_the_overlap_on_inner_sides_only():
    made = weights(Tile(10, 0, 30, 20), (40, 20), 4)
    assert made[7] == pytest.approx([0.2, 0.4, 0.6, 0.8] + [1] * 12 + [0.8, 0.6, 0.4, 0.2])
    assert np.array_equal(made, np.broadcast_to(made[0], made.shape))


def test_weights_of_two_neighbours_add_up_to_one():
    left, right = tiles(36, 20, 20, 4)
    first, second = (weights(one, (36, 20), 4) for one in (left, right))
    assert first[:, -4:] + second[:, :4] == pytest.approx(np.ones((20, 4)))


@given(plans(), st.integers(1, 3), st.data())
def test_tiles_cut_from_a_picture_make_that_picture_again(plan, scale, data):
    width, height, *_ = plan
    values = st.floats(0, 1, width=32)
    picture = data.draw(arrays.arrays(np.float32, (height, width, 1), elements=values))
    made = put_together(picture, plan, scale)
    assert made.dtype == np.float32
    assert made.shape == (height * scale, width * scale, 1)
    assert np.abs(made - picture.repeat(scale, 0).repeat(scale, 1)).max() <= 1e-6


def test_where_tiles_differ_the_mosaic_goes_over_from_one_to_the_other():
    mosaic = Mosaic(36, 20, 3)
    for value, one in enumerate(tiles(36, 20, 20, 4)):
        mosaic.add(one, np.full((20, 20, 3), value, np.float32), weights(one, (36, 20), 4))
    made = mosaic.done()
    assert (made[:, :16] == 0).all()
    assert made[3, 16:20, 1] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert (made[:, 20:] == 1).all()


def test_the_order_of_tiles_does_not_matter():
    rng = np.random.default_rng(1)
    plan = (50, 40, 16, 6)
    parts = [(one, rng.random((16, 16, 2), np.float32)) for one in tiles(*plan)]
    both = []
    for order in (parts, parts[::-1]):
        mosaic = Mosaic(50, 40, 2)
        for one, pixels in order:
            mosaic.add(one, pixels, weights(one, (50, 40), 6))
        both.append(mosaic.done())
    assert both[0] == pytest.approx(both[1], abs=1e-6)


def test_weights_may_be_as_fine_as_the_large_picture():
    whole, size = np.ones((40, 40, 1)), (36, 20)
    coarse, fine = Mosaic(*size, 1, 2), Mosaic(*size, 1, 2)
    for value, one in enumerate(tiles(*size, 20, 4)):
        coarse.add(one, value * whole, weights(one, size, 4))
        fine.add(one, value * whole, weights(one.times(2), (72, 40), 8))
    assert coarse.done()[0, 32:40, 0] == pytest.approx(np.repeat([0.2, 0.4, 0.6, 0.8], 2))
    assert fine.done()[0, 32:40, 0] == pytest.approx(np.arange(1, 9) / 9)


def test_a_mosaic_with_gaps_is_not_done():
    mosaic = Mosaic(8, 4, 3)
    mosaic.add(Tile(0, 0, 4, 4), np.ones((4, 4, 3)), np.ones((4, 4), np.float32))
    with pytest.raises(ValueError, match="do not cover"):
        mosaic.done()


@pytest.mark.parametrize(
    ("pixels", "weight"), [((4, 4, 3), (4, 4)), ((8, 8, 1), (4, 4)), ((8, 8, 3), (4, 8))]
)
def test_tiles_of_a_wrong_shape_are_refused(pixels, weight):
    with pytest.raises(ValueError, match="does not fit"):
        Mosaic(8, 4, 3, 2).add(Tile(0, 0, 4, 4), np.ones(pixels), np.ones(weight, np.float32))


def test_weights_of_nothing_are_refused():
    with pytest.raises(ValueError, match="above 0"):
        Mosaic(4, 4, 3).add(Tile(0, 0, 4, 4), np.ones((4, 4, 3)), np.zeros((4, 4), np.float32))
