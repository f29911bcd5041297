"""Files of networks that steer: told apart by their tensors, found by the names people choose."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.folders import raw_safetensors, safetensors
from webui.errors import BadFile, NotFound
from webui.pipelines import Hashes
from webui.pipelines.control_files import ControlFiles
from webui.settings import Settings

ATTENTION = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight"
CONTROLNET = {
    "controlnet_cond_embedding.conv_in.weight": [16, 3, 3, 3],
    "controlnet_down_blocks.0.weight": [4, 4, 1, 1],
    "conv_in.weight": [4, 4, 3, 3],
    ATTENTION: [4, 768],
}
ORIGINAL = {
    "control_model.input_hint_block.0.weight": [16, 3, 3, 3],
    "control_model.zero_convs.0.0.weight": [4, 4, 1, 1],
    "control_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight": [4, 768],
}
ADAPTER = {"conv_in.weight": [4, 192, 3, 3], "body.0.block1.weight": [4, 4, 3, 3]}
IP = {
    "image_proj.proj.weight": [4, 4],
    "image_proj.norm.weight": [4],
    "ip_adapter.1.to_k_ip.weight": [4, 768],
}


def files(models: Path) -> ControlFiles:
    return ControlFiles(models, Hashes(None))


def put(models: Path, name: str, tensors: Any) -> Path:
    path = models / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(safetensors(tensors))
    return path


def put_folder(folder: Path, tensors: Any = CONTROLNET, name: str = "") -> Path:
    put(folder, name or "diffusion_pytorch_model.safetensors", tensors)
    (folder / "config.json").write_text("{}")
    return folder


def names(found: Any) -> list[str]:
    return [one.name for one in found]


def test_pocket_brings_its_own() -> None:
    infos = files(Settings().models).infos()
    assert {"pocket-edges", "pocket-scribble"} <= set(names(infos))
    assert {one.method for one in infos if one.name.startswith("pocket-")} == {"controlnet"}
    assert all(one.family == "sd1" and one.size > 1000 for one in infos)


@pytest.mark.parametrize(
    ("tensors", "method"),
    [
        (CONTROLNET, "controlnet"),
        (ORIGINAL, "controlnet"),
        (
            {name.removeprefix("control_model."): one for name, one in ORIGINAL.items()},
            "controlnet",
        ),
        ({**ORIGINAL, "model.diffusion_model.label_emb.weight": [4, 4]}, "controlnet"),
        (ADAPTER, "t2i_adapter"),
        ({f"adapter.{name}": one for name, one in ADAPTER.items()}, "t2i_adapter"),
        (
            {
                "adapter.conv_in.weight": [4, 64, 3, 3],
                "adapter.body.0.resnets.0.block1.weight": [4],
            },
            "t2i_adapter",
        ),
        ({"body.0.in_conv.weight": [4, 192, 1, 1], "body.0.out_conv.weight": [4]}, "t2i_adapter"),
        (IP, "ip_adapter"),
    ],
)
def test_what_a_file_is_shows_in_its_tensors_not_in_its_name(
    tmp_path: Path, tensors: Any, method: str
) -> None:
    put(tmp_path, "controlnets/ip-adapter-t2i-lora.safetensors", tensors)
    (tmp_path / "controlnets" / "image_encoder").mkdir()
    (tmp_path / "controlnets" / "image_encoder" / "config.json").write_text("{}")
    (info,) = files(tmp_path).infos()
    assert (info.name, info.method, info.family) == ("ip-adapter-t2i-lora", method, "sd1")
    assert files(tmp_path).broken() == ()


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ({}, "holds no weights"),
        ({"lora_controlnet": [1], "input_hint_block.0.weight": [16, 3, 3, 3]}, "a Control-LoRA"),
        ({"lllite_unet_down.cond_emb.weight": [4, 4]}, "a ControlLLLite"),
        ({**CONTROLNET, "task_embedding": [6, 320]}, r"\(union\)"),
        ({**CONTROLNET, ATTENTION: [4, 2048]}, "made for SDXL"),
        ({**CONTROLNET, "add_embedding.linear_1.weight": [4, 4]}, "made for SDXL"),
        ({**ORIGINAL, "control_model.label_emb.0.0.weight": [4, 4]}, "made for SDXL"),
        ({**ADAPTER, "conv_in.weight": [4, 768, 3, 3]}, "made for SDXL"),
        ({**IP, "ip_adapter.1.to_k_ip.weight": [4, 2048]}, "made for SDXL"),
        ({**IP, "ip_adapter.0.to_q_lora.down.weight": [4, 4]}, "for faces"),
        ({"image_proj.perceiver_resampler.proj_in.weight": [4, 4]}, "for faces"),
        ({"style_embedding": [1, 8, 4], "proj": [4, 4]}, "for styles"),
        ({"lora_unet_down.lora_down.weight": [4, 4]}, "put it into models/loras"),
        ({"model.diffusion_model.out.2.bias": [4]}, "put it into models/checkpoints"),
        ({"conv_in.weight": [4, 4, 3, 3], "up_blocks.0.x": [4]}, "UNet of a checkpoint"),
        ({"controlnet_blocks.0.weight": [4, 4]}, "another architecture"),
        ({"vision_model.post_layernorm.weight": [4]}, "ip_adapters/image_encoder"),
        ({**CONTROLNET, "down_blocks.0.motion_modules.0.x": [4]}, "for videos"),
        (
            {**CONTROLNET, "controlnet_cond_embedding.conv_in.weight": [16, 6, 3, 3]},
            "three colours",
        ),
        ({"difference": [1]}, "only the difference"),
        ({"anything": [4]}, "no ControlNet, T2I-Adapter or IP-Adapter"),
    ],
)
def test_what_is_none_of_them_is_named_in_words(tmp_path: Path, tensors: Any, words: str) -> None:
    put(tmp_path, "controlnets/some.safetensors", tensors)
    found = files(tmp_path)
    assert found.infos() == ()
    (broken,) = found.broken()
    assert broken.name == "some"
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(broken.problem)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cut short"),
        (raw_safetensors(b"{"), "not a safetensors file"),
        (safetensors(CONTROLNET)[:-40], "cut short"),
    ],
)
def test_damaged_files_are_named_with_the_reason(
    tmp_path: Path, content: bytes, words: str
) -> None:
    put(tmp_path, "controlnets/bad.safetensors", CONTROLNET).write_bytes(content)
    (broken,) = files(tmp_path).broken()
    assert words in broken.problem


def test_pickles_are_never_opened_and_said_so_unless_there_is_the_same_as_safetensors(
    tmp_path: Path,
) -> None:
    put(tmp_path, "controlnets/one.safetensors", CONTROLNET)
    for name in ("one.pth", "two.pth"):
        (tmp_path / "controlnets" / name).write_bytes(b"\x80")
    (broken,) = files(tmp_path).broken()
    assert broken.name == "two.pth"
    assert "as .safetensors" in broken.problem


def test_a_diffusers_folder_is_one_model_by_its_own_name(tmp_path: Path) -> None:
    folder = put_folder(tmp_path / "controlnets" / "lllyasviel" / "canny")
    put(folder, "diffusion_pytorch_model.fp16.safetensors", CONTROLNET)
    (folder / "diffusion_pytorch_model.bin").write_bytes(b"")
    found = files(tmp_path)
    assert names(found.infos()) == ["canny"]
    assert found.broken() == ()
    assert found.find("canny") == folder
    half = put_folder(tmp_path / "controlnets" / "depth", name="model.fp16.safetensors")
    assert found.find("depth") == half
    assert names(found.infos()) == ["canny", "depth"]


def test_a_file_that_is_called_as_all_are_has_the_name_of_its_folder(tmp_path: Path) -> None:
    path = put(tmp_path, "controlnets/canny/diffusion_pytorch_model.safetensors", CONTROLNET)
    found = files(tmp_path)
    assert names(found.infos()) == ["canny"]
    assert found.checked("canny", found.sha256_of("canny")) == path


def test_every_folder_is_looked_through_and_hidden_things_are_not(tmp_path: Path) -> None:
    put(tmp_path, "t2i_adapters/deep/er/sketch.safetensors", ADAPTER)
    put(tmp_path, "controlnets/.hidden.safetensors", CONTROLNET)
    put(tmp_path, "controlnets/.cache/more.safetensors", CONTROLNET)
    put(tmp_path, "controlnets/canny.safetensors.part", CONTROLNET)
    put(tmp_path, "ip_adapters/image_encoder/model.safetensors", {"vision_model.x": [4]})
    found = files(tmp_path)
    assert names(found.infos()) == ["sketch"]
    assert found.broken() == ()


def test_an_ip_adapter_without_an_image_encoder_says_where_to_put_one(tmp_path: Path) -> None:
    put(tmp_path, "ip_adapters/sd15/look.safetensors", IP)
    found = files(tmp_path)
    (broken,) = found.broken()
    assert "models/ip_adapters/image_encoder" in broken.problem
    put_folder(tmp_path / "ip_adapters" / "image_encoder", {"vision_model.x": [4]})
    assert names(found.infos()) == ["look"]
    assert found.broken() == ()


def test_names_are_found_with_or_without_case_folder_and_ending(tmp_path: Path) -> None:
    canny = put(tmp_path, "controlnets/Canny.safetensors", CONTROLNET)
    other = put(tmp_path, "controlnets/more/canny.safetensors", CONTROLNET)
    found = files(tmp_path)
    assert found.find("Canny") == canny
    assert found.find("canny") == other
    assert found.find(" CANNY.safetensors") == canny
    assert found.find("more\\canny.safetensors") == other
    with pytest.raises(NotFound, match="no model called 'depth'"):
        found.find("depth")


def test_of_two_of_one_name_the_first_is_used_and_the_other_named(tmp_path: Path) -> None:
    first = put(tmp_path, "controlnets/one.safetensors", CONTROLNET)
    put(tmp_path, "t2i_adapters/one.safetensors", ADAPTER)
    put_folder(tmp_path / "some" / "companions" / "controlnets" / "one")
    found = files(tmp_path)
    (info,) = found.infos()
    assert (info.method, found.find("one")) == ("controlnet", first)
    (broken,) = found.broken()
    assert "another one (controlnets/one.safetensors)" in broken.problem


def test_one_that_can_be_used_is_found_before_one_that_cannot(tmp_path: Path) -> None:
    put(tmp_path, "controlnets/one.safetensors", {"anything": [4]})
    good = put(tmp_path, "t2i_adapters/one.safetensors", ADAPTER)
    assert files(tmp_path).find("one") == good
    assert names(files(tmp_path).infos()) == ["one"]


def test_a_replaced_file_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "controlnets/one.safetensors", CONTROLNET)
    found = files(tmp_path)
    sha256 = found.sha256_of("one")
    assert found.checked("one", sha256) == path
    put(tmp_path, "controlnets/one.safetensors", {**CONTROLNET, "more": [4]})
    with pytest.raises(BadFile, match="was replaced"):
        found.checked("one", sha256)
    path.unlink()
    with pytest.raises(BadFile, match="no model called"):
        found.checked("one", sha256)


def test_the_hash_of_a_folder_covers_its_configuration(tmp_path: Path) -> None:
    folder = put_folder(tmp_path / "controlnets" / "one")
    found = files(tmp_path)
    before = found.sha256_of("one")
    assert found.checked("one", before) == folder
    (folder / "config.json").write_text('{"global_pool_conditions": true}')
    assert found.sha256_of("one") != before
    assert len(before) == 64


def test_a_changed_file_is_looked_at_again(tmp_path: Path) -> None:
    found = files(tmp_path)
    path = put(tmp_path, "controlnets/one.safetensors", {"anything": [4]})
    assert names(found.broken()) == ["one"]
    put(tmp_path, "controlnets/one.safetensors", CONTROLNET)
    assert names(found.infos()) == ["one"]
    path.unlink()
    assert (found.infos(), found.broken()) == ((), ())


def test_names_that_no_line_can_hold_are_refused(tmp_path: Path) -> None:
    put(tmp_path, "controlnets/one\ntwo.safetensors", CONTROLNET)
    (tmp_path / "controlnets" / os.fsdecode(b"\xff.safetensors")).write_bytes(b"")
    (broken,) = files(tmp_path).broken()
    assert broken.name == "one\\ntwo"
    assert "Rename" in broken.problem


def test_nothing_is_there_where_there_are_no_folders(tmp_path: Path) -> None:
    assert (files(tmp_path).infos(), files(tmp_path).broken()) == ((), ())


def test_importing_needs_no_torch() -> None:
    code = "import sys, webui.pipelines.control_files; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
