"""A models folder with a checkpoint's headers and a few LoRAs, small enough to be written anew."""

import json
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors.numpy import save_file

from webui.pipelines import Checkpoint
from webui.pipelines.adapter_cards import AdapterCards
from webui.service import CardPictures, Cards

LAYER = "mid_block.attentions.0.transformer_blocks.0.attn2.to_k"
SD, XL = 768, 2048


def lora(path, width=SD, layers=(LAYER,), **metadata):
    """A kohya file whose layers read `width` channels."""
    tensors = {}
    for layer in layers:
        name = f"lora_unet_{layer.replace('.', '_')}"
        tensors[f"{name}.lora_down.weight"] = np.zeros((2, width), np.float16)
        tensors[f"{name}.lora_up.weight"] = np.zeros((4, 2), np.float16)
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, metadata={key.replace("__", "."): v for key, v in metadata.items()})
    return path


def embedding(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"emb_params": np.zeros((3, SD), np.float32)}, path)
    return path


def picture(path, colour="red", size=(900, 300)):
    Image.new("RGB", size, colour).save(path)
    return path


def fill(models: Path) -> None:
    """A checkpoint, two LoRAs that fit it and one that does not, and an embedding."""
    unet = models / "tiny" / "unet"
    unet.mkdir(parents=True)
    weights = {f"{LAYER}.weight": np.zeros((4, SD), np.float16)}
    save_file(weights, unet / "diffusion_pytorch_model.safetensors")
    loras = models / "loras"
    lora(loras / "ink.safetensors", modelspec__title="Ink", modelspec__trigger_phrase="inked")
    lora(loras / "sets" / "Ä & <ö>?.safetensors", layers=(LAYER, f"{LAYER}.more"))
    lora(loras / "sets" / "xl.safetensors", XL)
    (loras / "ink.json").write_text(json.dumps({"preferred weight": 0.8, "more": 1}), "utf-8")
    (loras / "broken.safetensors").write_bytes(b"none")
    picture(loras / "ink.png")
    embedding(models / "embeddings" / "teal.safetensors")


def cards_of(models: Path, choices, info) -> Cards:
    """Cards over a folder; every checkpoint is the one that `fill` has written."""
    checkpoint = Checkpoint(info, models / "tiny", None, None)
    index = models.parent / "cards.json"
    adapters = AdapterCards(models, index)
    return Cards(adapters, CardPictures(models), choices, lambda name: checkpoint)
