"""Upscalers: files by name, networks that are read safely, and pictures that come out whole."""

import functools
import hashlib
import io
import os
import pickle
import random
import warnings
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from spandrel import ImageModelDescriptor, MaskedImageModelDescriptor, ModelLoader
from spandrel.architectures.Compact import Compact, CompactArch
from spandrel.architectures.CRAFT import CRAFT
from spandrel.architectures.DnCNN import DnCNN
from spandrel.architectures.ESRGAN import ESRGAN
from spandrel.architectures.SwinIR import SwinIR
from torch import nn

from webui.errors import BadFile, NotFound
from webui.images.tiles import Mosaic, tiles, weights
from webui.pipelines import Hashes
from webui.pipelines.upscaler_files import UpscalerFiles
from webui.pipelines.upscaler_networks import answer, load_network
from webui.pipelines.upscalers import Upscalers
from webui.settings import HOUSE

CPU = torch.device("cpu")
POCKET = HOUSE / "models" / "pocket"


@pytest.fixture
def files(tmp_path):
    return UpscalerFiles(tmp_path, Hashes(None))


@pytest.fixture
def upscalers(files):
    return Upscalers(files, CPU)


def put(path, data=b"x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def store(files, name, weights, **options):
    """Write weights as their ending says, and give the hash. Dots separate name and ending."""
    path = put(files.models / "upscalers" / name)
    if path.suffix == ".safetensors":
        save_file(weights, path)
    else:
        torch.save(weights, path, **options)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def quietly(make):
    """The networks' own code warns, which is for nobody; ours must hush it itself."""

    @functools.wraps(make)
    def hushed():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return make()

    return hushed


def compact(channels=3, convolutions=2, scale=2):
    """Its receptive field reaches one pixel further with each convolution, these and two more."""
    torch.manual_seed(1)
    return Compact(
        num_in_ch=channels,
        num_out_ch=channels,
        num_feat=8,
        num_conv=convolutions,
        upscale=scale,
    )


def esrgan():
    torch.manual_seed(2)
    return ESRGAN(num_filters=8, num_blocks=1, scale=4)


@quietly
def swinir():
    torch.manual_seed(3)
    return SwinIR(
        img_size=32,
        embed_dim=12,
        depths=[2],
        num_heads=[2],
        window_size=8,
        mlp_ratio=2.0,
        upscale=2,
        upsampler="pixelshuffledirect",
    )


@quietly
def craft():
    torch.manual_seed(4)
    return CRAFT(
        embed_dim=48,
        depths=(1,),
        num_heads=(6,),
        split_size_0=4,
        split_size_1=16,
        upscale=2,
        mlp_ratio=2.0,
    )


def picture(width, height, seed=0):
    """Smooth colours with some noise, float32 [1, 3, h, w] in 0..1."""
    noise = torch.Generator().manual_seed(seed)
    rough = torch.rand(1, 3, 4, 4, generator=noise)
    smooth = nn.functional.interpolate(rough, (height, width), mode="bilinear")
    return (smooth + 0.05 * torch.rand(1, 3, height, width, generator=noise)).clamp(0, 1)


# --- files ---------------------------------------------------------------------------------------


def test_names_are_those_of_readable_endings_in_any_folder_and_of_what_checkpoints_bring(files):
    own = files.models / "upscalers"
    for name in ("4x-Sharp.pth", "deep/x2.PT", "a.b.ckpt", "plain.bin", "safe.safetensors"):
        put(own / name)
    for name in ("notes.txt", "half.pth.part", ".hidden.pth", ".cache/in.pth", "bin", "none"):
        put(own / name)
    put(files.models / "pocket" / "companions" / "upscalers" / "pocket-x2.safetensors")
    assert files.names() == ("4x-Sharp", "a.b", "plain", "pocket-x2", "safe", "x2")


def test_names_are_distinct_and_none_without_folders(files, tmp_path):
    put(tmp_path / "upscalers" / "one.pth")
    put(tmp_path / "upscalers" / "one.safetensors")
    assert files.names() == ("one",)
    assert UpscalerFiles(tmp_path / "nowhere", Hashes(None)).names() == ()


def test_a_name_is_found_whatever_its_case_folder_or_ending(files, tmp_path):
    path = put(tmp_path / "upscalers" / "inks" / "4x-Sharp.v2.pth")
    for name in (
        "4x-Sharp.v2",
        "4X-SHARP.V2",
        "inks/4x-Sharp.v2",
        "c:\\4x-sharp.v2.PTH",
        " 4x-Sharp.v2 ",
    ):
        assert files.find(name) == path


def test_exact_names_safe_formats_and_peoples_own_files_come_first(files, tmp_path):
    put(tmp_path / "pocket" / "companions" / "upscalers" / "a.safetensors")
    put(tmp_path / "upscalers" / "A.safetensors")
    pickled = put(tmp_path / "upscalers" / "a.pth")
    assert files.find("a") == pickled
    safe = put(tmp_path / "upscalers" / "a.safetensors")
    assert files.find("a") == safe
    assert files.find("a.pth") == pickled


@pytest.mark.parametrize(
    "name",
    ["none", "", "../secret", "/etc/passwd", "a\0b", "..", ".", "*", ".pth", "\ud800", "x" * 99],
)
def test_what_is_not_there_is_told_and_no_other_folder_is_reached(files, tmp_path, name):
    put(tmp_path.parent / "secret.pth")
    put(tmp_path / "upscalers" / "one.pth")
    with pytest.raises(NotFound, match="no upscaler called"):
        files.find(name)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_file_whose_name_is_no_text_which_windows_has_not_is_not_offered(files, tmp_path):
    put(tmp_path / "upscalers" / os.fsdecode(b"\xff.pth"))
    assert files.names() == ()


def test_a_file_that_was_replaced_is_not_taken_for_the_one_that_was_meant(files, tmp_path):
    path = put(tmp_path / "upscalers" / "a.pth", b"first")
    meant = files.sha256_of("A")
    assert meant == hashlib.sha256(b"first").hexdigest()
    assert files.checked("a", meant) == path
    put(path, b"second!")
    with pytest.raises(BadFile, match="was replaced"):
        files.checked("a", meant)
    path.unlink()
    with pytest.raises(BadFile, match="no upscaler called 'a'"):
        files.checked("a", meant)


# --- pictures ------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".pth", ".pt", ".ckpt", ".bin", ".safetensors"])
def test_every_format_gives_the_same_network(files, upscalers, ending):
    network = compact()
    sha256 = store(files, f"one{ending}", network.state_dict())
    small = picture(20, 17)
    with torch.no_grad():
        wanted = network(small).clamp(0, 1)
    assert upscalers.scale_of("one", sha256) == 2
    assert torch.allclose(upscalers.upscale("one", sha256, small), wanted, atol=1e-5)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda weights: {"params": {}, "params_ema": weights},
        lambda weights: {"state_dict": weights, "epoch": 3, "optimizer": {"lr": 0.1}},
        lambda weights: {f"module.{name}": value for name, value in weights.items()},
        lambda weights: {name: value.half() for name, value in weights.items()},
    ],
)
def test_weights_are_found_in_the_wrappings_of_training_programs(files, upscalers, wrap):
    sha256 = store(files, "one.pth", wrap(dict(compact().state_dict())))
    assert upscalers.upscale("one", sha256, picture(16, 16)).shape == (1, 3, 32, 32)


def test_files_of_old_versions_of_torch_are_read(files, upscalers):
    sha256 = store(files, "old.pth", compact().state_dict(), _use_new_zipfile_serialization=False)
    assert upscalers.scale_of("old", sha256) == 2


@pytest.mark.parametrize("make", [compact, esrgan, swinir, craft])
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (33, 18), (16, 48)])
def test_any_size_comes_out_whole_whatever_the_network_needs(files, upscalers, make, size):
    sha256 = store(files, "one.pth", make().state_dict())
    small = picture(*size)
    kept = small.clone()
    large = upscalers.upscale("one", sha256, small)
    scale = upscalers.scale_of("one", sha256)
    assert large.shape == (1, 3, size[1] * scale, size[0] * scale)
    assert large.dtype == torch.float32
    assert 0 <= large.min() <= large.max() <= 1
    assert torch.equal(small, kept)
    assert torch.equal(upscalers.upscale("one", sha256, small), large)
    assert not large.is_inference()


def test_padding_repeats_the_edges_and_is_cut_off_again(files, upscalers):
    sha256 = store(files, "one.pth", craft().state_dict())
    small = picture(20, 18)
    padded = nn.functional.pad(small, (0, 12, 0, 14), mode="replicate")
    whole = upscalers.upscale("one", sha256, padded)
    assert torch.equal(upscalers.upscale("one", sha256, small), whole[..., :36, :40])


def test_a_grey_network_is_given_each_colour_by_itself(files, upscalers):
    network = compact(channels=1)
    sha256 = store(files, "grey.pth", network.state_dict())
    small = picture(18, 16)
    with torch.no_grad():
        wanted = torch.cat([network(small[:, n : n + 1]) for n in range(3)], dim=1)
    made = upscalers.upscale("grey", sha256, small)
    assert torch.allclose(made, wanted.clamp(0, 1), atol=1e-6)


def test_a_network_for_rgba_is_given_an_opaque_picture(files, upscalers):
    network = compact(channels=4)
    sha256 = store(files, "rgba.pth", network.state_dict())
    small = picture(18, 16)
    with torch.no_grad():
        wanted = network(torch.cat([small, torch.ones(1, 1, 16, 18)], dim=1))[:, :3]
    made = upscalers.upscale("rgba", sha256, small)
    assert torch.allclose(made, wanted.clamp(0, 1), atol=1e-6)


def test_a_network_that_cleans_keeps_the_size(files, upscalers):
    torch.manual_seed(5)
    sha256 = store(files, "clean.pth", DnCNN(in_nc=3, out_nc=3, nc=8, nb=4).state_dict())
    assert upscalers.scale_of("clean", sha256) == 1
    assert upscalers.upscale("clean", sha256, picture(20, 16)).shape == (1, 3, 16, 20)


def test_neither_warnings_nor_random_numbers_get_out(files, upscalers):
    sha256 = store(files, "one.pth", craft().state_dict())
    torch.manual_seed(9)
    wanted = torch.rand(3)
    torch.manual_seed(9)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        upscalers.upscale("one", sha256, picture(16, 16))
    assert not seen
    assert torch.equal(torch.rand(3), wanted)


def test_tiles_make_the_whole_picture_where_no_edge_of_a_tile_is_near(files, upscalers):
    network = compact()
    sha256 = store(files, "one.pth", network.state_dict())
    small, reach, size = picture(90, 70), 4, (90, 70)
    whole = upscalers.upscale("one", sha256, small)[0].permute(1, 2, 0).numpy()
    mosaic, is_near = Mosaic(*size, 3, 2), np.zeros((70, 90), bool)
    for tile in tiles(*size, 40, 2 * reach):
        place = (slice(tile.top, tile.bottom), slice(tile.left, tile.right))
        made = upscalers.upscale("one", sha256, small[(..., *place)])[0].permute(1, 2, 0)
        mosaic.add(tile, made.numpy(), weights(tile, size, 2 * reach))
        near = is_near[place]
        near[:, :reach] |= tile.left > 0
        near[:, -reach:] |= tile.right < 90
        near[:reach] |= tile.top > 0
        near[-reach:] |= tile.bottom < 70
    error = np.abs(mosaic.done() - whole).max(axis=2)
    is_near = is_near.repeat(2, 0).repeat(2, 1)
    assert 0.2 < is_near.mean() < 0.5
    assert error[~is_near].max() < 1e-4
    assert error.max() < 0.2


# --- what is kept --------------------------------------------------------------------------------


def test_the_two_that_were_used_last_are_kept(files, upscalers):
    hashes = {
        name: store(files, f"{name}.pth", compact(convolutions=number).state_dict())
        for number, name in enumerate("abc", 1)
    }
    for name in "abac":
        upscalers.scale_of(name, hashes[name])
    for name in "abc":
        (files.models / "upscalers" / f"{name}.pth").unlink()
    for name in "ac":
        assert upscalers.scale_of(name, hashes[name]) == 2
    with pytest.raises(BadFile, match="no upscaler called 'b'"):
        upscalers.scale_of("b", hashes["b"])
    assert upscalers.nbytes > 0
    upscalers.close()
    assert upscalers.nbytes == 0
    with pytest.raises(BadFile, match="no upscaler called 'a'"):
        upscalers.scale_of("a", hashes["a"])


def test_a_file_that_was_replaced_does_not_draw_in_the_old_ones_name(files, upscalers):
    first = store(files, "one.pth", compact().state_dict())
    second = store(files, "one.pth", esrgan().state_dict())
    with pytest.raises(BadFile, match="was replaced"):
        upscalers.scale_of("one", first)
    assert upscalers.scale_of("one", second) == 4


# --- files that are no upscalers -----------------------------------------------------------------


class Evil:
    """Makes a folder when it is unpickled without care."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def refused(files, upscalers, data, name="one.pth"):
    """The words in which a file with these bytes is refused."""
    put(files.models / "upscalers" / name, data)
    with pytest.raises(BadFile) as caught:
        upscalers.scale_of("one", hashlib.sha256(data).hexdigest())
    assert name in caught.value.message
    return caught.value.message


def saved(weights, **options):
    buffer = io.BytesIO()
    torch.save(weights, buffer, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("ending", [".pth", ".pt", ".ckpt", ".bin"])
@pytest.mark.parametrize("is_zip", [True, False, None])
def test_a_pickle_with_a_program_is_refused_and_does_not_run(
    files, upscalers, tmp_path, ending, is_zip
):
    weights = {**compact().state_dict(), "extra": Evil(tmp_path / "broken-in")}
    plain = {"extra": Evil(tmp_path / "broken-in")}
    data = (
        pickle.dumps(plain)
        if is_zip is None
        else saved(weights, _use_new_zipfile_serialization=is_zip)
    )
    assert "not opened" in refused(files, upscalers, data, f"one{ending}")
    assert not (tmp_path / "broken-in").exists()


def test_that_program_would_run_if_it_were_opened_without_care(tmp_path):
    pickle.loads(pickle.dumps(Evil(tmp_path / "broken-in")))
    assert (tmp_path / "broken-in").exists()


@pytest.mark.parametrize(
    "weights",
    [
        {},
        [1, 2],
        {"a": 1},
        {1: torch.ones(1)},
        {"a": {"b": torch.ones(1)}, "c": "text"},
        {"a": torch.ones(2).to_sparse()},
        {"a": torch.ones(2, device="meta")},
        {"a": torch.ones(0)},
    ],
)
def test_what_holds_no_weights_is_refused(files, upscalers, weights):
    words = refused(files, upscalers, saved(weights))
    assert "is no upscaler" in words or "damaged" in words


@pytest.mark.parametrize("name", ["one.pth", "one.safetensors"])
@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_a_file_cut_short_is_refused(files, upscalers, name, share):
    store(files, name, compact().state_dict())
    data = (files.models / "upscalers" / name).read_bytes()
    words = refused(files, upscalers, data[: int(share * len(data))], name)
    assert "cut short" in words or "not a safetensors file" in words


@pytest.mark.parametrize("name", ["one.pth", "one.safetensors"])
def test_text_is_refused(files, upscalers, name):
    assert "Download it again" in refused(files, upscalers, b"<html>not found</html>" * 9, name)


def test_a_format_under_a_wrong_ending_is_refused(files, upscalers):
    refused(files, upscalers, saved(compact().state_dict()), "one.safetensors")


def test_weights_of_something_else_are_refused(files, upscalers):
    words = refused(files, upscalers, saved(nn.Linear(3, 3).state_dict()))
    assert "of a kind that is known" in words


def test_weights_that_do_not_fit_together_are_refused(files, upscalers):
    weights = compact().state_dict()
    weights["body.2.weight"] = torch.ones(3, 3)
    assert "do not fit together" in refused(files, upscalers, saved(weights))


def test_a_torchscript_program_is_refused(files, upscalers):
    buffer = io.BytesIO(saved(compact().state_dict()))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("archive/constants.pkl", b"")
    assert "TorchScript" in refused(files, upscalers, buffer.getvalue(), "one.pt")


FACTS = {
    "tags": [],
    "supports_half": True,
    "supports_bfloat16": True,
    "input_channels": 3,
    "output_channels": 3,
}


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        (ImageModelDescriptor, {"purpose": "FaceSR", "scale": 2}, "draws faces anew"),
        (MaskedImageModelDescriptor, {"purpose": "Inpainting"}, "fills holes"),
    ],
)
def test_networks_for_other_work_are_refused(files, upscalers, monkeypatch, kind, more, words):
    """Real ones (GFPGAN, LaMa) have one size only, hundreds of MB: a small one stands in."""

    def load(_, weights):
        return kind(compact(), weights, CompactArch(), **FACTS, **more)

    monkeypatch.setattr(ModelLoader, "load_from_state_dict", load)
    assert words in refused(files, upscalers, saved(compact().state_dict()))


def test_networks_for_other_channels_are_refused(files, upscalers):
    network = Compact(num_in_ch=2, num_out_ch=3, num_feat=8, num_conv=1, upscale=2)
    assert "turns 2 channels into 3" in refused(files, upscalers, saved(network.state_dict()))


def test_absurd_scales_are_refused(files, upscalers):
    network = compact(scale=17)
    assert "17 times as large" in refused(files, upscalers, saved(network.state_dict()))


def test_an_archive_that_unpacks_to_many_times_its_size_is_refused(files, upscalers):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(1 << 20))
    assert "many times its size" in refused(files, upscalers, buffer.getvalue())


def test_weights_that_claim_to_be_larger_than_their_file_are_refused(files, upscalers):
    weights = {"body.0.weight": torch.ones(1).expand(1 << 20, 1 << 20)}
    assert "larger than the file" in refused(files, upscalers, saved(weights))


def test_a_small_file_cannot_ask_for_a_large_network(files, upscalers):
    weights = compact().state_dict()
    weights["body.0.weight"] = torch.ones(100_000, 3, 1, 1)
    assert "far larger than the file" in refused(files, upscalers, saved(weights))


@pytest.mark.parametrize("number", ["999999999", "1_000_000_000", " 99999999", "9" * 5000])
def test_impossible_numbers_of_layers_do_not_hang(files, upscalers, number):
    weights = {**compact().state_dict(), f"body.{number}.bias": torch.ones(12)}
    words = refused(files, upscalers, saved(weights))
    assert "impossible numbers" in words or "do not fit together" in words


@pytest.mark.parametrize("is_old", [True, False])
def test_damaged_files_are_refused_or_read_but_nothing_else_happens(files, upscalers, is_old):
    data = saved(compact().state_dict(), _use_new_zipfile_serialization=not is_old)
    rng = random.Random(int(is_old))
    outcomes = set()
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(rng.randrange(1, 6)):
            broken[rng.randrange(min(len(broken), 4000))] = rng.randrange(256)
        put(files.models / "upscalers" / "one.pth", broken)
        try:
            outcomes.add(upscalers.scale_of("one", hashlib.sha256(broken).hexdigest()))
        except BadFile:
            outcomes.add("refused")
    assert "refused" in outcomes


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_answers_that_are_no_picture_are_told(files, upscalers, value):
    weights = compact().state_dict()
    weights["body.6.bias"][0] = value
    sha256 = store(files, "one.safetensors", weights)
    with pytest.raises(BadFile, match="numbers that are no picture"):
        upscalers.upscale("one", sha256, picture(16, 16))


def test_a_network_that_overflows_in_half_precision_is_run_in_full(files):
    """As on a GPU. It is half again behind, so that the next answer is the same."""
    weights = compact().state_dict()
    for name, factor in {"body.2.weight": 3e3, "body.4.weight": 3e3, "body.6.weight": 1e-6}.items():
        weights[name] *= factor
    store(files, "one.pth", weights)
    found = load_network(files.find("one"), CPU).half()
    with pytest.raises(FloatingPointError):
        found(picture(16, 16).half())
    made = [answer(found, picture(16, 16)) for _ in range(2)]
    assert 0 < made[0].mean() < 1
    assert torch.equal(*made)
    assert found.dtype == torch.float16


@pytest.mark.parametrize(
    "error", [MemoryError(), torch.OutOfMemoryError(), RuntimeError("can't allocate memory")]
)
def test_out_of_memory_passes_through(files, upscalers, monkeypatch, error):
    def fail(*_):
        raise error

    sha256 = store(files, "one.pth", compact().state_dict())
    with monkeypatch.context() as patch:
        patch.setattr(torch, "load", lambda *_, **__: fail())
        with pytest.raises(type(error)):
            upscalers.scale_of("one", sha256)
    with monkeypatch.context() as patch:
        patch.setattr(Compact, "forward", fail)
        with pytest.raises(type(error)):
            upscalers.upscale("one", sha256, picture(16, 16))
    assert upscalers.upscale("one", sha256, picture(16, 16)).shape == (1, 3, 32, 32)


def test_a_network_that_fails_at_work_says_so_in_plain_words(files, upscalers, monkeypatch):
    def fail(*_):
        raise IndexError("no such place\nand much more")

    sha256 = store(files, "one.pth", compact().state_dict())
    monkeypatch.setattr(Compact, "forward", fail)
    with pytest.raises(BadFile, match=r"'one' failed at 20 × 16 pixels: no such place\. Choose"):
        upscalers.upscale("one", sha256, picture(20, 16))


# --- the one that ships --------------------------------------------------------------------------


def test_the_shipped_upscaler_beats_lanczos_and_keeps_colours(monkeypatch):
    monkeypatch.syspath_prepend(POCKET)
    from recipe.domain import FULL
    from recipe.painter import paint
    from recipe.upscaler import HELD_OUT_SEED, decibels, lanczos

    files = UpscalerFiles(HOUSE / "models", Hashes(None))
    assert "pocket-x2" in files.names()
    upscalers, sha256 = Upscalers(files, CPU), files.sha256_of("pocket-x2")
    rng = random.Random(HELD_OUT_SEED)
    scenes = [np.asarray(paint(FULL.random_scene(rng), size=256).image) for _ in range(4)]
    wanted = torch.from_numpy(np.stack(scenes)).permute(0, 3, 1, 2).float() / 255
    small = nn.functional.avg_pool2d(wanted, 2)
    made = torch.cat([upscalers.upscale("pocket-x2", sha256, one[None]) for one in small])
    assert decibels(made, wanted) > decibels(lanczos(small), wanted) + 2
    assert torch.allclose(made.mean(dim=(2, 3)), wanted.mean(dim=(2, 3)), atol=0.01)
