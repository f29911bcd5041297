"""Detectors: networks from people's folders, and maps of the right size from them."""

import json
from functools import partial

import numpy as np
import pytest
import torch

from tests.images.pixels import gradient, noise
from tests.pipelines import detector_folders as tiny
from webui.builtin.preprocessors import PREPROCESSORS
from webui.errors import BadFile, NotFound
from webui.images.preprocessors.regions import coloured
from webui.images.preprocessors.weights import missing
from webui.pipelines.detector_hed import Hed, load_hed, soft_edges
from webui.pipelines.detector_looks import LOOKS
from webui.pipelines.detector_models import load_model
from webui.pipelines.detector_people import find_joints, find_people
from webui.pipelines.detectors import Detectors

CPU = torch.device("cpu")
PICTURE = noise(70, 110)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "preprocessors"


@pytest.fixture
def detectors(tmp_path):
    return Detectors(tmp_path, CPU)


@pytest.fixture(scope="module")
def hed_models(tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    tiny.put_hed(models / "preprocessors" / "softedge")
    return models


def edit(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_every_preprocessor_that_needs_weights_has_its_detector():
    assert {info.id: info.needs for info in PREPROCESSORS if info.needs} == {
        name: needs for name, (needs, _) in LOOKS.items()
    }


@pytest.mark.parametrize("make", [tiny.dpt, tiny.depth_anything])
@pytest.mark.parametrize("name", ["depth", "normal_depth"])
def test_depth_models_as_they_are_saved_make_maps(tmp_path, folder, detectors, make, name):
    tiny.put(folder / "depth", make)
    assert missing(tmp_path, next(info for info in PREPROCESSORS if info.id == name)) == ""
    made = detectors.detect(name, PICTURE, (0.4, 0))
    assert made.shape == PICTURE.shape
    assert made.dtype == np.uint8
    assert np.array_equal(made, detectors.detect(name, PICTURE, (0.4, 0)))
    if name == "depth":
        assert (made.min(), made.max()) == (0, 255)
        assert (made == made[..., :1]).all()


def as_strong_as_trained(model):
    model.head.head[4].weight.mul_(1e9)
    model.head.head[4].bias.fill_(1)


def test_metric_depth_is_turned_round(folder, detectors):
    """What is farther has a larger depth then, and shall be darker all the same."""
    tiny.put(folder / "depth", tiny.dpt, as_strong_as_trained)
    near = detectors.detect("depth", PICTURE)[..., 0]
    edit(folder / "depth" / "config.json", depth_estimation_type="metric")
    far = detectors.detect("depth", PICTURE)[..., 0]
    assert far[near == near.min()].min() == 255
    assert far[near == near.max()].max() == 0


@pytest.mark.parametrize(
    ("make", "kinds"), [(tiny.segformer, 150), (tiny.upernet, 150), (partial(tiny.segformer, 7), 7)]
)
def test_segmentation_has_colours_of_its_kinds(folder, detectors, make, kinds):
    tiny.put(folder / "segmentation", make)
    made = detectors.detect("segmentation", gradient(100, 60))
    assert made.shape == (100, 60, 3)
    known = {tuple(colour) for colour in coloured(np.arange(kinds)[None], kinds)[0].tolist()}
    seen = {tuple(colour) for colour in made.reshape(-1, 3).tolist()}
    assert seen <= known
    assert len(seen) > 1


def test_people_are_found_and_drawn(folder, detectors):
    tiny.put(folder / "pose" / "people", tiny.rt_detr)
    tiny.put(folder / "pose" / "joints", tiny.vitpose)
    made = detectors.detect("openpose", PICTURE)
    assert made.shape == PICTURE.shape
    assert made.dtype == np.uint8


def test_boxes_are_of_people_only_and_inside_the_picture(folder):
    tiny.put(folder, tiny.rt_detr)
    model = load_model(folder, tiny.RTDetrForObjectDetection, CPU)
    with torch.inference_mode():
        model.network.model.decoder.class_embed[-1].bias.fill_(3)  # sure of everything
        boxes = find_people(model, PICTURE)
        assert 1 <= len(boxes) <= 20
        assert (boxes[:, :2] >= 0).all()
        assert (boxes[:, :2] + boxes[:, 2:] <= (110.001, 70.001)).all()
        model.config.id2label = {0: "person", 1: "cat"}
        others = find_people(model, PICTURE)
        model.network.model.decoder.class_embed[-1].bias.fill_(-9)
        assert find_people(model, PICTURE).shape == (0, 4)
    assert not np.array_equal(boxes, others)


def test_joints_lie_around_their_box(folder):
    tiny.put(folder, tiny.vitpose)
    model = load_model(folder, tiny.VitPoseForPoseEstimation, CPU)
    box = np.array([40, 10, 30, 40], np.float32)
    with torch.inference_mode():
        (joints,) = find_joints(model, PICTURE, box[None])
        assert find_joints(model, PICTURE, box[None][:0]) == []
    assert joints.shape == (17, 3)
    assert (np.abs(joints[:, :2] - (55, 30)) <= (30, 40)).all()


def test_models_with_other_joints_are_refused(folder, detectors):
    tiny.put(folder / "pose" / "people", tiny.rt_detr)
    tiny.put(folder / "pose" / "joints", partial(tiny.vitpose, 21))
    model = load_model(folder / "pose" / "joints", tiny.VitPoseForPoseEstimation, CPU)
    with torch.inference_mode(), pytest.raises(ValueError, match="21 joints"):
        find_joints(model, PICTURE, np.array([[0, 0, 20, 20]], np.float32))


@pytest.mark.parametrize("name", ["softedge_hed", "softedge_hedsafe", "scribble_hed"])
@pytest.mark.parametrize("size", [(1, 1), (5, 90), (70, 110)])
def test_soft_edges_of_every_size(hed_models, name, size):
    made = Detectors(hed_models, CPU).detect(name, noise(*size))
    assert made.shape == (*size, 3)
    assert made.dtype == np.uint8
    if name == "scribble_hed":
        assert set(np.unique(made)) <= {0, 255}


def test_the_edge_network_has_the_tensors_of_controlnets_file():
    shapes = {name: tuple(one.shape) for name, one in Hed().state_dict().items()}
    assert len(shapes) == 1 + 2 * (13 + 5)
    assert shapes["norm"] == (1, 3, 1, 1)
    assert shapes["block1.convs.0.weight"] == (64, 3, 3, 3)
    assert shapes["block3.convs.2.bias"] == (256,)
    assert shapes["block5.projection.weight"] == (1, 512, 1, 1)


def test_the_edge_network_sees_edges():
    """With one filter that differs from its neighbour, in the first block only."""
    network = Hed()
    for weight in network.parameters():
        torch.nn.init.zeros_(weight)
    with torch.inference_mode():
        network.block1.convs[0].weight[0, :, 1, 1] = 0.2
        network.block1.convs[0].weight[0, :, 1, 0] = -0.2
        network.block1.convs[1].weight[0, 0, 1, 1] = 1
        network.block1.projection.weight[0, 0] = 1
        pixels = np.zeros((32, 32, 3), np.uint8)
        pixels[:, 16:] = 255
        seen = soft_edges(network, pixels)
    assert seen[:, 16].min() > 0.99
    assert np.abs(np.delete(seen, [0, 15, 16, 17, 31], axis=1) - 0.5).max() < 1e-5


def test_edge_weights_with_a_prefix_are_read(folder):
    tiny.put_hed(folder, "netNetwork.")
    assert load_hed(folder, CPU).nbytes > 50_000_000


def halved(weights):
    weights["block2.convs.0.weight"] = weights["block2.convs.0.weight"][:64].clone()


@pytest.mark.parametrize("change", [halved, lambda weights: weights.pop("norm"), dict.clear])
def test_other_files_are_no_edge_network(folder, detectors, change):
    tiny.put_hed(folder / "softedge", change=change)
    with pytest.raises(BadFile, match="not the edge network of ControlNet"):
        detectors.detect("softedge_hed", PICTURE)


def test_broken_edge_weights_are_named(folder, detectors):
    folder.mkdir()
    (folder / "softedge").mkdir()
    (folder / "softedge" / "some.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{broken")
    with pytest.raises(BadFile, match=r"some\.safetensors"):
        detectors.detect("softedge_hed", PICTURE)


@pytest.mark.parametrize("name", LOOKS)
def test_missing_weights_are_told(detectors, name):
    with pytest.raises(BadFile, match=f"models/preprocessors/{LOOKS[name][0]}"):
        detectors.detect(name, PICTURE)


@pytest.mark.parametrize("name", ["canny", "", "depth_midas"])
def test_there_are_no_other_detectors(detectors, name):
    with pytest.raises(NotFound, match="no preprocessor"):
        detectors.detect(name, PICTURE)


def cut_short(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def of_another_kind(folder):
    tiny.put(folder, tiny.segformer)


def not_json(folder):
    (folder / "config.json").write_text("{")


def unknown_kind(folder):
    edit(folder / "config.json", model_type="nonesuch")


def with_a_program(folder):
    edit(
        folder / "config.json",
        model_type="nonesuch",
        auto_map={"AutoConfig": "program.Config", "AutoModelForDepthEstimation": "program.Model"},
    )
    (folder / "program.py").write_text("raise SystemExit('ran')")


def far_larger(folder):
    edit(folder / "config.json", num_hidden_layers=3, hidden_size=16 << 10)


def endless(folder):
    edit(folder / "config.json", num_hidden_layers=10**9)


def other_widths(folder):
    edit(folder / "config.json", fusion_hidden_size=16)


def more_layers(folder):
    edit(folder / "config.json", num_hidden_layers=5)


def no_processor(folder):
    (folder / "preprocessor_config.json").write_text("[]")


@pytest.mark.parametrize(
    "spoil",
    [
        cut_short,
        of_another_kind,
        not_json,
        unknown_kind,
        with_a_program,
        far_larger,
        endless,
        other_widths,
        more_layers,
        no_processor,
    ],
)
def test_broken_and_other_models_are_refused(folder, detectors, spoil):
    tiny.put(folder / "depth", tiny.dpt)
    spoil(folder / "depth")
    with pytest.raises(BadFile) as caught:
        detectors.detect("depth", PICTURE)
    assert len(str(caught.value)) < 500


def test_pickles_are_never_read(folder, detectors):
    tiny.put(folder / "depth", tiny.dpt)
    path = folder / "depth" / "model.safetensors"
    path.rename(path.with_name("pytorch_model.bin"))
    with pytest.raises(BadFile, match=r"model\.safetensors is missing"):
        detectors.detect("depth", PICTURE)


def test_weights_that_dpt_never_reads_may_be_missing(folder, detectors):
    """The files of Intel's DPT leave them out."""
    unused = "neck.fusion_stage.layers.0.residual_layer1."
    weights = {k: v for k, v in tiny.dpt()[0].state_dict().items() if not k.startswith(unused)}
    tiny.put(folder / "depth", tiny.dpt, state_dict=weights)
    assert detectors.detect("depth", PICTURE).shape == PICTURE.shape


def test_nonsense_is_no_depth(folder, detectors):
    tiny.put(folder / "depth", tiny.dpt, lambda model: model.head.head[0].weight.fill_(torch.nan))
    with pytest.raises(BadFile, match="no depth"):
        detectors.detect("depth", PICTURE)


def test_two_networks_are_kept(folder, detectors):
    tiny.put(folder / "depth", tiny.dpt)
    tiny.put(folder / "segmentation", tiny.segformer)
    tiny.put(folder / "pose" / "people", tiny.rt_detr)
    tiny.put(folder / "pose" / "joints", tiny.vitpose)
    sizes = []
    for name in ("depth", "segmentation", "depth", "openpose", "depth"):
        detectors.detect(name, PICTURE)
        sizes.append(detectors.nbytes)
        assert len(detectors._loaded) <= 2  # pyright: ignore[reportPrivateUsage]
    assert sizes[0] < sizes[1] == sizes[2]
    detectors.close()
    assert detectors.nbytes == 0


def test_replaced_files_are_read_anew(folder, detectors):
    tiny.put(folder / "depth", tiny.dpt)
    first = detectors.detect("depth", PICTURE)
    tiny.put(folder / "depth", tiny.depth_anything)
    assert not np.array_equal(detectors.detect("depth", PICTURE), first)
    assert len(detectors._loaded) == 1  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("size", [(16, 4096), (4096, 16), (1, 1), (2500, 40)])
def test_slim_and_large_pictures_get_maps_of_their_size(folder, detectors, size):
    tiny.put(folder / "depth", tiny.depth_anything)
    tiny.put(folder / "segmentation", tiny.segformer)
    for name in ("depth", "segmentation"):
        made = detectors.detect(name, noise(*size))
        assert made.shape == (*size, 3)
