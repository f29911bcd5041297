"""What formats do, worked out in float64 from their definitions, and small layers to do it to."""

import torch

from webui.adapters.lora_layers import find_layers

LINEAR, CONV = (6, 4), (6, 4, 3, 3)
NAME = "lora_unet_mid_block_layer"


def numbers(*shape, seed=0):
    draw = torch.Generator().manual_seed(seed + sum(shape) + 7 * len(shape))
    return torch.randn(shape, generator=draw)


def named(slots):
    """Tensors of one layer by kohya's names, `lora_up__weight` for `.lora_up.weight`."""
    return {f"{NAME}.{slot.replace('__', '.')}": tensor for slot, tensor in slots.items()}


def read_layer(slots, formats, alpha=None):
    """The only layer of such a file: what its header says, and its change."""
    tensors = named(slots)
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    (layer,) = find_layers(shapes, "it", formats).by_place.values()
    own = {slot: tensors[name] for slot, name in layer.names.items()}
    return layer, layer.format.read(own, alpha)


def applied(slots, formats, base, strength=1.0, alpha=None):
    """The weight after it was changed, and the layer."""
    layer, change = read_layer(slots, formats, alpha)
    assert layer.fits(base.shape), (layer.size, base.shape)
    kept = base.clone()
    delta = change.delta(base, strength)
    assert torch.equal(base, kept)
    assert (delta.shape, delta.dtype) == (base.shape, torch.float32)
    return base + delta, layer


def close(found, expected):
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)


def low_rank(down, up, mid=None, scale=1.0):
    """`up` after `mid` after `down`, [out, in, …], in float64."""
    up, down = up.double(), down.double()
    if mid is not None:
        core = mid.double()
        return scale * torch.einsum("op,pqhw,qi->oihw", up.flatten(1), core, down.flatten(1))
    whole = torch.einsum("or,r...->o...", up.flatten(1), down)
    return scale * whole


def decomposed(base, delta, lengths, axis, strength=1.0):
    """W + s · (m · (W + ΔW) / ‖W + ΔW‖ - W), the norm over all axes but one."""
    base = base.double()
    merged = base + delta.reshape(base.shape)
    others = [other for other in range(base.ndim) if other != axis]
    norm = torch.linalg.vector_norm(merged, dim=others, keepdim=True)
    wanted = merged / norm * lengths.double().reshape(norm.shape)
    return base + strength * (wanted - base)
