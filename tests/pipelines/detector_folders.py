"""Tiny networks of transformers with random weights, in folders as people have them."""

import torch
from safetensors.torch import save_file
from transformers import (
    ConvNextConfig,
    DepthAnythingConfig,
    DepthAnythingForDepthEstimation,
    Dinov2Config,
    DPTConfig,
    DPTForDepthEstimation,
    DPTImageProcessor,
    RTDetrConfig,
    RTDetrForObjectDetection,
    RTDetrImageProcessor,
    RTDetrResNetConfig,
    SegformerConfig,
    SegformerForSemanticSegmentation,
    SegformerImageProcessor,
    UperNetConfig,
    UperNetForSemanticSegmentation,
    VitPoseBackboneConfig,
    VitPoseConfig,
    VitPoseForPoseEstimation,
    VitPoseImageProcessor,
)
from transformers.utils import logging

from webui.pipelines.detector_hed import Hed

STAGES = ["stage1", "stage2", "stage3", "stage4"]


def dpt():
    config = DPTConfig(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=16,
        image_size=32,
        patch_size=8,
        backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[4, 4, 8, 8],
        fusion_hidden_size=8,
    )
    return DPTForDepthEstimation(config), DPTImageProcessor(size={"height": 32, "width": 32})


def depth_anything(**options):
    backbone = Dinov2Config(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        image_size=28,
        patch_size=14,
        out_features=STAGES,
        reshape_hidden_states=False,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=16,
        neck_hidden_sizes=[4, 4, 8, 8],
        fusion_hidden_size=8,
        head_hidden_size=4,
        **options,
    )
    processor = DPTImageProcessor(
        size={"height": 28, "width": 28}, keep_aspect_ratio=True, ensure_multiple_of=14
    )
    return DepthAnythingForDepthEstimation(config), processor


def segformer(kinds=150):
    config = SegformerConfig(
        depths=[1] * 4,
        hidden_sizes=[8] * 4,
        num_attention_heads=[1] * 4,
        mlp_ratios=[2] * 4,
        decoder_hidden_size=8,
        num_labels=kinds,
    )
    processor = SegformerImageProcessor(size={"height": 64, "width": 64})
    return SegformerForSemanticSegmentation(config), processor


def upernet():
    backbone = ConvNextConfig(hidden_sizes=[8] * 4, depths=[1] * 4, out_features=STAGES)
    config = UperNetConfig(
        backbone_config=backbone,
        hidden_size=8,
        pool_scales=[1, 2],
        auxiliary_in_channels=8,
        auxiliary_channels=4,
        num_labels=150,
    )
    processor = SegformerImageProcessor(size={"height": 64, "width": 64})
    return UperNetForSemanticSegmentation(config), processor


def rt_detr():
    backbone = RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[8] * 4,
        depths=[1] * 4,
        layer_type="basic",
        out_features=STAGES[1:],
    )
    config = RTDetrConfig(
        backbone_config=backbone,
        encoder_hidden_dim=16,
        encoder_in_channels=[8] * 3,
        encoder_ffn_dim=16,
        encoder_attention_heads=2,
        d_model=16,
        num_queries=10,
        decoder_in_channels=[16] * 3,
        decoder_ffn_dim=16,
        decoder_layers=1,
        decoder_attention_heads=2,
        num_denoising=0,
        id2label={0: "cat", 1: "person"},
    )
    return RTDetrForObjectDetection(config), RTDetrImageProcessor(size={"height": 64, "width": 64})


def vitpose(joints=17):
    backbone = VitPoseBackboneConfig(
        image_size=[64, 48],
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        out_indices=[1],
    )
    config = VitPoseConfig(backbone_config=backbone, num_labels=joints)
    return VitPoseForPoseEstimation(config), VitPoseImageProcessor(size={"height": 64, "width": 48})


def put(folder, make, change=None, **options):
    """Save what `make` gives, the same each time; `change` may alter the model before."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with torch.random.fork_rng([]), torch.no_grad():
        torch.manual_seed(1)
        model, processor = make()
        if change:
            change(model)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder, **options)
    processor.save_pretrained(folder)


def put_hed(folder, prefix="", change=None):
    """ControlNet's edge network, of its full size, in half precision."""
    with torch.random.fork_rng([]):
        torch.manual_seed(1)
        weights = {prefix + name: one.half() for name, one in Hed().state_dict().items()}
    if change:
        change(weights)
    folder.mkdir(parents=True, exist_ok=True)
    save_file(weights, folder / "ControlNetHED.safetensors")
