"""Texts of AUTOMATIC1111 and of those who write like it."""

import pytest

from tests.metadata.samples import A1111, CHOICES, CIVITAI, FOOOCUS_TEXT, HASHES, a_png
from webui.metadata import Missing, read_metadata
from webui.request import parse


def found(text, **more):
    return read_metadata(text, CHOICES, HASHES, **more)


def with_pairs(*pairs):
    return "p\n" + ", ".join(("Steps: 4, Sampler: Euler, Seed: 1, Size: 64x64", *pairs))


def test_every_setting_becomes_a_field():
    read = found(a_png(parameters=A1111))
    assert read.tool == "AUTOMATIC1111"
    assert read.fields == {
        "prompt": "a lighthouse on a cliff, (storm:1.2) <lora:add_detail:0.7>",
        "negative_prompt": "cartoon, lowres",
        "steps": 30,
        "sampler": "dpmpp_2m",
        "schedule": "karras",
        "cfg_scale": 7.0,
        "seed": 3958203417,
        "width": 768,
        "height": 1152,
        "clip_skip": 2,
        "seed_delta": 31337,
        "emphasis": "no_norm",
        "noise_source": "nv",
        "checkpoint": "tiny",
        "hires_scale": 2.0,
        "hires_strength": 0.4,
    }
    assert parse(read.fields).steps == 30


def test_second_pass_is_read_with_all_that_it_has_for_itself():
    read = found(
        "a boat\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 64x64, Hires upscale: 1.5,"
        " Denoising strength: 0.35, Hires steps: 9, Hires upscaler: Latent (bicubic),"
        " Hires sampler: Heun, Hires schedule type: Karras, Hires CFG Scale: 4,"
        " Hires prompt: a ship"
    )
    own = {name: value for name, value in read.fields.items() if name.startswith("hires_")}
    assert own == {
        "hires_scale": 1.5,
        "hires_strength": 0.35,
        "hires_steps": 9,
        "hires_upscaler": "latent_bicubic",
        "hires_sampler": "heun",
        "hires_schedule": "karras",
        "hires_cfg_scale": 4.0,
        "hires_prompt": "a ship",
    }
    assert (read.unmapped, read.missing) == ((), ())


def test_second_pass_as_the_first_says_nothing_of_its_own():
    read = found(
        "a boat\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, Size: 64x64, Denoising strength:"
        " 0.5, Hires upscale: 2, Hires steps: 0, Hires sampler: Use same sampler, Hires upscaler:"
        " Lanczos, Hires prompt: Use same prompt"
    )
    own = {name for name in read.fields if name.startswith("hires_")}
    assert own == {"hires_scale", "hires_strength", "hires_upscaler"}


def test_what_has_no_field_is_kept_in_the_words_it_was_said():
    assert found(A1111).unmapped == (
        (
            "ControlNet 0",
            "Module: canny, Model: control_v11p_sd15_canny [d14c016b], Weight: 1.0,"
            " Guidance Start: 0.0",
        ),
    )


def test_files_that_are_not_here_are_named_with_their_hashes():
    assert found(A1111).missing == (
        Missing("lora", "add_detail", "7c6bad76eb54"),
        Missing("embedding", "badhand", "5e40d722fc3d"),
        Missing("vae", "sdxl_vae"),
        Missing("upscaler", "4x-UltraSharp"),
        Missing("controlnet", "control_v11p_sd15_canny", "d14c016b"),
    )


@pytest.mark.parametrize(
    ("pairs", "source", "is_noted"),
    [
        ((), "nv", True),
        (("RNG: GPU",), "nv", True),
        (("RNG: NV",), "nv", False),
        (("RNG: CPU",), "cpu", False),
        (("Version: ComfyUI",), "cpu", False),
        (("Version: Fooocus v2.5.5",), "cpu", False),
    ],
)
def test_noise_source_is_the_nearest_and_a_gpu_is_said(pairs, source, is_noted):
    read = found(with_pairs(*pairs))
    assert read.fields["noise_source"] == source
    assert any("GPU" in note for note in read.notes) == is_noted


@pytest.mark.parametrize(
    ("pair", "tool"),
    [
        ("Version: v1.9.4", "AUTOMATIC1111"),
        ("Version: f2.0.1v1.10.1-previous-544-g86d00326", "Forge"),
        ("Version: reForge-1.2", "reForge"),
        ("Version: Darkroom 1.2", "Darkroom"),
        ("App: SD.Next", "SD.Next"),
        ("Backend: Diffusers", "SD.Next"),
        ("Civitai resources: []", "Civitai"),
        ("Version: ComfyUI", "ComfyUI"),
    ],
)
def test_tool_is_told_by_what_it_writes(pair, tool):
    assert found(with_pairs(pair)).tool == tool


def test_civitais_list_names_the_checkpoint_and_what_is_missing():
    read = found(CIVITAI)
    assert (read.tool, read.fields["checkpoint"]) == ("Civitai", "tiny")
    assert read.fields["negative_prompt"] == "blur"
    assert read.missing == (
        Missing("lora", "Detail, Tweaker v1.0"),
        Missing("embedding", "bad {hands} 2"),
    )
    assert ("LoRA", "Detail, Tweaker v1.0 at 0.6") in read.unmapped


def test_civitais_hashes_find_the_checkpoint_and_name_the_rest():
    text = with_pairs('Hashes: {"model": "ABABABABAB", "lora:x": "12ab", "embed:y": "z"}')
    read = found(text)
    assert read.fields["checkpoint"] == "juggernautXL"
    assert read.missing == (Missing("lora", "x", "12ab"), Missing("embedding", "y", "z"))


def test_fooocus_in_this_form_has_its_own_scheduler_and_noise():
    read = found(FOOOCUS_TEXT)
    assert (read.tool, read.fields["noise_source"]) == ("Fooocus", "cpu")
    assert (read.fields["sampler"], read.fields["schedule"]) == ("dpmpp_2m_sde", "karras")
    assert read.missing == ()


def test_own_text_without_its_chunk_is_read_too():
    read = found(with_pairs("RNG: NV", "Eta: 0.5", "CFG rescale: 0.7", "Version: Darkroom 1"))
    assert (read.fields["eta"], read.fields["cfg_rescale"]) == (0.5, 0.7)
    assert read.notes == ()


def test_value_outside_its_limits_is_noted_and_not_set():
    read = found("p\nSteps: 500, Sampler: Euler, CFG scale: 99, Seed: 1, Size: 100x64")
    assert read.fields.keys().isdisjoint({"steps", "cfg_scale", "width"})
    assert read.notes[:3] == (
        "Steps 500 was left out: here it must be a whole number from 1 to 150.",
        "CFG scale 99.0 was left out: here it must be a number from 0 to 30.",
        "Width 100 was left out: here it must be a whole number from 16 to 4096, a multiple of 8.",
    )


def test_unknown_sampler_and_schedule_are_missing_and_not_set():
    read = found(with_pairs("Schedule type: Bong").replace("Euler", "Res 2S"))
    assert read.fields.keys().isdisjoint({"sampler", "schedule"})
    assert read.missing == (Missing("sampler", "Res 2S"), Missing("schedule", "Bong"))


@pytest.mark.parametrize(
    ("sampler", "pairs", "is_noted"),
    [
        ("DPM++ 2M", (), True),
        ("DPM++ 2M", ("Version: v1.6.0",), True),
        ("DPM++ 2M Karras", ("Version: v1.6.0",), False),
        ("Euler a", ("Version: v1.6.0",), False),
        ("DPM++ 2M", ("Schedule type: Automatic", "Version: v1.9.0"), False),
        ("DPM++ 2M", ("Version: v1.10.1",), False),
    ],
)
def test_old_meaning_of_a_sampler_without_a_schedule_is_said(sampler, pairs, is_noted):
    read = found(with_pairs(*pairs).replace("Euler", sampler))
    assert any("version 1.9" in note for note in read.notes) == is_noted


def test_other_rules_of_old_versions_are_said_where_they_matter():
    text = with_pairs("Refiner: sd_xl_refiner [7440042bbd]", "Version: v1.5.1")
    notes = " ".join(found("[a:b:0.5] " + text).notes)
    assert "version 1.6" in notes
    assert "version 1.8" in notes
    assert Missing("checkpoint", "sd_xl_refiner", "7440042bbd") in found(text).missing
    assert "version 1.6" not in " ".join(found(text).notes)


@pytest.mark.parametrize(
    ("pairs", "is_noted"),
    [
        (("Denoising strength: 0.5",), True),
        (("Denoising strength: 0.5", "Hires upscale: 2"), False),
        (("Mask blur: 4",), True),
    ],
)
def test_picture_from_another_picture_is_said_to_be_one(pairs, is_noted):
    assert any("another picture, which" in n for n in found(with_pairs(*pairs)).notes) == is_noted


def test_text_without_parameters_is_a_prompt():
    read = found("a house\nNegative prompt: rain")
    assert (read.tool, read.notes) == ("", ())
    assert read.fields == {"prompt": "a house", "negative_prompt": "rain"}


def test_tags_of_a_prompt_stay_and_are_named_once():
    read = found("a <lora:ink:0.5:1> <lora:INK:1> <lyco:x> <hypernet:h:1> <b:c> embedding:neg.pt")
    assert read.fields["prompt"].startswith("a <lora:ink:0.5:1>")
    assert read.missing == (
        Missing("lora", "ink"),
        Missing("lora", "x"),
        Missing("hypernetwork", "h"),
        Missing("embedding", "neg"),
    )
