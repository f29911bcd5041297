"""Graphs of ComfyUI: what is followed, and what does not lead astray."""

import json

import pytest

from tests.metadata.samples import CHOICES, COMFY_EDITOR, COMFY_SERVER, HASHES, a_png, with_nodes
from webui.metadata import Missing, read_metadata

TEXT = {"clip": ["4", 1]}


def found(graph=None, **changes):
    graph = with_nodes(**changes) if graph is None else graph
    return read_metadata(json.dumps(graph), CHOICES, HASHES)


def encoder(text):
    return ("CLIPTextEncode", {"text": text, **TEXT})


def test_settings_are_followed_from_the_sampler():
    read = read_metadata(a_png(prompt=COMFY_SERVER, workflow=COMFY_EDITOR), CHOICES, HASHES)
    assert read.tool == "ComfyUI"
    assert read.fields == {
        "prompt": r"a \[fox\] in (snow:1.2)",
        "negative_prompt": "text, watermark",
        "seed": 156680208700286,
        "steps": 20,
        "cfg_scale": 8.0,
        "sampler": "dpmpp_2m",
        "schedule": "karras",
        "width": 512,
        "height": 768,
        "clip_skip": 2,
        "checkpoint": "tiny",
        "noise_source": "cpu",
    }
    assert read.missing == (Missing("lora", "ink"),)
    assert (read.unmapped, read.notes) == ((("LoRA", "ink at 0.8"),), ())


def test_editors_graph_is_read_where_there_is_no_other():
    read = read_metadata(a_png(workflow=COMFY_EDITOR), CHOICES)
    assert read.fields == {
        "prompt": "a boat",
        "negative_prompt": "fog",
        "seed": 77,
        "steps": 25,
        "cfg_scale": 6.5,
        "sampler": "euler_a",
        "schedule": "normal",
        "width": 640,
        "height": 448,
        "checkpoint": "tiny",
        "noise_source": "cpu",
    }
    assert read.missing == ()  # the LoRA's node is bypassed


def test_request_to_the_server_is_read_as_its_graph():
    assert found({"prompt": COMFY_SERVER, "client_id": "x"}).fields == found(COMFY_SERVER).fields


@pytest.mark.parametrize(
    ("name", "scheduler", "expected"),
    [
        ("euler_ancestral", "normal", ("euler_a", "normal")),
        ("dpmpp_2m", "ddim_uniform", ("dpmpp_2m", "ddim_uniform")),
        ("uni_pc_bh2", "simple", ("unipc", "simple")),
        ("dpmpp_2m_sde_gpu", "exponential", ("dpmpp_2m_sde", "exponential")),
        ("dpm_2_ancestral", "beta", ("dpm_2_a", "beta")),
        ("ddim", "sgm_uniform", ("ddim", "sgm_uniform")),
        ("lcm", "kl_optimal", ("lcm", "kl_optimal")),
    ],
)
def test_samplers_and_schedules_have_their_names_here(name, scheduler, expected):
    fields = found(n3={"sampler_name": name, "scheduler": scheduler}).fields
    assert (fields["sampler"], fields["schedule"]) == expected


def test_noise_of_gpu_samplers_is_said_to_differ():
    assert "CPU draws it" in found(n3={"sampler_name": "dpmpp_sde_gpu"}).notes[0]


def test_advanced_sampler_of_parts_is_gathered():
    read = found(
        n3=(
            "SamplerCustomAdvanced",
            {
                "noise": ["20", 0],
                "guider": ["21", 0],
                "sampler": ["22", 0],
                "sigmas": ["23", 0],
                "latent_image": ["5", 0],
            },
        ),
        n20=("RandomNoise", {"noise_seed": 5}),
        n21=(
            "CFGGuider",
            {"cfg": 4.5, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0]},
        ),
        n22=("SamplerEulerAncestral", {"eta": 0.8, "s_noise": 1.01}),
        n23=("SplitSigmas", {"sigmas": ["24", 0], "step": 5}),
        n24=("KarrasScheduler", {"steps": 12, "sigma_max": 14.6, "sigma_min": 0.03, "rho": 7.0}),
    )
    expected = {"seed": 5, "cfg_scale": 4.5, "steps": 12, "eta": 0.8, "s_noise": 1.01}
    expected |= {"sampler": "euler_a", "schedule": "karras", "sigma_max": 14.6, "rho": 7.0}
    assert expected.items() <= read.fields.items()
    assert read.fields["prompt"].startswith("a \\[fox")


def test_guider_without_a_negative_leaves_it_empty():
    read = found(
        n3=("SamplerCustomAdvanced", {"noise": ["20", 0], "guider": ["21", 0]}),
        n20=("RandomNoise", {"noise_seed": 5}),
        n21=("BasicGuider", {"model": ["4", 0], "conditioning": ["6", 0]}),
    )
    assert read.fields["prompt"].startswith("a \\[fox")
    assert read.fields["negative_prompt"] == ""


def test_reroutes_and_primitives_are_looked_through():
    read = found(
        n3={"positive": ["20", 0], "seed": ["21", 0], "steps": ["22", 0]},
        n20=("Reroute", {"": ["6", 0]}),
        n21=("PrimitiveNode", {"value": 9}),
        n22=("PrimitiveInt", {"value": 33}),
        n6={"text": ["23", 0]},
        n23=("StringConcatenate", {"string_a": "a", "string_b": ["24", 0], "delimiter": ", "}),
        n24=("PrimitiveString", {"value": "b"}),
    )
    assert (read.fields["seed"], read.fields["steps"]) == (9, 33)
    assert read.fields["prompt"] == "a, b"


def test_combined_prompts_are_our_and_of_their_mean():
    read = found(
        n3={"positive": ["20", 0]},
        n20=("ConditioningCombine", {"conditioning_1": ["6", 0], "conditioning_2": ["21", 0]}),
        n21=encoder("a wolf"),
    )
    assert read.fields["prompt"] == r"a \[fox\] in (snow:1.2) :0.5 AND a wolf :0.5"


def test_combined_negatives_are_joined_and_said_to_be():
    read = found(
        n3={"negative": ["20", 0]},
        n20=("ConditioningCombine", {"conditioning_1": ["7", 0], "conditioning_2": ["21", 0]}),
        n21=encoder("blur"),
    )
    assert read.fields["negative_prompt"] == "text, watermark, blur"
    assert "combined" in read.notes[0]


def test_prompts_behind_one_another_are_our_break():
    read = found(
        n3={"positive": ["20", 0]},
        n20=("ConditioningConcat", {"conditioning_to": ["21", 0], "conditioning_from": ["22", 0]}),
        n21=encoder("one"),
        n22=encoder("two"),
    )
    assert read.fields["prompt"] == "one BREAK two"


def test_controlnet_hands_each_prompt_on_and_is_missing():
    both = {"positive": ["6", 0], "negative": ["7", 0], "control_net": ["21", 0], "strength": 0.5}
    read = found(
        n3={"positive": ["20", 0], "negative": ["20", 1]},
        n20=("ControlNetApplyAdvanced", both),
        n21=("ControlNetLoader", {"control_net_name": "canny.pth"}),
    )
    assert read.fields["negative_prompt"] == "text, watermark"
    assert Missing("controlnet", "canny") in read.missing


def test_zeroed_negative_is_empty_and_other_conditioning_nodes_are_passed():
    read = found(
        n3={"positive": ["20", 0], "negative": ["21", 0]},
        n20=("FluxGuidance", {"conditioning": ["6", 0], "guidance": 3.5}),
        n21=("ConditioningZeroOut", {"conditioning": ["7", 0]}),
    )
    assert read.fields["prompt"].startswith("a \\[fox")
    assert read.fields["negative_prompt"] == ""


def test_first_pass_from_nothing_is_the_one_that_is_read():
    second = json.loads(json.dumps(COMFY_SERVER["3"]))["inputs"]
    second |= {"seed": 2, "denoise": 0.5, "latent_image": ["21", 0]}
    read = found(
        n2=("KSampler", second),
        n21=("LatentUpscale", {"width": 1024, "height": 1536, "samples": ["3", 0]}),
    )
    assert (read.fields["seed"], read.fields["width"]) == (156680208700286, 512)
    assert "samples 2 times" in read.notes[0]


def test_picture_from_another_picture_is_said_to_be_one():
    read = found(
        n3={"latent_image": ["20", 0], "denoise": 0.6},
        n20=("VAEEncode", {"pixels": ["21", 0], "vae": ["4", 2]}),
        n21=("LoadImage", {"image": "a.png"}),
    )
    assert ("Denoise", "0.6") in read.unmapped
    assert any("another picture, which" in note for note in read.notes)
    assert "width" not in read.fields


def test_changes_to_the_model_become_fields_or_are_said():
    read = found(
        n3={"model": ["20", 0]},
        n20=("RescaleCFG", {"multiplier": 0.7, "model": ["21", 0]}),
        n21=("ModelSamplingDiscrete", {"sampling": "v", "zsnr": True, "model": ["22", 0]}),
        n22=("FreeU_V2", {"b1": 1.1, "model": ["23", 0]}),
        n23=(
            "Power Lora Loader (rgthree)",
            {
                "lora_1": {"on": True, "lora": "x\\ink.safetensors", "strength": 0.7},
                "lora_2": {"on": False, "lora": "off.safetensors", "strength": 1},
                "model": ["4", 0],
            },
        ),
    )
    assert (read.fields["cfg_rescale"], read.fields["zero_terminal_snr"]) == (0.7, True)
    assert ("Change to the model", "FreeU_V2") in read.unmapped
    assert Missing("lora", "ink") in read.missing
    assert Missing("lora", "off") not in read.missing
    assert read.fields["checkpoint"] == "tiny"


def test_seed_beyond_ours_is_noted_and_not_set():
    read = found(n3={"seed": 2**64 - 1})
    assert "seed" not in read.fields
    assert read.notes[0].startswith("Seed 18446744073709551615 was left out")


def test_part_of_the_steps_and_a_batch_are_said():
    read = found(
        n3={"start_at_step": 0, "end_at_step": 12, "add_noise": "enable"}, n5={"batch_size": 4}
    )
    assert ("Steps that were made", "0 to 12") in read.unmapped
    assert "batch of 4" in read.notes[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"n3": {"positive": ["3", 0]}},
        {"n3": {"positive": ["20", 0]}, "n20": ("Reroute", {"": ["20", 0]})},
        {
            "n3": {"positive": ["20", 0]},
            "n20": (
                "ConditioningCombine",
                {"conditioning_1": ["20", 0], "conditioning_2": ["20", 0]},
            ),
        },
        {"n3": {"model": ["11", 0]}, "n11": {"model": ["11", 0], "clip": ["12", 0]}},
        {"n3": {"latent_image": ["20", 0]}, "n20": ("LatentUpscaleBy", {"samples": ["20", 0]})},
        {"n3": {"seed": ["20", 0]}, "n20": ("PrimitiveInt", {"value": ["20", 0]})},
        {
            "n6": {"text": ["20", 0]},
            "n20": ("StringConcatenate", {"string_a": ["20", 0], "string_b": ["20", 0]}),
        },
        {"n3": {"sigmas": ["20", 0]}, "n20": ("SplitSigmas", {"sigmas": ["20", 0]})},
    ],
)
def test_graph_that_bites_its_tail_ends(changes):
    assert found(**changes).tool == "ComfyUI"


def test_tree_of_combinations_that_doubles_at_every_level_ends():
    graph = with_nodes(n3={"positive": ["c0", 0]})
    for level in range(400):
        both = [f"c{level + 1}", 0]
        inputs = {"conditioning_1": both, "conditioning_2": both}
        graph[f"c{level}"] = {"class_type": "ConditioningCombine", "inputs": inputs}
    assert found(graph).tool == "ComfyUI"


@pytest.mark.timeout(60)
def test_graph_of_very_many_nodes_is_read_in_its_time():
    graph = {str(n): {"class_type": "KSampler", "inputs": {"seed": 1, "positive": [str(n + 1), 0],
             "latent_image": [str(n + 1), 0]}} for n in range(50_000)}  # fmt: skip
    assert "samples 50 times" in found(graph).notes[0]


def test_prompt_from_nodes_that_are_not_understood_is_said():
    read = found(n6={"text": ["20", 0]}, n20=("MagicPrompt", {"magic": 3}))
    assert read.fields["prompt"] == ""
    assert "positive prompt comes from nodes" in read.notes[0]


def test_graph_without_a_sampler_says_so():
    read = found({"1": {"class_type": "LoadImage", "inputs": {}}})
    assert (read.tool, read.fields) == ("ComfyUI", {})
    assert "No sampler" in read.notes[0]


def test_text_beside_the_graph_is_read_first():
    text = "p\nSteps: 4, Sampler: Euler, Seed: 1, Version: ComfyUI"
    read = read_metadata(a_png(parameters=text, prompt=COMFY_SERVER), CHOICES)
    assert (read.tool, read.fields["seed"]) == ("ComfyUI", 1)


def test_mere_prompt_beside_the_graph_is_not():
    read = read_metadata(a_png(parameters="only words", prompt=COMFY_SERVER), CHOICES)
    assert read.fields["steps"] == 20
