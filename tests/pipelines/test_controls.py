"""Controls: what is loaded, what is kept, and the values of the rows of packed calls."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.families import networks, steering
from tests.families.steering import a_call, a_control, a_hint, a_noise, answered, write
from webui.calls import Control, Denoise
from webui.errors import BadFile
from webui.pipelines import control_hints, controls
from webui.pipelines.controls import Controls

SIGMA, T = 3.0, 600.0


@pytest.fixture
def models(tmp_path: Path) -> Path:
    steering.controlnet(1).save_pretrained(tmp_path / "controlnets" / "edges")
    return tmp_path


def call(*units: Control, rows: int = 2, unprompted: int = 1) -> Denoise:
    x = a_noise(3, rows)
    return Denoise(x, SIGMA, networks.texts(rows), T, controls=units, unprompted=unprompted)


def edges(models: Path, **more: Any) -> Control:
    return a_control(models, "controlnet", "edges", a_hint(1), **more)


def refusal(models: Path, method: str, name: str, parts: Any = None) -> str:
    unit = a_control(models, method, name, a_hint(1))
    with pytest.raises(BadFile) as refused:
        steering.controls(models).steered(parts or steering.components(), [call(unit)])
    return refused.value.message


def test_the_values_of_a_pack_are_per_row(models: Path) -> None:
    mask = torch.zeros(1, 1, 8, 8)
    calls = [
        call(edges(models, weight=0.5), rows=4, unprompted=2),
        call(edges(models, weight=1.5, mode="control", mask=mask), rows=3, unprompted=1),
        call(edges(models, mode="prompt"), rows=1, unprompted=0),
    ]
    (unit,) = steering.controls(models).steered(steering.components(), calls)
    assert unit.weights.tolist() == [0.5] * 4 + [0.0, 1.5, 1.5] + [1.0]
    assert unit.soft.tolist() == [False] * 4 + [True] * 4
    assert unit.prompted.tolist() == [False, False, True, True, False, True, True, True]
    assert unit.mask is not None
    assert unit.mask.shape == (8, 1, 8, 8)
    assert unit.mask.mean((1, 2, 3)).tolist() == [1.0] * 4 + [0.0] * 3 + [1.0]
    assert [len(part) for part in unit.seen] == [8]
    assert unit.noise is None


def test_calls_without_controls_are_not_steered(models: Path) -> None:
    assert steering.controls(models).steered(steering.components(), [call()]) == ()


def test_units_keep_their_places(models: Path) -> None:
    steering.controlnet(2).save_pretrained(models / "controlnets" / "depth")
    depth = a_control(models, "controlnet", "depth", a_hint(2))
    reference = Control("reference_only", "", "", a_noise(4), 1.0, noise=a_noise(5))
    parts, loaded = steering.components(), steering.controls(models)
    one, two, three = loaded.steered(parts, [call(edges(models), reference, depth)])
    assert [unit.method for unit in (one, two, three)] == [
        "controlnet",
        "reference_only",
        "controlnet",
    ]
    assert two.network is None
    assert one.network is not three.network
    assert two.noise is not None
    assert torch.equal(two.noise, a_noise(5).repeat(2, 1, 1, 1))


def test_a_network_is_loaded_once_and_a_map_looked_at_once(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, loaded = steering.components(), steering.controls(models)
    unit = edges(models)
    (first,) = loaded.steered(parts, [call(unit)])
    network: Any = first.network
    looked: list[int] = []
    see = network.see
    monkeypatch.setattr(network, "see", lambda hint: looked.append(1) or see(hint))
    again = Control(unit.method, unit.name, unit.sha256, unit.hint[..., :, :], 0.3)
    same = Control(unit.method, unit.name, unit.sha256, unit.hint.clone(), 0.3)
    for asked in (call(unit), call(again), call(same)):
        (second,) = loaded.steered(parts, [asked])
        assert second.network is network
        assert torch.equal(second.seen[0], first.seen[0])
    assert looked == []
    other = Control(unit.method, unit.name, unit.sha256, a_hint(2), 0.3)
    loaded.steered(parts, [call(other)])
    assert looked == [1]


def test_answers_do_not_depend_on_what_is_kept(models: Path) -> None:
    """What a T2I-Adapter saw is added in place by diffusers; it must not be changed thereby."""
    steering.adapter(2).save_pretrained(models / "t2i_adapters" / "sketch")
    unit = a_control(models, "t2i_adapter", "sketch", a_hint(1))
    parts, loaded = steering.components(), steering.controls(models)
    asked = a_call(a_noise(3), SIGMA, T, [unit])
    first, *more = (answered(parts, loaded, [asked])[0] for _ in range(3))
    assert all(torch.equal(first, one) for one in more)


def test_the_networks_used_last_are_kept_and_those_of_one_call_always(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(controls, "_MOST_LOADED", 2)
    for seed in (2, 3):
        steering.controlnet(seed).save_pretrained(models / "controlnets" / f"n{seed}")
    units = [a_control(models, "controlnet", n, a_hint(1)) for n in ("edges", "n2", "n3")]
    parts, loaded = steering.components(), steering.controls(models)
    of_one = steering.controls(models)
    of_one.steered(parts, [call(units[0])])
    for unit in units:
        loaded.steered(parts, [call(unit)])
    weights = sum(one.nbytes() for one in steered_networks(loaded, parts, units[1:]))
    assert weights <= loaded.nbytes < weights + of_one.nbytes
    assert len({id(one) for one in steered_networks(loaded, parts, units)}) == 3
    loaded.close()
    assert loaded.nbytes == 0


def steered_networks(loaded: Controls, parts: Any, units: list[Control]) -> list[Any]:
    return [unit.network for unit in loaded.steered(parts, [call(*units)])]


def test_networks_of_components_that_are_gone_are_let_go(models: Path) -> None:
    loaded, unit = steering.controls(models), edges(models)
    parts = steering.components()
    loaded.steered(parts, [call(unit)])
    held = loaded.nbytes
    del parts
    gc.collect()
    other = steering.components()
    loaded.steered(other, [call(unit)])
    assert loaded.nbytes == held


def test_what_was_seen_is_kept_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_hints, "_MOST_BYTES", 100)
    monkeypatch.setattr(control_hints, "_MOST_KNOWN", 2)
    seen = control_hints.SeenHints()
    maps = [torch.full((1, 3, 2, 2), float(level)) for level in range(4)]
    for one in maps:
        assert torch.equal(seen.of("net", one, lambda hint: (hint * 2,))[0], one * 2)
    assert seen.nbytes == 96 + 2 * maps[0].nbytes
    seen.forget("net")
    assert seen.nbytes == 0


def test_maps_that_are_held_count_and_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control_hints, "_MOST_KNOWN_BYTES", 100)
    seen = control_hints.SeenHints()
    maps = [torch.full((1, 3, 2, 2), float(level)) for level in range(4)]
    for one in maps:
        seen.of("net", one, lambda hint: (torch.zeros(1),))
    assert seen.nbytes == 4 * 4 + 2 * 48
    whole = torch.zeros(1, 3, 2, 8)
    for left in range(6):  # windows of a map hold it once, and one that is too large not at all
        seen.of("net", whole[..., left : left + 2], lambda hint: (torch.zeros(1),))
    assert seen.nbytes <= 5 * 4 + 100
    seen.clear()
    assert seen.nbytes == 0
    windows = torch.arange(24.0).view(1, 3, 2, 4)
    for left in range(3):
        seen.of("net", windows[..., left : left + 2], lambda hint: (torch.zeros(1),))
    assert seen.nbytes == 3 * 4 + windows.nbytes


def test_a_map_that_another_network_has_seen_stays_known(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, one = control_hints.SeenHints(), torch.ones(1, 3, 2, 2)
    for network in ("first", "second"):
        seen.of(network, one, lambda hint: (torch.zeros(1),))
    seen.forget("first")
    assert seen.nbytes == 4 + one.nbytes
    seen.forget("second")
    assert seen.nbytes == 0


def test_a_file_that_was_replaced_is_refused(models: Path) -> None:
    unit = edges(models)
    steering.controlnet(9).save_pretrained(models / "controlnets" / "edges")
    with pytest.raises(BadFile, match="was replaced"):
        steering.controls(models).steered(steering.components(), [call(unit)])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"cross_attention_dim": 24}, "reads texts of 24 channels, and here they have 16"),
        ({"block_out_channels": (16, 32, 64)}, "have 16, 32, 64 channels, here 16, 32, 32"),
        ({"layers_per_block": 1}, "another number of layers"),
        ({"in_channels": 9}, "another number of channels"),
        ({"conditioning_embedding_out_channels": (4, 8, 8)}, "has 4 pixels, and here 8"),
    ],
)
def test_controlnets_of_other_checkpoints_are_refused_in_words(
    models: Path, changes: Any, words: str
) -> None:
    steering.controlnet(2, **changes).save_pretrained(models / "controlnets" / "other")
    said = refusal(models, "controlnet", "other")
    assert said.startswith("The ControlNet 'other' was made for another checkpoint: ")
    assert words in said


def test_other_networks_of_other_checkpoints_are_refused_in_words(models: Path) -> None:
    steering.adapter(2, channels=[16, 32, 64]).save_pretrained(models / "t2i_adapters" / "sketch")
    assert "here 16, 32, 32" in refusal(models, "t2i_adapter", "sketch")
    low = steering.components(networks.unet())
    steering.adapter(3, channels=[16, 32]).save_pretrained(models / "t2i_adapters" / "low")
    assert "finest levels have no attention" in refusal(models, "t2i_adapter", "low", low)
    steering.image_encoder().save_pretrained(models / "ip_adapters" / "image_encoder")
    tensors = steering.ip_adapter(1, base=networks.unet())
    write(models / "ip_adapters" / "look.safetensors", tensors)
    assert "made for another checkpoint" in refusal(models, "ip_adapter", "look")
    wide = steering.components(steering.unet(width=24))
    write(models / "ip_adapters" / "narrow.safetensors", steering.ip_adapter(1))
    assert "16 channels, and here they have 24" in refusal(models, "ip_adapter", "narrow", wide)


def test_an_ip_adapter_needs_its_image_encoder(models: Path) -> None:
    write(models / "ip_adapters" / "look.safetensors", steering.ip_adapter(1))
    assert "models/ip_adapters/image_encoder" in refusal(models, "ip_adapter", "look")
    steering.image_encoder(projected=8).save_pretrained(models / "ip_adapters" / "image_encoder")
    said = refusal(models, "ip_adapter", "look")
    assert "reads 20 channels" in said
    assert "gives 8" in said


def test_two_ip_adapters_share_an_image_encoder(models: Path) -> None:
    steering.image_encoder().save_pretrained(models / "ip_adapters" / "image_encoder")
    for seed in (1, 2):
        write(models / "ip_adapters" / f"n{seed}.safetensors", steering.ip_adapter(seed))
    units = [a_control(models, "ip_adapter", name, a_hint(1)) for name in ("n1", "n2")]
    one, two = steered_networks(steering.controls(models), steering.components(), units)
    assert one is not two
    assert one._encoder is two._encoder


def test_files_that_are_not_what_they_seem_are_refused_in_words(models: Path) -> None:
    tensors = steering.original_controlnet(steering.controlnet(3))
    for name in (
        "control_model.zero_convs.1.0.weight",
        "control_model.input_blocks.2.0.in_layers.2.weight",
    ):
        fewer = {key: value for key, value in tensors.items() if key != name}
        write(models / "controlnets" / "part.safetensors", fewer)
        assert "'part' cannot be loaded" in refusal(models, "controlnet", "part")
    write(
        models / "t2i_adapters" / "odd.safetensors",
        {"conv_in.weight": torch.zeros(4, 192, 3, 3), "body.0.block1.weight": torch.zeros(4)},
    )
    assert "odd" in refusal(models, "t2i_adapter", "odd")
    config = models / "controlnets" / "edges" / "config.json"
    config.write_text(json.dumps({"layers_per_block": 10**9, "block_out_channels": "x"}))
    assert steering.controls(models).steered(steering.components(), [call(edges(models))])
    config.write_text("[")
    assert "config.json is wrong" in refusal(models, "controlnet", "edges")


def test_a_method_that_nobody_knows_is_refused(models: Path) -> None:
    assert "is a style_adapter" in refusal(models, "style_adapter", "edges")
