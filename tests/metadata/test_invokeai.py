"""InvokeAI's three generations of metadata."""

import json

import pytest

from tests.metadata.samples import CHOICES, DREAM, INVOKE, INVOKE_OLD, a_png
from webui.metadata import Missing, read_metadata


def new(**changes):
    return read_metadata(json.dumps({**INVOKE, **changes}), CHOICES)


def test_present_form_is_read_whole():
    read = read_metadata(a_png(invokeai_metadata=INVOKE), CHOICES)
    assert read.tool == "InvokeAI"
    assert read.fields == {
        "prompt": r"an isometric (cabin:1.3), (cosy:1.21) \[wood\]",
        "negative_prompt": "(grainy:1.1), photo, (blurry:0.81)",
        "width": 1216,
        "height": 832,
        "seed": 2718281828,
        "cfg_scale": 6.0,
        "cfg_rescale": 0.5,
        "steps": 28,
        "sampler": "dpmpp_2m_sde",
        "schedule": "karras",
        "clip_skip": 2,
        "checkpoint": "juggernautXL",
        "noise_source": "cpu",
    }
    assert read.missing == (
        Missing("vae", "sdxl-vae-fp16-fix", "blake3:44"),
        Missing("lora", "cutaway", "blake3:9c"),
    )
    assert read.unmapped == (
        ("LoRA", "cutaway at 0.85"),
        ("ipAdapters", '[{"image": {"image_name": "a.png"}}]'),
    )
    assert read.notes == ()


@pytest.mark.parametrize(
    ("scheduler", "sampler", "schedule"),
    [
        ("euler_a", "euler_a", "normal"),
        ("kdpm_2_a_k", "dpm_2_a", "karras"),
        ("dpmpp_2m_k", "dpmpp_2m", "karras"),
        ("pndm", "plms", "normal"),
        ("unipc_k", "unipc", "karras"),
        ("ddim", "ddim", "normal"),
    ],
)
def test_schedulers_are_a_sampler_and_a_schedule_here(scheduler, sampler, schedule):
    fields = new(scheduler=scheduler).fields
    assert (fields["sampler"], fields["schedule"]) == (sampler, schedule)


def test_scheduler_that_is_not_here_is_missing():
    assert Missing("sampler", "tcd") in new(scheduler="tcd").missing


def test_noise_of_its_gpu_is_said():
    read = new(rand_device="cuda")
    assert read.fields["noise_source"] == "nv"
    assert "GPU" in read.notes[0]


def test_names_of_the_first_version_3_are_read():
    read = new(
        model={"model_name": "tiny", "base_model": "sd-1"},
        loras=[{"lora": {"model_name": "ink"}, "weight": 1}],
        generation_mode="img2img",
    )
    assert read.fields["checkpoint"] == "tiny"
    assert Missing("lora", "ink") in read.missing
    assert "another picture" in read.notes[0]


def test_triggers_of_embeddings_are_named():
    assert Missing("embedding", "easynegative") in new(negative_prompt="<easynegative>").missing


def test_version_2_is_read_with_its_negative_in_brackets():
    read = read_metadata(a_png(**{"sd-metadata": INVOKE_OLD}), CHOICES)
    assert (read.tool, read.fields["checkpoint"]) == ("InvokeAI", "tiny")
    assert read.fields["prompt"] == "a tower  by the sea"
    assert read.fields["negative_prompt"] == "ugly, rain"
    assert (read.fields["sampler"], read.fields["steps"]) == ("lms", 50)
    assert read.unmapped == (("hires fix", "true"),)


def test_blend_of_version_2_is_our_and():
    image = {**INVOKE_OLD["image"], "prompt": [{"prompt": "a", "weight": 0.5}, {"prompt": "b"}]}
    read = read_metadata(json.dumps({**INVOKE_OLD, "image": image}), CHOICES)
    assert read.fields["prompt"] == "a :0.5 AND b :1"


@pytest.mark.parametrize("source", [DREAM, a_png(Dream=DREAM)], ids=["pasted", "picture"])
def test_version_1_is_read_as_a_command(source):
    read = read_metadata(source, CHOICES)
    assert read.fields == {
        "prompt": "a tower by the sea",
        "negative_prompt": "",
        "steps": 50,
        "seed": 42,
        "width": 512,
        "height": 640,
        "cfg_scale": 7.5,
        "sampler": "euler_a",
        "noise_source": "nv",
    }
    assert read.unmapped == (("-G", "0.8"),)
