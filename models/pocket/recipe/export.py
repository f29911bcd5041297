"""Writes the model as a diffusers folder, file by file, so that no reader meets half a file."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel, CLIPTokenizer

from .networks import new_scheduler


def build_pipeline(
    tokenizer: CLIPTokenizer,
    text_encoder: CLIPTextModel,
    unet: UNet2DConditionModel,
    vae: AutoencoderKL,
) -> StableDiffusionPipeline:
    """The parts as a plain Stable Diffusion pipeline."""
    pipeline = StableDiffusionPipeline(
        vae=vae,
        text_encoder=text_encoder,
        tokenizer=tokenizer,
        unet=unet,
        scheduler=new_scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def export(pipeline: StableDiffusionPipeline, folder: Path) -> None:
    """Saves in fp16 beside `folder`, then moves each file into its place.

    Floats stay float32 in the pipeline given: it may still be in training.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".pocket-") as draft:
        pipeline.save_pretrained(draft, safe_serialization=True)
        _halve(Path(draft))
        for source in sorted(Path(draft).rglob("*")):
            target = folder / source.relative_to(draft)
            if source.is_dir():
                target.mkdir(exist_ok=True)
            else:
                source.chmod(0o644)
                os.replace(source, target)


def _halve(folder: Path) -> None:
    """Rewrites all weights as fp16 and drops the names of this machine's folders."""
    for path in folder.rglob("*.safetensors"):
        halves = {name: value.half() for name, value in load_file(path).items()}
        save_file(halves, path, metadata={"format": "pt"})
    for path in (folder / "model_index.json", *folder.glob("*/config.json")):
        fields = json.loads(path.read_text())
        fields.pop("_name_or_path", None)
        path.write_text(json.dumps(fields, indent=2) + "\n")
