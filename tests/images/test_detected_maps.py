"""Maps drawn from what networks found: depth, normals, regions, soft edges and people."""

import numpy as np
import pytest

from webui.images.preprocessors.regions import coloured
from webui.images.preprocessors.skeletons import skeletons
from webui.images.preprocessors.soft_edges import few_tones_map, scribble_map, softedge_map
from webui.images.preprocessors.surfaces import depth_map, normal_map

ACROSS = np.linspace(0, 1, 64, dtype=np.float32)[None].repeat(48, 0)


@pytest.mark.parametrize(("scale", "start"), [(1, 0), (1e-4, 5), (900, -30)])
def test_depth_goes_from_black_to_white_in_any_measure(scale, start):
    made = depth_map(ACROSS * scale + start)
    assert made.shape == (48, 64, 3)
    assert made[0, 0].tolist() == [0, 0, 0]
    assert made[0, -1].tolist() == [255, 255, 255]
    assert (np.diff(made[0, :, 0].astype(int)) >= 0).all()


def test_a_flat_wall_is_black_and_faces_us():
    wall = np.full((1, 1), 7.0, np.float32)
    assert not depth_map(wall).any()
    assert normal_map(wall, 0).tolist() == [[[128, 128, 255]]]


@pytest.mark.parametrize(
    ("nearness", "channel", "is_more"),
    [(ACROSS, 0, True), (ACROSS[:, ::-1], 0, False), (ACROSS.T, 1, True)],
)
def test_normals_are_red_to_the_left_and_green_to_the_top(nearness, channel, is_more):
    """What comes nearer to the right is a surface that faces left."""
    middle = normal_map(nearness, 0)[20, 20].astype(int)
    assert (middle[channel] > 128) == is_more
    assert middle[1 - channel] == 128
    assert middle[2] > 200


def test_the_background_faces_us():
    made = normal_map(ACROSS, 0.5)
    assert (made[:, :30] == (128, 128, 255)).all()
    assert (made[:, 34:-1, 0] > 128).all()


def test_normals_do_not_hang_on_the_size():
    large = normal_map(ACROSS.repeat(4, 0).repeat(4, 1), 0).astype(int)
    assert abs(large[50:150].mean(axis=(0, 1))[0] - normal_map(ACROSS, 0)[..., 0].mean()) < 4


def test_ade20k_has_the_colours_that_controlnets_know():
    made = coloured(np.array([[0, 2, 4, 12, 149, -1, 400]]), 150)
    assert made[0].tolist() == [
        [120, 120, 120],  # wall
        [6, 230, 230],  # sky
        [4, 200, 3],  # tree
        [150, 5, 61],  # person
        [92, 0, 255],  # flag
        [0, 0, 0],
        [92, 0, 255],
    ]


@pytest.mark.parametrize("count", [1, 21, 133])
def test_other_kinds_have_colours_of_their_own(count):
    made = coloured(np.arange(-1, count)[None], count)[0]
    assert len({tuple(colour) for colour in made.tolist()}) == count + 1
    assert coloured(np.arange(3)[None], 21)[0].tolist() == [[128, 0, 0], [0, 128, 0], [128, 128, 0]]


def stroke(peak=1.0):
    edges = np.zeros((60, 80), np.float32)
    edges[28:33, 10:70] = np.array([0.3, 0.7, peak, 0.7, 0.3])[:, None]
    return edges


def test_soft_edges_are_shown_as_they_are():
    assert softedge_map(stroke())[30, 40].tolist() == [255, 255, 255]
    assert softedge_map(stroke(0.5))[30, 40].tolist() == [128, 128, 128]


def test_few_tones_leave_no_faint_traces():
    made = few_tones_map(np.linspace(0, 1, 100)[None])
    assert set(np.unique(made)) == {0, 128, 255}
    assert not few_tones_map(np.full((4, 4), 0.3)).any()


def test_scribbles_are_broad_and_hard():
    edges = np.zeros((60, 80), np.float32)
    edges[20:40, 10:70] = 1
    made = scribble_map(edges)[..., 0]
    assert set(np.unique(made)) == {0, 255}
    assert (made[:, 40] > 0).sum() >= 6
    assert not made[:8].any()
    assert not scribble_map(edges * 0.1).any()


def person(x=60.0, scores=1.0):
    """Somebody who stands and faces us, their left on our right; 17 joints of COCO."""
    places = [
        (0, 20),
        (3, 17),
        (-3, 17),
        (6, 19),
        (-6, 19),
        (12, 34),
        (-12, 34),
        (18, 50),
        (-18, 50),
    ]
    places += [(20, 66), (-20, 66), (8, 66), (-8, 66), (9, 88), (-9, 88), (9, 110), (-9, 110)]
    return np.array([(x + across, down, scores) for across, down in places])


def test_a_skeleton_has_the_colours_of_openpose():
    made = skeletons((128, 128), [person()])
    assert made[20, 60].tolist() == [255, 0, 0]  # nose
    assert made[34, 60].tolist() == [255, 85, 0]  # neck, between the shoulders
    assert made[34, 48].tolist() == [255, 170, 0]  # right shoulder
    assert made[66, 80].tolist() == [0, 255, 85]  # left wrist
    assert made[34, 54].tolist() == [153, 0, 0]  # the bone from neck to right shoulder
    assert not made[:10].any()


def test_what_is_not_sure_is_left_out():
    assert not skeletons((128, 128), [person(scores=0.1)]).any()
    joints = person()
    joints[5, 2] = 0  # without a shoulder there is no neck either
    made = skeletons((128, 128), [joints])
    assert not (made == (255, 85, 0)).all(axis=-1).any()
    assert made[20, 60].tolist() == [255, 0, 0]


def test_people_are_drawn_side_by_side_and_none_on_black():
    two = skeletons((128, 128), [person(30), person(95)])
    assert two[20, 30].tolist() == two[20, 95].tolist() == [255, 0, 0]
    assert not skeletons((64, 32), []).any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -1e300, 1e9])
def test_joints_from_nowhere_are_left_out(value):
    joints = person()
    joints[:, 0] = value
    assert not skeletons((128, 128), [joints]).any()


@pytest.mark.parametrize("size", [(1, 1), (16, 4096), (4096, 16)])
def test_skeletons_fit_every_size(size):
    assert skeletons(size, [person()]).shape == (size[1], size[0], 3)
