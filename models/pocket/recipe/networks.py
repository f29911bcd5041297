"""The text encoder, the UNet and the scheduler of the pocket model."""

from __future__ import annotations

from diffusers import DPMSolverMultistepScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from .settings import LATENT_SIDE, TOKENS

TEXT_WIDTH = 128


def new_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """Three layers: a caption may name three things, each with a colour, size and place."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=TEXT_WIDTH,
        intermediate_size=4 * TEXT_WIDTH,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=TOKENS,
        projection_dim=TEXT_WIDTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(config)


def new_unet() -> UNet2DConditionModel:
    """Convolutions alone at the finest level, attention below it.

    Attention among all 256 cells costs as much as everything else together and adds nothing that
    a cell of two by two does not know; SDXL leaves it out at its finest level, too.
    """
    return UNet2DConditionModel(
        sample_size=LATENT_SIDE,
        block_out_channels=(64, 128, 160),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=8,
        attention_head_dim=4,  # in this class the number of heads
        cross_attention_dim=TEXT_WIDTH,
    )


def new_scheduler() -> DPMSolverMultistepScheduler:
    """The noise schedule that the UNet is trained on, with the sampler that suits it best."""
    return DPMSolverMultistepScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        num_train_timesteps=1000,
        prediction_type="v_prediction",
        algorithm_type="dpmsolver++",
        solver_order=2,
        use_karras_sigmas=True,
        steps_offset=1,
        timestep_spacing="trailing",
    )
