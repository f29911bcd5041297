"""The stages in their order; each leaves a file behind and is skipped when that is there."""

from __future__ import annotations

import time
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from transformers import CLIPTokenizer

from .dataset import Dataset, cache_latents
from .device import pick_device
from .diffusion import Trainer
from .domain import DOMAINS
from .export import build_pipeline, export
from .networks import new_text_encoder, new_unet
from .pictures import draw_all, scenes
from .polish import polish_decoder
from .settings import Plan
from .text_warmup import warm_up
from .tokens import build_tokenizer
from .vae import train_vae


def build(plan: Plan, work: Path, out: Path) -> None:
    """Draws, trains and exports the whole model; call again to go on after an interruption."""
    torch.manual_seed(plan.seed)
    work.mkdir(parents=True, exist_ok=True)
    draw_all(work, scenes(DOMAINS[plan.domain], plan.seed, plan.pictures), plan.workers)
    vae = _vae(plan, work)
    if not (work / "latents.npy").exists():
        cache_latents(work, vae)
    data = Dataset.load(work)
    trainer = _trainer(plan, work, data)
    trainer.train(data, _Keeper(plan, work, out, vae))
    trainer.save(work / "unet.pt")
    _export(trainer, _polished(plan, work), out)


def _vae(plan: Plan, work: Path) -> AutoencoderKL:
    if not (work / "vae" / "config.json").exists():
        train_vae(work, plan.vae_minutes, plan.vae_batch, plan.seed)
    vae = AutoencoderKL.from_pretrained(work / "vae", low_cpu_mem_usage=False).eval()
    return vae.to(pick_device(), memory_format=torch.channels_last)


def _polished(plan: Plan, work: Path) -> AutoencoderKL:
    """The VAE with a sharper decoder; the encoder, and so the UNet's latents, stay."""
    done = work / "vae" / "polished"
    if not done.exists():
        polish_decoder(work, plan.polish_minutes, plan.seed)
        done.touch()
    return _vae(plan, work)


def _tokenizer(work: Path) -> CLIPTokenizer:
    """Kept beside the checkpoints, which are of no use with other token numbers."""
    kept = work / "tokenizer"
    if not kept.exists():
        build_tokenizer().save_pretrained(kept)
    return CLIPTokenizer.from_pretrained(kept)


def _trainer(plan: Plan, work: Path, data: Dataset) -> Trainer:
    tokenizer, device = _tokenizer(work), pick_device()
    text, unet = new_text_encoder(tokenizer).to(device), new_unet().to(device)
    checkpoint = work / "unet.pt"
    if not checkpoint.exists():
        warm_up(text, tokenizer, data.scenes, plan.warmup_steps, plan.seed)
    trainer = Trainer(text, unet, tokenizer, plan)
    if checkpoint.exists():
        trainer.resume(checkpoint)
    return trainer


def _export(trainer: Trainer, vae: AutoencoderKL, out: Path) -> None:
    average = trainer.average
    export(build_pipeline(trainer.tokenizer, average["text"], average["unet"], vae), out)


class _Keeper:
    """Called after each step: reports, saves checkpoints and exports now and then."""

    def __init__(self, plan: Plan, work: Path, out: Path, vae: AutoencoderKL) -> None:
        self.plan, self.work, self.out, self.vae = plan, work, out, vae
        self.saved = self.exported = time.time()

    def __call__(self, trainer: Trainer) -> None:
        if trainer.step % 50 == 0:
            seen = trainer.step * self.plan.batch
            speed = seen / max(trainer.seconds, 1e-6)
            print(
                f"unet: step {trainer.step} share {trainer.share:.3f} loss {trainer.loss:.4f} "
                f"{seen} pictures {speed:.1f}/s",
                flush=True,
            )
        if time.time() - self.saved > 60 * self.plan.checkpoint_minutes:
            trainer.save(self.work / "unet.pt")
            self.saved = time.time()
        if time.time() - self.exported > 60 * self.plan.export_minutes:
            _export(trainer, self.vae, self.out)
            self.exported = time.time()
