"""LoRA files are read in every spelling; what is no LoRA is refused by name, and never crashes."""

import json
import math
import struct
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from tests.adapters.files import (
    COMPANIONS,
    CONV,
    LINEAR,
    PLACES,
    TEXT,
    diffusers,
    factors,
    kohya,
    saved,
)
from webui.adapters import read_lora
from webui.errors import BadFile

PREFIX = "lora_unet_mid_block_attn_to_q"
GOOD = save(kohya(factors(), alpha=1))
HEADER = 8 + struct.unpack("<Q", GOOD[:8])[0]


def refused(path):
    with pytest.raises(BadFile) as caught:
        read_lora(path)
    return caught.value.message


def layer(**tensors):
    """The tensors of one layer, `lora_down__weight` for `.lora_down.weight`."""
    return {f"{PREFIX}.{name.replace('__', '.')}": value for name, value in tensors.items()}


@pytest.mark.parametrize(
    ("name", "title", "layers"),
    [("robot", "Robot", 124), ("crown", "Crown", 124), ("blueprint", "Blueprint", 102)],
)
def test_shipped_loras_are_read(name, title, layers):
    file = read_lora(Path(COMPANIONS) / "loras" / f"pocket-{name}.safetensors")
    assert (file.name, file.title, file.trigger) == (f"pocket-{name}", title, name)
    assert len(file.changes) == layers
    assert {part for part, _ in file.changes} == {"unet", "text_encoder"}
    assert {addition.scale for addition in file.changes.values()} == {1.0}


@pytest.mark.parametrize(
    ("down", "up"),
    [
        ("lora_A.weight", "lora_B.weight"),
        ("lora.down.weight", "lora.up.weight"),
        ("lora_linear_layer.down.weight", "lora_linear_layer.up.weight"),
    ],
)
def test_every_spelling_gives_the_same_additions(tmp_path, down, up):
    of = factors()
    one = read_lora(saved(tmp_path, kohya(of, alpha=2), "one")).changes
    other = read_lora(saved(tmp_path, diffusers(of, down, up), "other")).changes
    assert one.keys() == other.keys() == set(PLACES.values())
    for place, addition in one.items():
        theirs = other[place]
        assert torch.equal(addition.up, theirs.up)
        assert torch.equal(addition.down, theirs.down)
        assert addition.scale == theirs.scale == 1


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("unet.a.attn1.processor.to_q", ("unet", "a_attn1_to_q")),
        ("unet.a.attn1.processor.to_out", ("unet", "a_attn1_to_out_0")),
        ("mid_block.a.attn1.processor.to_v", ("unet", "mid_block_a_attn1_to_v")),
        (
            "text_encoder.text_model.encoder.layers.0.self_attn.to_out",
            ("text_encoder", "encoder_layers_0_self_attn_out_proj"),
        ),
    ],
)
def test_old_attention_processors_are_read(tmp_path, name, place):
    tensors = {f"{name}_lora.down.weight": torch.ones(1, 3)}
    tensors[f"{name}_lora.up.weight"] = torch.ones(2, 1)
    assert list(read_lora(saved(tmp_path, tensors)).changes) == [place]


def test_network_saved_by_itself_says_its_part_by_its_layers(tmp_path):
    tensors = {
        "base_model.model.down_blocks.0.a.lora_A.weight": torch.ones(1, 3),
        "base_model.model.down_blocks.0.a.lora_B.weight": torch.ones(2, 1),
    }
    assert list(read_lora(saved(tmp_path, tensors)).changes) == [("unet", "down_blocks_0_a")]


def test_alpha_over_rank_is_the_scale_also_as_a_whole_number(tmp_path):
    tensors = kohya(factors(rank=4), alpha=1)
    tensors[f"{PREFIX}.alpha"] = torch.tensor(8)
    scales = {p: a.scale for p, a in read_lora(saved(tmp_path, tensors)).changes.items()}
    assert scales == {PLACES[LINEAR]: 2.0, PLACES[CONV]: 0.25, PLACES[TEXT]: 0.25}


def test_alpha_in_the_metadata_of_diffusers_is_the_scale(tmp_path):
    said = {
        "unet.r": 4,
        "unet.lora_alpha": 8,
        "unet.alpha_pattern": {"conv1": 2},
        "text_encoder.lora_alpha": 8,
        "text_encoder.use_rslora": True,
    }
    path = saved(tmp_path, diffusers(factors(rank=4)), lora_adapter_metadata=json.dumps(said))
    scales = {place: a.scale for place, a in read_lora(path).changes.items()}
    assert scales == {PLACES[LINEAR]: 2, PLACES[CONV]: 0.5, PLACES[TEXT]: 8 / math.sqrt(4)}


@pytest.mark.parametrize("said", ["{", "[1]", '{"unet.lora_alpha": "x"}', "[" * 50_000, "9" * 9999])
def test_metadata_without_sense_is_damage(tmp_path, said):
    path = saved(tmp_path, diffusers(factors()), lora_adapter_metadata=said)
    assert "nobody knows how strong" in refused(path)


def test_title_is_one_short_line_and_falls_back_to_the_file(tmp_path):
    long = saved(tmp_path, kohya(factors()), "a", modelspec__title="x\n\x1b[31m" + "y" * 9999)
    assert read_lora(long).title.startswith("x [31m")
    assert len(read_lora(long).title) == 120
    assert read_lora(saved(tmp_path, kohya(factors()), "b", ss_output_name="out")).title == "out"
    nameless = read_lora(saved(tmp_path, kohya(factors()), "c", modelspec__title=" "))
    assert (nameless.title, nameless.trigger) == ("c", "")


@pytest.mark.parametrize(
    ("tensor", "kind"),
    [
        (f"{PREFIX}.hada_w1_a", "a LoHa file"),
        (f"{PREFIX}.lokr_w1", "a LoKr file"),
        (f"{PREFIX}.diff_c", "a file of full differences of an unknown kind"),
        (f"{PREFIX}.oft_blocks", "an OFT file"),
        (f"{PREFIX}.a1.weight", "a GLoRA file, which the extension LyCORIS reads"),
        (f"{PREFIX}.on_input", "an IA3 file"),
        (f"{PREFIX}.lora_up.bias", "a LoRA with biases"),
        ("emb_params", "an embedding"),
        ("model.diffusion_model.out.2.weight", "a whole checkpoint"),
        ("transformer.blocks.0.to_q.lora_A.weight", "a diffusion transformer"),
        ("something.else", "not a LoRA (its tensor 'something.else' is unknown)"),
        ("unet." + "a." * 400 + "lora_A.weight", "not a LoRA"),
    ],
)
def test_other_kinds_are_refused_by_their_names(tmp_path, tensor, kind):
    message = refused(saved(tmp_path, {**kohya(factors()), tensor: torch.ones(2, 2)}))
    assert message.startswith("sample.safetensors is ")
    assert kind in message
    assert message.endswith(". What is read here: LoRA, DoRA, full differences.")


def test_eight_bit_floats_are_numbers(tmp_path):
    small = {name: value.to(torch.float8_e4m3fn) for name, value in kohya(factors()).items()}
    assert len(read_lora(saved(tmp_path, small)).changes) == 3


def test_embeddings_inside_are_offered_and_what_cannot_be_read_is_noted(tmp_path):
    tensors = {
        **kohya(factors()),
        "bundle_emb.teal.string_to_param.*": torch.ones(2, 3),
        "bundle_emb.sea.emb_params": torch.zeros(3),
        "bundle_emb.big.clip_l": torch.ones(1, 4),
        "bundle_emb.big.clip_g": torch.ones(1, 5),
    }
    file = read_lora(saved(tmp_path, tensors))
    assert len(file.changes) == 3
    assert {word: tuple(v.shape) for word, v in file.embeddings.items()} == {
        "sea": (1, 3),
        "teal": (2, 3),
    }
    (note,) = file.notes
    assert note.startswith("The embedding 'big' inside is an embedding for SDXL")
    assert note.endswith("It is left out.")


def test_file_without_tensors_is_refused(tmp_path):
    assert "changes 0 layers, which no LoRA does" in refused(saved(tmp_path, {}))


def test_pickles_are_refused_unread(tmp_path):
    assert "may hold program code" in refused(tmp_path / "not-even-there.pt")


def test_what_is_no_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none.safetensors"):
        assert "is not a file that can be read" in refused(path)
    assert "cannot be read: File name too long" in refused(tmp_path / ("x" * 5000))


ONE = {"lora_down__weight": torch.ones(2, 4), "lora_up__weight": torch.ones(5, 2)}


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"lora_up__weight": torch.ones(5, 3)}, "two halves that do not fit"),
        ({"lora_up__weight": torch.ones(5, 2, 3, 3)}, "two halves that do not fit"),
        ({"lora_down__weight": torch.ones(4)}, "a shape that no layer has"),
        ({"lora_down__weight": torch.ones(2, 4, 3)}, "a shape that no layer has"),
        ({"lora_down__weight": torch.ones(0, 4)}, "a shape that no layer has"),
        ({"lora_mid__weight": torch.ones(2, 2)}, "a middle that does not fit"),
        ({"lora_mid__weight": torch.ones(2, 3, 3, 3)}, "a middle that does not fit"),
        ({"lora_mid__weight": torch.ones(2, 2, 0, 3)}, "a shape that no layer has"),
        ({"alpha": torch.ones(2)}, "alpha that is not one number"),
        ({"alpha": torch.tensor(float("inf"))}, "no numbers to calculate with"),
        ({"lora_down__weight": torch.full((2, 4), float("nan"))}, "no numbers to calculate with"),
        ({"lora_down__weight": torch.ones(2, 4, dtype=torch.int8)}, "no numbers to calculate with"),
        (
            {"lora_down__weight": torch.full((2, 4), 1e300, dtype=torch.double)},
            "no numbers to calculate with",
        ),
        (
            {"lora_down__weight": torch.ones(5000, 4), "lora_up__weight": torch.ones(5, 5000)},
            "a rank of 5,000",
        ),
    ],
)
def test_layers_that_cannot_be_are_damage(tmp_path, changes, what):
    message = refused(saved(tmp_path, layer(**{**ONE, **changes})))
    assert "is damaged" in message
    assert what in message


@pytest.mark.parametrize(
    ("dtype", "bits"), [("F4", 4), ("F8_E8M0", 8), ("C64", 64), ("BOOL", 8), ("F6_E2M3", 6)]
)
def test_numbers_that_nobody_can_calculate_with_are_refused(tmp_path, dtype, bits):
    start, entries = 0, {}
    for ending, shape in (("lora_down.weight", (4, 2)), ("lora_up.weight", (2, 4))):
        offsets = (start, start + bits)  # eight numbers are as many bytes as one has bits
        entries[f"{PREFIX}.{ending}"] = {"dtype": dtype, "shape": shape, "data_offsets": offsets}
        start += bits
    header = json.dumps(entries).encode()
    path = tmp_path / "odd.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(start))
    assert "Download it again" in refused(path)


def test_half_a_layer_and_a_layer_said_twice_are_damage(tmp_path):
    half = layer(lora_up__weight=torch.ones(5, 2))
    assert "lacks one of its two halves" in refused(saved(tmp_path, half))
    twice = {**kohya(factors()), **diffusers(factors())}
    assert "twice" in refused(saved(tmp_path, twice))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("files") / "any.safetensors"


@settings(deadline=None, max_examples=150)
@given(body=st.binary(min_size=len(GOOD) - HEADER, max_size=len(GOOD) - HEADER))
def test_any_bytes_after_a_good_header_are_read_or_refused(scratch, body):
    scratch.write_bytes(GOOD[:HEADER] + body)
    try:
        file = read_lora(scratch)
    except BadFile as error:
        assert "any.safetensors" in error.message
    else:
        assert all(a.down.isfinite().all() for a in file.changes.values())


@settings(deadline=None, max_examples=150)
@given(at=st.integers(0, HEADER - 1), put=st.binary(max_size=9), length=st.integers(0, len(GOOD)))
def test_broken_headers_and_short_files_are_read_or_refused(scratch, at, put, length):
    scratch.write_bytes((GOOD[:at] + put + GOOD[at + len(put) :])[:length])
    try:
        read_lora(scratch)
    except BadFile as error:
        assert "any.safetensors" in error.message


_WORDS = st.sampled_from(
    ["lora_unet_", "lora_te_", "unet.", "a", ".", "to_out", ".processor.", "alpha", "_lora"]
    + [".lora_down.weight", ".lora_up.weight", ".lora_mid.weight", ".lora_A.weight", ".alpha"]
    + [".diff", ".diff_b", ".w_norm", ".dora_scale", ".lora_magnitude_vector", "bundle_emb."]
)
_SHAPES = st.lists(st.sampled_from([0, 1, 2, 3]), max_size=5)


@settings(deadline=None, max_examples=200)
@given(tensors=st.dictionaries(st.lists(_WORDS, max_size=5).map("".join), _SHAPES, max_size=6))
def test_any_names_and_shapes_are_read_or_refused(scratch, tensors):
    tensors.pop("__metadata__", None)
    scratch.write_bytes(save({name: torch.ones(shape) for name, shape in tensors.items()}))
    try:
        file = read_lora(scratch)
    except BadFile as error:
        assert "any.safetensors" in error.message
    else:
        for place, change in file.changes.items():
            base = torch.zeros(file.layers[place].size)
            assert file.layers[place].fits(base.shape)
            assert change.delta(base, 1.0).shape == base.shape
