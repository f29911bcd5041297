"""Textual inversions are read in the layouts of the field; all else is refused in plain words."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save

from tests.adapters.files import COMPANIONS, factors, kohya, saved
from webui.adapters import read_embedding
from webui.errors import BadFile

VECTORS = torch.arange(6).reshape(2, 3).half()
GOOD = save({"emb_params": VECTORS})


def refused(path):
    with pytest.raises(BadFile) as caught:
        read_embedding(path)
    return caught.value.message


def test_shipped_embedding_is_read():
    path = Path(COMPANIONS) / "embeddings" / "teal.safetensors"
    vectors = read_embedding(path)
    assert (vectors.shape, vectors.dtype) == ((2, 128), torch.float32)
    assert torch.equal(vectors, load_file(path)["emb_params"].float())


@pytest.mark.parametrize(
    "tensors",
    [
        {"emb_params": VECTORS},
        {"emb_params": VECTORS, "step": torch.tensor(500)},
        {"<teal>": VECTORS},
        {"string_to_param.*": VECTORS, "string_to_token.*": torch.tensor(265)},
    ],
)
def test_every_layout_gives_the_same_vectors(tmp_path, tensors):
    assert torch.equal(read_embedding(saved(tmp_path, tensors)), VECTORS.float())


def test_single_vector_may_come_without_its_first_axis(tmp_path):
    assert torch.equal(read_embedding(saved(tmp_path, {"<a>": VECTORS[1]})), VECTORS[1:].float())


@pytest.mark.parametrize(
    ("tensors", "says"),
    [
        ({}, "holds 0 tensors"),
        ({"a": VECTORS, "b": VECTORS}, "holds 2 tensors"),
        (kohya(factors()), "holds 6 tensors"),
        ({"clip_l": VECTORS, "clip_g": VECTORS}, "for SDXL"),
        ({"a": torch.tensor(1.0)}, "of shape ()"),
        ({"a": torch.ones(2, 2, 2)}, "of shape (2, 2, 2)"),
        ({"a": torch.ones(0, 4)}, "of shape (0, 4)"),
        ({"a": torch.ones(2000, 4)}, "of shape (2000, 4)"),
        ({"a": torch.ones(1, 9000)}, "of shape (1, 9000)"),
        ({"a": torch.full((2, 3), float("nan"))}, "is damaged"),
        ({"a": torch.ones(2, 3, dtype=torch.int32)}, "is damaged"),
    ],
)
def test_what_is_no_embedding_is_refused(tmp_path, tensors, says):
    message = refused(saved(tmp_path, tensors))
    assert message.startswith("sample.safetensors")
    assert says in message


@pytest.mark.parametrize("suffix", [".pt", ".PT", ".bin"])
def test_pickles_are_refused_because_they_may_be_programs(tmp_path, suffix):
    path = tmp_path / f"word{suffix}"
    torch.save({"string_to_param": {"*": VECTORS}}, path)
    assert "may hold program code" in refused(path)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("files") / "any.safetensors"


@settings(deadline=None, max_examples=150)
@given(at=st.integers(0, len(GOOD)), put=st.binary(max_size=12), length=st.integers(0, len(GOOD)))
def test_any_damage_is_refused_or_gives_finite_vectors(scratch, at, put, length):
    scratch.write_bytes((GOOD[:at] + put + GOOD[at + len(put) :])[:length])
    try:
        vectors = read_embedding(scratch)
    except BadFile as error:
        assert "any.safetensors" in error.message
    else:
        assert vectors.ndim == 2
        assert vectors.isfinite().all()
