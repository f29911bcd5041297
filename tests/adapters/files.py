"""Small networks with the names of real ones, and LoRA files for them in every spelling."""

import torch
from safetensors.torch import save_file
from torch import nn

from webui.adapters import Patcher

COMPANIONS = "models/pocket/companions"
LINEAR, CONV, TEXT = "mid_block.attn.to_q", "down_blocks.0.resnets.0.conv1", "encoder.fc1"
PLACES = {
    LINEAR: ("unet", "mid_block_attn_to_q"),
    CONV: ("unet", "down_blocks_0_resnets_0_conv1"),
    TEXT: ("text_encoder", "encoder_fc1"),
}


def tree(layers):
    """Nested modules from {"a.b.c": layer}."""
    root = nn.Module()
    for name, layer in layers.items():
        *parents, last = name.split(".")
        node = root
        for parent in parents:
            if not hasattr(node, parent):
                node.add_module(parent, nn.Module())
            node = getattr(node, parent)
        node.add_module(last, layer)
    return root


def networks(dtype=torch.float32, text=TEXT, memory=torch.preserve_format):
    """The parts of a checkpoint with three layers that LoRAs change, and one that they do not."""
    torch.manual_seed(0)
    conv = nn.Conv2d(4, 6, 3)
    unet = tree({LINEAR: nn.Linear(4, 5), CONV: conv, "conv_out": nn.Conv2d(2, 2, 1)})
    encoder = tree({text: nn.Linear(3, 7)})
    return {
        "unet": unet.to(dtype=dtype, memory_format=memory),
        "text_encoder": encoder.to(dtype),
    }


def weights(modules):
    """All of them, as they are now."""
    return {
        f"{part}.{name}": value.detach().clone()
        for part, module in modules.items()
        for name, value in module.state_dict().items()
    }


def same_bits(first, second):
    def bits(value):
        return value.reshape(-1).view(torch.uint8)

    return first.keys() == second.keys() and all(
        torch.equal(bits(first[name]), bits(second[name])) for name in first
    )


def factors(rank=2, seed=1):
    """{layer: (down, up)} for the three layers, small enough for float16 to hold exactly."""
    draw = torch.Generator().manual_seed(seed)

    def numbers(*shape):
        return torch.randint(-8, 9, shape, generator=draw).half() / 16

    return {
        LINEAR: (numbers(rank, 4), numbers(5, rank)),
        CONV: (numbers(rank, 4, 3, 3), numbers(6, rank, 1, 1)),
        TEXT: (numbers(rank, 3), numbers(7, rank)),
    }


def kohya(of, alpha=None):
    """Tensors by the names of kohya's trainer."""
    tensors = {}
    for layer, (down, up) in of.items():
        prefix = "lora_te_text_model." if layer == TEXT else "lora_unet_"
        name = (prefix + layer).replace(".", "_")
        tensors[f"{name}.lora_down.weight"], tensors[f"{name}.lora_up.weight"] = down, up
        if alpha is not None:
            tensors[f"{name}.alpha"] = torch.tensor(float(alpha))
    return tensors


def diffusers(of, down_ending="lora_A.weight", up_ending="lora_B.weight"):
    """Tensors by the names of diffusers, which has no alpha: it is the rank."""
    tensors = {}
    for layer, (down, up) in of.items():
        name = f"text_encoder.text_model.{layer}" if layer == TEXT else f"unet.{layer}"
        tensors[f"{name}.{down_ending}"], tensors[f"{name}.{up_ending}"] = down, up
    return tensors


def saved(folder, tensors, name="sample", **metadata):
    path = folder / f"{name}.safetensors"
    own = {name: tensor.clone() for name, tensor in tensors.items()}
    said = {key.replace("__", "."): v for key, v in metadata.items()}
    save_file(own, path, metadata=said or None)
    return path


def patched(*worn, **kinds):
    """The weights of new networks that wear these."""
    modules = networks(**kinds)
    Patcher(modules).wear(worn)
    return weights(modules)
