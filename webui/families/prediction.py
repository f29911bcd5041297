"""What denoising networks are trained to say, and how x0 is read from it.

We hold x = x0 + sigma * eps. Networks are given it at the scale they were trained with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webui.families.protocol import Prediction

if TYPE_CHECKING:
    from torch import Tensor


def network_input(prediction: Prediction, x: Tensor, sigma: Tensor) -> Tensor:
    """`x` as the network sees it; `sigma` has the shape of `x` or is spread to it.

    Of unit variance, or, for flow, x_t = (1 - t) x0 + t eps with sigma = t / (1 - t).
    """
    return x / (1 + sigma) if prediction == "flow" else x * (sigma**2 + 1).rsqrt()


def clean(prediction: Prediction, said: Tensor, x: Tensor, sigma: Tensor) -> Tensor:
    """x0, given what the network `said` of `x` in our form.

    epsilon: the noise. v_prediction: alpha * eps - sigma_vp * x0, with alpha = 1 / sqrt(1 +
    sigma**2) and sigma_vp = sigma * alpha (Salimans and Ho, https://arxiv.org/abs/2202.00512).
    sample: x0 itself. flow: eps - x0 (Liu et al., https://arxiv.org/abs/2209.03003).
    """
    match prediction:
        case "epsilon":
            return x - sigma * said
        case "v_prediction":
            scale = (sigma**2 + 1).rsqrt()
            return x * scale**2 - said * sigma * scale
        case "sample":
            return said
        case "flow":
            return (x - sigma * said) / (1 + sigma)
