"""What pictures of each tool carry, written after the shapes that the tools document."""

import io
import json
import struct
import zlib

from PIL import ExifTags, Image

from tests.conftest import TINY
from webui.builtin import SAMPLERS, SCHEDULES
from webui.request import CheckpointInfo, Choices, Defaults

JUGGERNAUT = CheckpointInfo(
    "juggernautXL", "Juggernaut XL v9", "fake", 1000, Defaults(), aliases=("jugg",)
)
CHOICES = Choices(SAMPLERS, SCHEDULES, (TINY, JUGGERNAUT))
HASHES = {"tiny": "45dee52b8c" + "0" * 54, "juggernautXL": "ab" * 32}

A1111 = """\
a lighthouse on a cliff, (storm:1.2) <lora:add_detail:0.7>
Negative prompt: cartoon, lowres
Steps: 30, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 3958203417, Size: 768x1152, \
Model hash: 45dee52b8c, Model: some/other name, VAE: sdxl_vae.safetensors, Clip skip: 2, \
ENSD: 31337, Denoising strength: 0.4, Hires upscale: 2, Hires upscaler: 4x-UltraSharp, \
Lora hashes: "add_detail: 7c6bad76eb54", TI hashes: "badhand: 5e40d722fc3d", \
ControlNet 0: "Module: canny, Model: control_v11p_sd15_canny [d14c016b], Weight: 1.0, \
Guidance Start: 0.0", Emphasis: No norm, Version: v1.7.0"""

CIVITAI = """\
a knight in armour
Negative prompt: blur
Steps: 28, Sampler: Euler a, CFG scale: 6.5, Seed: 1234567, Size: 512x768, Clip skip: 2, \
Created Date: 2025-11-28T09:18:43.5269343Z, Civitai resources: [{"type":"checkpoint",\
"modelVersionId":1,"modelName":"Tiny","modelVersionName":"checkpoint"},{"type":"lora",\
"weight":0.6,"modelVersionId":2,"modelName":"Detail, Tweaker","modelVersionName":"v1.0"},\
{"type":"embed","modelName":"bad {hands}","modelVersionName":"2"}], \
Civitai metadata: {"workflow":"txt2img","aspectRatio":{"value":"3:2"},"prompt":"a, b: }"}"""

COMFY_SERVER = {
    "3": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 156680208700286,
            "steps": 20,
            "cfg": 8.0,
            "sampler_name": "dpmpp_2m",
            "scheduler": "karras",
            "denoise": 1.0,
            "model": ["11", 0],
            "positive": ["6", 0],
            "negative": ["7", 0],
            "latent_image": ["5", 0],
        },
    },
    "4": {
        "class_type": "CheckpointLoaderSimple",
        "inputs": {"ckpt_name": "sd15\\tiny.safetensors"},
    },
    "5": {
        "class_type": "EmptyLatentImage",
        "inputs": {"width": 512, "height": 768, "batch_size": 1},
    },
    "6": {
        "class_type": "CLIPTextEncode",
        "inputs": {"text": "a [fox] in (snow:1.2)", "clip": ["12", 0]},
    },
    "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "text, watermark", "clip": ["4", 1]}},
    "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}},
    "11": {
        "class_type": "LoraLoader",
        "inputs": {
            "lora_name": "sub/ink.safetensors",
            "strength_model": 0.8,
            "strength_clip": 1.0,
            "model": ["4", 0],
            "clip": ["4", 1],
        },
    },
    "12": {
        "class_type": "CLIPSetLastLayer",
        "inputs": {"stop_at_clip_layer": -2, "clip": ["11", 1]},
    },
}


def with_nodes(**changes):
    """The server's graph with other inputs (`n3={"seed": 1}`) and nodes (`n20=(kind, inputs)`)."""
    graph = json.loads(json.dumps(COMFY_SERVER))
    for name, value in changes.items():
        id = name.removeprefix("n")
        if isinstance(value, tuple):
            graph[id] = {"class_type": value[0], "inputs": value[1]}
        else:
            graph[id]["inputs"] |= value
    return graph


COMFY_EDITOR = {
    "last_node_id": 9,
    "nodes": [
        {
            "id": 3,
            "type": "KSampler",
            "mode": 0,
            "inputs": [
                {"name": "model", "type": "MODEL", "link": 1},
                {"name": "positive", "type": "CONDITIONING", "link": 4},
                {"name": "negative", "type": "CONDITIONING", "link": 6},
                {"name": "latent_image", "type": "LATENT", "link": 2},
            ],
            "widgets_values": [77, "randomize", 25, 6.5, "euler_ancestral", "normal", 1],
        },
        {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["tiny.ckpt"]},
        {"id": 5, "type": "EmptyLatentImage", "widgets_values": [640, 448, 1]},
        {"id": 6, "type": "CLIPTextEncode", "widgets_values": ["a boat"]},
        {"id": 7, "type": "CLIPTextEncode", "widgets_values": ["fog"]},
        {
            "id": 10,
            "type": "Reroute",
            "inputs": [{"name": "", "type": "*", "link": 7}],
            "outputs": [{"type": "CONDITIONING"}],
        },
        {"id": 11, "type": "LoraLoader", "mode": 4, "widgets_values": ["off.safetensors", 1, 1],
         "inputs": [{"name": "model", "link": 8}]},
    ],
    "links": [
        [1, 11, 0, 3, 0, "MODEL"],
        [2, 5, 0, 3, 3, "LATENT"],
        {"id": 4, "origin_id": 10, "origin_slot": 0, "target_id": 3, "target_slot": 1},
        [6, 7, 0, 3, 2, "CONDITIONING"],
        [7, 6, 0, 10, 0, "*"],
        [8, 4, 0, 11, 0, "MODEL"],
    ],
}  # fmt: skip

INVOKE = {
    "generation_mode": "txt2img",
    "positive_prompt": "an isometric (cabin)1.3, cosy++ [wood]",
    "negative_prompt": "grainy+, photo, blurry--",
    "width": 1216,
    "height": 832,
    "seed": 2718281828,
    "rand_device": "cpu",
    "cfg_scale": 6.0,
    "cfg_rescale_multiplier": 0.5,
    "steps": 28,
    "scheduler": "dpmpp_2m_sde_k",
    "clip_skip": 1,
    "model": {"key": "3b", "hash": "blake3:1f2e", "name": "Juggernaut XL v9", "base": "sdxl"},
    "loras": [{"model": {"name": "cutaway", "hash": "blake3:9c"}, "weight": 0.85}],
    "vae": {"name": "sdxl-vae-fp16-fix", "hash": "blake3:44"},
    "controlnets": [],
    "ipAdapters": [{"image": {"image_name": "a.png"}}],
    "seamless_x": False,
    "app_version": "5.6.0",
}

INVOKE_OLD = {
    "model": "stable diffusion",
    "model_weights": "tiny",
    "model_hash": "4ce4",
    "app_id": "invoke-ai/InvokeAI",
    "app_version": "2.2.4",
    "image": {
        "prompt": [{"prompt": "a tower [ugly] by the sea [rain]", "weight": 1.0}],
        "steps": 50,
        "cfg_scale": 7.5,
        "threshold": 0.0,
        "perlin": 0.0,
        "height": 512,
        "width": 512,
        "seed": 3561693215,
        "seamless": False,
        "hires_fix": True,
        "type": "txt2img",
        "postprocessing": None,
        "sampler": "k_lms",
        "variations": [],
    },
}

DREAM = '"a tower by the sea" -s 50 -S 42 -W 512 -H 640 -C 7.5 -A k_euler_a -G 0.8'

NOVELAI = {
    "prompt": "ignored where there is a caption",
    "steps": 28,
    "height": 1216,
    "width": 832,
    "scale": 5.5,
    "cfg_rescale": 0.2,
    "seed": 992,
    "noise_schedule": "karras",
    "sampler": "k_euler_ancestral",
    "sm": True,
    "sm_dyn": False,
    "request_type": "PromptGenerateRequest",
    "uc": "lowres",
    "v4_prompt": {
        "caption": {
            "base_caption": "{{rain}}, 1.5::night ::, [fog] (city)",
            "char_captions": [{"char_caption": "a girl", "centers": [{"x": 0.5, "y": 0.5}]}],
        }
    },
    "v4_negative_prompt": {"caption": {"base_caption": "blurry", "char_captions": []}},
}

FOOOCUS = {
    "adm_guidance": "(1.5, 0.8, 0.3)",
    "base_model": "juggernautXL",
    "base_model_hash": "abababab",
    "full_negative_prompt": ["unrealistic", "anime"],
    "full_prompt": ["cinematic still a field", "a field, highly [detailed]"],
    "guidance_scale": 4,
    "lora_combined_1": "sd_xl_offset : 0.1",
    "loras": [["sd_xl_offset", 0.1, "4852686128"]],
    "metadata_scheme": "fooocus",
    "negative_prompt": "",
    "performance": "Speed",
    "prompt": "a field",
    "prompt_expansion": "a field, highly detailed",
    "refiner_model": "None",
    "resolution": "(1152, 896)",
    "sampler": "dpmpp_2m_sde_gpu",
    "scheduler": "karras",
    "seed": "1234567890",
    "sharpness": 2,
    "steps": 30,
    "styles": "['Fooocus V2']",
    "vae": "Default (model)",
    "version": "Fooocus v2.5.5",
}

FOOOCUS_TEXT = """\
cinematic still a field
Negative prompt: anime
Steps: 30, Sampler: DPM++ 2M SDE Karras, Seed: 77, Size: 1152x896, CFG scale: 4.0, \
Sharpness: 2.0, ADM Guidance: "(1.5, 0.8, 0.3)", Model: juggernautXL, Model hash: abababab, \
Performance: Speed, Scheduler: karras, VAE: Default (model), Raw prompt: a field, \
Version: Fooocus v2.5.5"""

SWARM = {
    "sui_image_params": {
        "prompt": "a cat",
        "negativeprompt": "dog",
        "model": "OfficialStableDiffusion/tiny",
        "seed": 305223794,
        "steps": 25,
        "cfgscale": 5.5,
        "aspectratio": "1:1",
        "width": 1024,
        "height": 1024,
        "sampler": "dpmpp_2s_ancestral",
        "scheduler": "sgm_uniform",
        "loras": ["ink"],
        "loraweights": ["0.5"],
        "refinerupscale": 2,
        "swarm_version": "0.9.1.1",
    }
}

DRAW_THINGS = {
    "c": "a hill",
    "uc": "people",
    "model": "tiny.ckpt",
    "sampler": "DPM++ 2M Karras",
    "scale": 7.5,
    "seed": 99,
    "seed_mode": "NVIDIA GPU Compatible",
    "size": "512x704",
    "steps": 24,
    "strength": 1,
    "lora": [{"model": "ink_f16.ckpt", "weight": 0.6}],
    "mask_blur": 1.5,
}

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description>
<xmp:CreatorTool>Draw Things</xmp:CreatorTool><exif:UserComment><rdf:Alt>
<rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></exif:UserComment>
</rdf:Description></rdf:RDF></x:xmpmeta>"""


def a_png(**texts):
    """A PNG of 64 by 32 pixels with those text chunks."""
    rows = b"".join(b"\0" + bytes(3 * 64) for _ in range(32))
    parts = [
        chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 32, 8, 2, 0, 0, 0)),
        *(text_chunk(key, text) for key, text in texts.items()),
        chunk(b"IDAT", zlib.compress(rows)),
        chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def chunk(kind, data):
    sum_ = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", sum_)


def text_chunk(key, text):
    value = text if isinstance(text, str) else json.dumps(text)
    if value.isascii():
        return chunk(b"tEXt", key.encode() + b"\0" + value.encode())
    return chunk(b"iTXt", key.encode() + b"\0\0\0\0\0" + value.encode())


def a_file(form, *, comment=None, tags=None, xmp=None, own=None):
    """A picture of another format. `comment` and `tags`: EXIF's; `own`: a JPEG's or GIF's."""
    exif = Image.Exif()
    for tag, text in (tags or {}).items():
        exif[tag] = text
    if comment is not None:
        exif.get_ifd(ExifTags.IFD.Exif)[0x9286] = comment
    more = {"xmp": xmp.encode()} if xmp else {}
    if own is not None:
        more["comment"] = own.encode()
    if form != "GIF":
        more["exif"] = exif.tobytes()  # an Exif without tags of the first directory is false
    file = io.BytesIO()
    Image.new("RGB", (64, 32)).save(file, form, **more)
    return file.getvalue()


def in_unicode(text, order="be"):
    return b"UNICODE\0" + text.encode(f"utf-16-{order}")
