"""Starts the VAE as a linear codec.

The default initialisation stalls grey: the GroupNorm before each last convolution removes the
level and colour that flat pictures consist of. Here red, green and blue are carried through the
network as pairs of channels (+x and -x: SiLU(x) - SiLU(-x) is exactly x), each beside a constant
channel that dominates its group's variance, so that GroupNorm becomes nearly linear as well.
"""

from __future__ import annotations

import torch
from diffusers import AutoencoderKL
from torch import nn

STRENGTH = 6.0  # of the carriers: the larger, the less a first step of Adam disturbs them
LEVEL = 4.0 * STRENGTH
GAIN = 3.0
TRIPLETS = ((0, 1, 2), (3, 4, 5), (6, 7, 8))  # +x, -x, LEVEL
SIGNALS = [0, 1, 3, 4, 6, 7]
CONSTANTS = [2, 5, 8]
CARRIERS = 9


@torch.no_grad()
def start_as_linear_codec(vae: AutoencoderKL, pictures: torch.Tensor) -> None:
    """Initialises in place; `pictures` (n, 3, h, w in -1..1) calibrate the last convolutions."""
    for module in vae.modules():
        if type(module).__name__ == "ResnetBlock2D":
            _zero_residual(module)
    _carry_in(vae.encoder.conv_in)
    _carry_in(vae.decoder.conv_in)
    for block in vae.encoder.down_blocks:
        for sampler in block.downsamplers or []:
            _carry(sampler.conv, _average_kernel(), _average_kernel())
    for block in vae.decoder.up_blocks:
        for sampler in block.upsamplers or []:
            _carry(sampler.conv, _smooth_kernel(), _centre_kernel())
    for conv in (vae.quant_conv, vae.post_quant_conv):
        nn.init.dirac_(conv.weight)
        conv.bias.zero_()
    _calibrate(vae, pictures)


def _zero_residual(block: nn.Module) -> None:
    nn.init.zeros_(block.conv2.weight)
    nn.init.zeros_(block.conv2.bias)
    if block.conv_shortcut is not None:
        nn.init.dirac_(block.conv_shortcut.weight)
        nn.init.zeros_(block.conv_shortcut.bias)


def _carry_in(conv: nn.Conv2d) -> None:
    conv.weight[:CARRIERS] = 0
    conv.bias[:CARRIERS] = 0
    for i, (plus, minus, constant) in enumerate(TRIPLETS):
        conv.weight[plus, i, 1, 1] = STRENGTH
        conv.weight[minus, i, 1, 1] = -STRENGTH
        conv.bias[constant] = LEVEL


def _carry(conv: nn.Conv2d, signal: torch.Tensor, constant: torch.Tensor) -> None:
    conv.weight[:CARRIERS] = 0
    conv.bias[:CARRIERS] = 0
    for triplet in TRIPLETS:
        for channel, kernel in zip(triplet, (signal, signal, constant), strict=True):
            conv.weight[channel, channel] = kernel


def _average_kernel() -> torch.Tensor:
    kernel = torch.zeros(3, 3)
    kernel[:2, :2] = 0.25  # diffusers pads right and below only, so cell (0, 0) starts the window
    return kernel


def _centre_kernel() -> torch.Tensor:
    kernel = torch.zeros(3, 3)
    kernel[1, 1] = 1
    return kernel


def _smooth_kernel() -> torch.Tensor:
    line = torch.tensor([0.25, 0.5, 0.25])
    return torch.outer(line, line)


def _calibrate(vae: AutoencoderKL, pictures: torch.Tensor) -> None:
    """Fits both last convolutions by least squares on the features that they read."""
    means = nn.functional.avg_pool2d(pictures, 8)
    detail = pictures.mean(1, keepdim=True) - nn.functional.avg_pool2d(pictures, 5, 1, 2).mean(
        1, keepdim=True
    )
    edges = 4 * nn.functional.avg_pool2d(detail.clamp(-0.25, 0.25), 8)
    _fit(vae.encoder, vae.encoder.conv_out, pictures, torch.cat([means, edges], 1), rows=4)
    vae.encoder.conv_out.weight[4:] = 0
    vae.encoder.conv_out.bias[4:] = -6  # log-variance: a little noise from the start
    latents = vae.encode(pictures).latent_dist.mode()
    _fit(vae.decoder, vae.decoder.conv_out, latents, pictures, rows=3)


def _fit(
    net: nn.Module, last: nn.Conv2d, inputs: torch.Tensor, target: torch.Tensor, rows: int
) -> None:
    _centre(net, inputs)
    caught: list[torch.Tensor] = []
    handle = last.register_forward_pre_hook(lambda _module, args: caught.append(args[0]))
    net(inputs)
    handle.remove()
    features = caught[0].movedim(1, -1).flatten(0, 2).double()
    wanted = target.movedim(1, -1).flatten(0, 2).double()
    features = torch.cat([features, torch.ones_like(features[:, :1])], 1)
    gram = features.T @ features
    gram += 1e-4 * len(features) * torch.eye(len(gram), dtype=gram.dtype)
    solution = torch.linalg.solve(gram, features.T @ wanted).float().T
    last.weight[:rows] = 0
    last.weight[:rows, :, 1, 1] = solution[:, :-1]
    last.bias[:rows] = solution[:, -1]


def _centre(net: nn.Module, inputs: torch.Tensor) -> None:
    """Undoes the shift that the constants give their group, and mutes them after the norm."""
    norm = net.conv_norm_out
    caught: list[torch.Tensor] = []
    handle = norm.register_forward_pre_hook(lambda _module, args: caught.append(args[0]))
    net(inputs)
    handle.remove()
    groups = caught[0].unflatten(1, (norm.num_groups, -1)).flatten(2)
    shift = (groups.mean(2) / groups.std(2)).mean(0)
    shift = shift.repeat_interleave(len(norm.bias) // norm.num_groups)
    norm.weight[SIGNALS] = GAIN
    norm.bias[SIGNALS] = GAIN * shift[SIGNALS]
    norm.weight[CONSTANTS] = 0
