"""Names of other tools, and what of them is here."""

import pytest

from tests.metadata.samples import CHOICES, HASHES
from webui.metadata.draft import Draft
from webui.metadata.found import Missing
from webui.metadata.names import stem, take_checkpoint, take_sampler


@pytest.fixture
def draft():
    return Draft(CHOICES, HASHES)


@pytest.mark.parametrize(
    ("name", "schedule", "expected"),
    [
        ("DPM++ 2M SDE Heun Karras", "", ("dpmpp_2m_sde_heun", "karras")),
        ("dpm++ 2m ays", "", ("dpmpp_2m", "align_your_steps")),
        ("Euler A", "", ("euler_a", None)),
        ("k_dpm_2_ancestral", "", ("dpm_2_a", None)),
        ("k_dpmpp_2s_ancestral", "native", ("dpmpp_2s_a", "normal")),
        ("k_dpmpp_2", "", ("dpmpp_2m", None)),
        ("DPM++ 2M Karras", "Automatic", ("dpmpp_2m", "karras")),
        ("DPM++ 2M", "Automatic", ("dpmpp_2m", "auto")),
        ("DPM++ 2M Karras", "Exponential", ("dpmpp_2m", "exponential")),
        ("Undefined", "none", (None, None)),
    ],
)
def test_sampler_of_any_tool_is_found(draft, name, schedule, expected):
    take_sampler(draft, name, schedule)
    assert (draft.fields.get("sampler"), draft.fields.get("schedule")) == expected
    assert not draft.missing


@pytest.mark.parametrize(
    ("name", "hash", "expected"),
    [
        ("tiny", "", "tiny"),
        ("models\\sd/Tiny.safetensors", "", "tiny"),
        ("Tiny checkpoint", "", "tiny"),
        ("tiny.ckpt [45dee52b8c]", "", "tiny"),
        ("some name", "45DEE52B8C", "tiny"),
        ("some name [abababab0b]", "abababababab", "juggernautXL"),
        ("JUGG", "", "juggernautXL"),
    ],
)
def test_checkpoint_is_found_by_hash_and_else_by_name(draft, name, hash, expected):
    take_checkpoint(draft, name, hash)
    assert draft.fields == {"checkpoint": expected}
    assert (draft.missing, draft.notes) == ({}, [])


def test_checkpoint_of_the_same_name_with_other_weights_is_said(draft):
    take_checkpoint(draft, "tiny", "ffffffffff")
    assert draft.fields == {"checkpoint": "tiny"}
    assert "other weights" in draft.notes[0]


@pytest.mark.parametrize(
    ("name", "hash", "missing"),
    [
        ("v1-5-pruned", "", Missing("checkpoint", "v1-5-pruned")),
        ("v1-5-pruned [e1441589a6]", "", Missing("checkpoint", "v1-5-pruned", "e1441589a6")),
        ("", "e1441589a6", Missing("checkpoint", "a checkpoint without a name", "e1441589a6")),
    ],
)
def test_checkpoint_that_is_not_here_is_missing(draft, name, hash, missing):
    take_checkpoint(draft, name, hash)
    assert (draft.fields, list(draft.missing.values())) == ({}, [missing])


def test_old_hash_of_eight_digits_says_nothing(draft):
    take_checkpoint(draft, "", "7460a6fa")
    assert (draft.fields, draft.missing) == ({}, {})


@pytest.mark.parametrize(
    ("file", "name"),
    [("a/b\\c.safetensors", "c"), ("c.v1.PT", "c.v1"), ("c.v1", "c.v1"), ("", ""), ("a/", "a")],
)
def test_name_of_a_file_has_no_folder_and_no_ending(file, name):
    assert stem(file) == name
