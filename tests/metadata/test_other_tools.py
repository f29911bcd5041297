"""NovelAI, Fooocus, SwarmUI and Draw Things."""

import json

import pytest

from tests.metadata.samples import (
    CHOICES,
    DRAW_THINGS,
    FOOOCUS,
    HASHES,
    NOVELAI,
    SWARM,
    XMP,
    a_file,
    a_png,
    in_unicode,
)
from webui.metadata import Missing, read_metadata


def found(source):
    text = source if isinstance(source, str | bytes) else json.dumps(source)
    return read_metadata(text, CHOICES, HASHES)


# --- NovelAI ---


def test_novelais_chunks_are_read():
    texts = {"Software": "NovelAI", "Source": "NovelAI Diffusion V4 7ABFFA2A"}
    read = found(a_png(Description="ignored", Comment=NOVELAI, **texts))
    assert read.tool == "NovelAI"
    assert read.fields == {
        "prompt": r"((rain:1.05):1.05), (night :1.5), (fog:0.952381) \(city\)",
        "negative_prompt": "blurry",
        "steps": 28,
        "cfg_scale": 5.5,
        "cfg_rescale": 0.2,
        "width": 832,
        "height": 1216,
        "seed": 992,
        "sampler": "euler_a",
        "schedule": "karras",
    }
    assert read.missing == (Missing("checkpoint", "NovelAI Diffusion V4 7ABFFA2A"),)
    assert read.unmapped == (("Character", "a girl"), ("sm", "true"))
    assert len(read.notes) == 2


def test_older_novelai_has_its_prompt_in_the_description_and_no_size():
    comment = {"steps": 28, "sampler": "k_euler", "seed": 1, "strength": 0.7, "uc": "lowres"}
    read = found(a_png(Description="a {cat}", Comment=comment, Software="NovelAI"))
    assert (read.fields["prompt"], read.fields["sampler"]) == ("a (cat:1.05)", "euler")
    assert (read.fields["width"], read.fields["height"]) == (64, 32)


def test_novelais_webp_holds_it_all_in_one_comment():
    wrapped = {"Software": "NovelAI", "Description": "d", "Comment": json.dumps(NOVELAI)}
    read = found(a_file("WEBP", comment=in_unicode(json.dumps(wrapped))))
    assert (read.tool, read.fields["seed"]) == ("NovelAI", 992)


def test_comment_of_another_program_is_not_novelais():
    assert found(a_png(Comment='{"made": "with care"}', Software="GIMP")).tool == ""


# --- Fooocus ---


def test_fooocus_is_read_with_its_styles_written_out():
    read = found(a_png(parameters=FOOOCUS, fooocus_scheme="fooocus"))
    assert read.tool == "Fooocus"
    assert read.fields == {
        "prompt": r"cinematic still a field BREAK a field, highly \[detailed\]",
        "negative_prompt": "unrealistic BREAK anime",
        "steps": 30,
        "cfg_scale": 4.0,
        "seed": 1234567890,
        "width": 1152,
        "height": 896,
        "sampler": "dpmpp_2m_sde",
        "schedule": "karras",
        "checkpoint": "juggernautXL",
        "noise_source": "cpu",
    }
    assert read.missing == (Missing("lora", "sd_xl_offset", "4852686128"),)
    assert ("sharpness", "2") in read.unmapped
    assert not any("refiner" in key for key, _ in read.unmapped)


def test_fooocus_in_a_jpeg_lies_in_plain_exif():
    tags = {0x9286: json.dumps(FOOOCUS), 0x0131: "Fooocus v2.5.5", 0x927C: "fooocus"}
    assert found(a_file("JPEG", tags=tags)).fields == found(FOOOCUS).fields


def test_labels_of_its_older_logs_are_read():
    labels = {
        "Prompt": "a field",
        "Negative Prompt": "rain",
        "Resolution": "(1152, 896)",
        "Base Model": "juggernautXL.safetensors",
        "LoRA 1": "True : ink.safetensors : 0.25",
        "Sampler": "euler_ancestral",
        "Scheduler": "sgm_uniform",
        "Seed": 5,
    }
    read = found(labels)
    assert (read.fields["negative_prompt"], read.fields["height"]) == ("rain", 896)
    assert (read.fields["sampler"], read.fields["checkpoint"]) == ("euler_a", "juggernautXL")
    assert read.missing == (Missing("lora", "ink"),)
    assert read.unmapped == (("LoRA", "ink at 0.25"),)


# --- SwarmUI ---


@pytest.mark.parametrize(
    "source",
    [a_png(parameters=SWARM), a_file("JPEG", comment=in_unicode(json.dumps(SWARM))), SWARM],
    ids=["png", "jpeg", "pasted"],
)
def test_swarmui_is_read(source):
    read = found(source)
    assert read.tool == "SwarmUI"
    assert read.fields == {
        "prompt": "a cat",
        "negative_prompt": "dog",
        "steps": 25,
        "cfg_scale": 5.5,
        "seed": 305223794,
        "width": 1024,
        "height": 1024,
        "sampler": "dpmpp_2s_a",
        "schedule": "sgm_uniform",
        "checkpoint": "tiny",
        "noise_source": "cpu",
    }
    assert read.unmapped == (("LoRA", "ink at 0.5"), ("refinerupscale", "2"))


# --- Draw Things ---


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_draw_things_lies_in_xmp(form):
    xmp = XMP.format(json.dumps(DRAW_THINGS).replace('"', "&quot;"))
    read = found(a_file(form, xmp=xmp))
    assert read.tool == "Draw Things"
    assert read.fields == {
        "prompt": "a hill",
        "negative_prompt": "people",
        "steps": 24,
        "cfg_scale": 7.5,
        "seed": 99,
        "width": 512,
        "height": 704,
        "sampler": "dpmpp_2m",
        "schedule": "karras",
        "checkpoint": "tiny",
        "noise_source": "nv",
    }
    assert read.missing == (Missing("lora", "ink_f16"),)


def test_its_png_has_the_same_in_a_chunk():
    chunk = {"XML:com.adobe.xmp": XMP.format(json.dumps(DRAW_THINGS))}
    assert found(a_png(**chunk)).fields["seed"] == 99


def test_seed_of_its_own_kind_is_said_to_be_one():
    read = found({**DRAW_THINGS, "seed_mode": "Scale Alike", "strength": 0.5})
    assert "noise_source" not in read.fields
    assert "its own" in read.notes[0]
    assert "another picture, which" in read.notes[1]
