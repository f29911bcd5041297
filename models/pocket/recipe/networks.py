"""The text encoder, the UNet and the scheduler of the pocket model."""

from __future__ import annotations

from diffusers import DPMSolverMultistepScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from .settings import LATENT_SIDE, TOKENS

TEXT_WIDTH = 128


def new_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    """Two layers are enough for captions that name five or six things."""
    config = CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=TEXT_WIDTH,
        intermediate_size=4 * TEXT_WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=TOKENS,
        projection_dim=TEXT_WIDTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return CLIPTextModel(config)


def new_unet() -> UNet2DConditionModel:
    """Cross-attention at every level; one residual block per level on the way down."""
    return UNet2DConditionModel(
        sample_size=LATENT_SIDE,
        block_out_channels=(48, 96, 112),
        down_block_types=("CrossAttnDownBlock2D",) * 3,
        up_block_types=("CrossAttnUpBlock2D",) * 3,
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
