"""Tiny networks with random weights that steer, in every layout, and pictures drawn with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import ControlNetModel, EulerDiscreteScheduler, T2IAdapter, UNet2DConditionModel
from safetensors.torch import save_file
from torch import Tensor
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from tests.engine.fakes import FACTS
from tests.families import networks
from webui.calls import Control, Denoise
from webui.families.sd1.components import Sd1Components
from webui.pipelines import Hashes
from webui.pipelines.control_files import ControlFiles
from webui.pipelines.controls import Controls

CPU = torch.device("cpu")
STEPS, SCALE = 6, 3.0
HEADS, GROUPS = 4, 4


def unet(channels: int = 4, width: int = networks.WIDTH) -> UNet2DConditionModel:
    """Attends to the prompt at its finest level too, and no further down, as SD 1.5 does."""
    with torch.random.fork_rng([]):
        torch.manual_seed(11)
        return UNet2DConditionModel(
            sample_size=8,
            in_channels=channels,
            block_out_channels=(16, 32, 32),
            layers_per_block=2,
            down_block_types=("CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"),
            cross_attention_dim=width,
            attention_head_dim=HEADS,
            norm_num_groups=GROUPS,
        ).eval()


def components(network: UNet2DConditionModel | None = None) -> Sd1Components:
    """A UNet and a VAE alone."""
    words = networks.components()._texts._tokenizer  # pyright: ignore[reportPrivateUsage]
    return Sd1Components(FACTS, words, None, network or unet(), networks.vae())


def randomised(network: Any, seed: int) -> Any:
    """With weights by chance everywhere, also in the convolutions that begin at zero."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            if not parameter.any():
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.1)
    return network.eval()


def controlnet(seed: int, base: UNet2DConditionModel | None = None, **changes: Any) -> Any:
    """A ControlNet for a UNet (of `unet()`), with a map of 8 by 8 pixels for a latent."""
    config = (base or unet()).config
    shared = ("block_out_channels", "layers_per_block", "down_block_types", "cross_attention_dim")
    options = {name: config[name] for name in shared} | {
        "attention_head_dim": HEADS,
        "norm_num_groups": GROUPS,
        "conditioning_embedding_out_channels": (4, 4, 8, 8),
    }
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        return randomised(ControlNetModel(**{**options, **changes}), seed)


def adapter(seed: int, **changes: Any) -> Any:
    """A T2I-Adapter for `unet()`."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        options = {"channels": [16, 32, 32], "num_res_blocks": 2} | changes
        return T2IAdapter(**options).eval()


def image_encoder(hidden: int = 24, projected: int = 20) -> CLIPVisionModelWithProjection:
    """Looks at 32 by 32 pixels."""
    config = CLIPVisionConfig(
        hidden_size=hidden,
        intermediate_size=32,
        projection_dim=projected,
        num_hidden_layers=3,
        num_attention_heads=2,
        image_size=32,
        patch_size=8,
    )
    with torch.random.fork_rng([]):
        torch.manual_seed(21)
        return CLIPVisionModelWithProjection(config).eval()


def ip_adapter(seed: int, *, plus: bool = False, base: Any = None) -> dict[str, Tensor]:
    """The tensors of an IP-Adapter for `unet()` and `image_encoder()`, as its authors name them."""
    draw = torch.Generator().manual_seed(seed)

    def some(*shape: int) -> Tensor:
        return torch.randn(shape, generator=draw) * 0.3

    wide = networks.WIDTH
    if plus:
        tensors = _resampler(some, wide)
    else:
        tensors = {"proj.weight": some(4 * wide, 20), "proj.bias": some(4 * wide)}
        tensors |= {"norm.weight": some(wide) + 1, "norm.bias": some(wide)}
    found = {f"image_proj.{name}": value for name, value in tensors.items()}
    network = base or unet()
    names = [name.removesuffix(".processor") for name in network.attn_processors]
    for number, name in enumerate(names):
        if name.endswith("attn2"):
            channels = network.get_submodule(name).to_k.out_features
            found[f"ip_adapter.{number}.to_k_ip.weight"] = some(channels, wide)
            found[f"ip_adapter.{number}.to_v_ip.weight"] = some(channels, wide)
    return found


def _resampler(some: Any, wide: int) -> dict[str, Tensor]:
    """What the plus version looks at all patches with."""
    inner = 64
    tensors = {
        "latents": some(1, 4, inner),
        "proj_in.weight": some(inner, 24),
        "proj_in.bias": some(inner),
        "proj_out.weight": some(wide, inner),
        "proj_out.bias": some(wide),
        "norm_out.weight": some(wide) + 1,
        "norm_out.bias": some(wide),
    }
    for layer in range(4):
        here = f"layers.{layer}"
        for norm in ("0.norm1", "0.norm2", "1.0"):
            tensors |= {
                f"{here}.{norm}.weight": some(inner) + 1,
                f"{here}.{norm}.bias": some(inner),
            }
        tensors[f"{here}.0.to_q.weight"] = some(inner, inner)
        tensors[f"{here}.0.to_kv.weight"] = some(2 * inner, inner)
        tensors[f"{here}.0.to_out.weight"] = some(inner, inner)
        tensors[f"{here}.1.1.weight"] = some(4 * inner, inner)
        tensors[f"{here}.1.3.weight"] = some(inner, 4 * inner)
    return tensors


def original_controlnet(network: Any, prefix: str = "control_model.") -> dict[str, Tensor]:
    """The tensors of a ControlNet by the names of its authors."""
    layers = network.config.layers_per_block + 1
    inner = {
        "norm1": "in_layers.0",
        "conv1": "in_layers.2",
        "norm2": "out_layers.0",
        "conv2": "out_layers.3",
        "time_emb_proj": "emb_layers.1",
        "conv_shortcut": "skip_connection",
    }

    def theirs(name: str) -> str:
        part, *rest = name.split(".")
        if part == "time_embedding":
            return f"time_embed.{2 * (int(rest[0][-1]) - 1)}.{rest[1]}"
        if part == "conv_in":
            return f"input_blocks.0.0.{rest[0]}"
        if part == "controlnet_cond_embedding":
            number = {"conv_in": 0, "conv_out": 14}.get(rest[0])
            return (
                f"input_hint_block.{2 + 2 * int(rest[1]) if number is None else number}.{rest[-1]}"
            )
        if part == "controlnet_down_blocks":
            return f"zero_convs.{rest[0]}.0.{rest[1]}"
        if part == "controlnet_mid_block":
            return f"middle_block_out.0.{rest[0]}"
        if part == "mid_block":
            kind, number, *tail = rest
            place = 1 if kind == "attentions" else 2 * int(number)
            return f"middle_block.{place}." + ".".join([inner.get(tail[0], tail[0]), *tail[1:]])
        block, kind, number, *tail = rest
        if kind == "downsamplers":
            return f"input_blocks.{(int(block) + 1) * layers}.0.op.{tail[-1]}"
        place = f"input_blocks.{1 + int(block) * layers + int(number)}.{int(kind == 'attentions')}"
        return f"{place}." + ".".join([inner.get(tail[0], tail[0]), *tail[1:]])

    return {prefix + theirs(name): value for name, value in network.state_dict().items()}


def original_adapter(network: Any) -> dict[str, Tensor]:
    """The tensors of a full T2I-Adapter by the names of its authors."""
    blocks = network.config.num_res_blocks
    found: dict[str, Tensor] = {}
    for name, value in network.state_dict().items():
        parts = name.split(".")[1:]
        if parts[0] == "body" and parts[2] == "resnets":
            parts = ["body", str(int(parts[1]) * blocks + int(parts[3])), *parts[4:]]
        elif parts[0] == "body":
            parts[1] = str(int(parts[1]) * blocks)
        found[".".join(parts)] = value
    return found


def write(path: Path, tensors: dict[str, Tensor]) -> Path:
    """A safetensors file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in tensors.items()}, path)
    return path


def controls(models: Path) -> Controls:
    """Of a models folder, on the CPU."""
    return Controls(ControlFiles(models, Hashes(None)), CPU)


def a_control(models: Path, method: str, name: str, hint: Tensor, **more: Any) -> Control:
    """A unit with a file."""
    sha256 = ControlFiles(models, Hashes(None)).sha256_of(name)
    return Control(method, name, sha256, hint, **{"weight": 1.0, **more})


def a_hint(seed: int, size: int = 64) -> Tensor:
    return torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(seed))


def a_noise(seed: int = 3, images: int = 1) -> Tensor:
    return torch.randn(images, 4, 8, 8, generator=torch.Generator().manual_seed(seed))


def a_call(x: Tensor, sigma: float, t: float, units: Sequence[Control]) -> Denoise:
    """Of one picture, with the negative prompt in the first row."""
    context = networks.texts(2)
    return Denoise(torch.cat([x, x]), sigma, context, t, controls=tuple(units), unprompted=1)


def answered(parts: Sd1Components, loaded: Controls, calls: Sequence[Denoise]) -> list[Tensor]:
    """All calls in one forward."""
    rows = [len(call.x) for call in calls]
    column = [torch.full((len(call.x),), call.sigma) for call in calls]
    steps = [torch.full((len(call.x),), call.t) for call in calls]
    steered = loaded.steered(parts, calls)
    x = torch.cat([call.x for call in calls])
    context = torch.cat([call.context for call in calls])
    said = parts.denoise(x, torch.cat(column), torch.cat(steps), context, None, steered)
    return list(said.split(rows))


def scheduler() -> EulerDiscreteScheduler:
    return EulerDiscreteScheduler(**networks.BETAS, timestep_spacing="linspace", steps_offset=1)


def drawn(parts: Sd1Components, loaded: Controls, units: Sequence[Control]) -> Tensor:
    """Latents after all steps of Euler, by our components."""
    schedule = scheduler()
    schedule.set_timesteps(STEPS)
    x = a_noise() * schedule.init_noise_sigma
    for step, t in enumerate(schedule.timesteps.tolist()):
        sigma, following = schedule.sigmas[step].item(), schedule.sigmas[step + 1].item()
        without, towards = answered(parts, loaded, [a_call(x, sigma, t, units)])[0].split(1)
        x0 = without + (towards - without) * SCALE
        x = x + (x - x0) / sigma * (following - sigma)
    return x


def theirs(kind: Any, network: Any, parts: dict[str, Any], **asked: Any) -> Tensor:
    """The same latents by a pipeline of diffusers."""
    rest: dict[str, Any] = dict.fromkeys(
        ("text_encoder", "tokenizer", "safety_checker", "feature_extractor")
    )
    pipe = kind(
        vae=networks.vae(),
        unet=network,
        scheduler=scheduler(),
        **{**rest, **parts},
        requires_safety_checker=False,
    )
    pipe.set_progress_bar_config(disable=True)
    before = asked.pop("before", None)
    if before:
        before(pipe)
    negative, prompt = networks.texts(2).split(1)
    return pipe(
        prompt_embeds=prompt,
        negative_prompt_embeds=negative,
        latents=a_noise(),
        height=64,
        width=64,
        num_inference_steps=STEPS,
        guidance_scale=SCALE,
        output_type="latent",
        **asked,
    ).images
