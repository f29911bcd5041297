"""The table of schedules."""

from __future__ import annotations

from webui.request import ScheduleInfo

_ENDS = (("sigma_min", None), ("sigma_max", None))
"""The levels it goes between; None is the checkpoint's own."""

SCHEDULES: tuple[ScheduleInfo, ...] = (
    ScheduleInfo(
        "normal",
        "Normal",
        "webui.sampling:normal",
        aliases=("uniform",),
        help="Even in training time.",
    ),
    ScheduleInfo(
        "karras",
        "Karras",
        "webui.sampling:karras",
        help="More steps at low noise.",
        options=(("rho", 7.0), *_ENDS),
    ),
    ScheduleInfo(
        "exponential",
        "Exponential",
        "webui.sampling:exponential",
        help="Even in log noise.",
        options=_ENDS,
    ),
    ScheduleInfo(
        "sgm_uniform",
        "SGM Uniform",
        "webui.sampling:sgm_uniform",
        aliases=("SGMUniform",),
        help="Even in training time, without the last step; for few-step checkpoints.",
    ),
    ScheduleInfo(
        "ddim_uniform",
        "DDIM",
        "webui.sampling:ddim_uniform",
        aliases=("ddim",),
        help="Whole training steps, as DDIM was published.",
    ),
    ScheduleInfo(
        "simple",
        "Simple",
        "webui.sampling:simple",
        help="Whole training steps, evenly.",
    ),
    ScheduleInfo(
        "beta",
        "Beta",
        "webui.sampling:beta",
        help="More steps at both ends.",
        options=_ENDS,
    ),
    ScheduleInfo(
        "kl_optimal",
        "KL Optimal",
        "webui.sampling:kl_optimal",
        help="Even in the angle of the noise; good with few steps.",
        options=_ENDS,
    ),
    ScheduleInfo(
        "align_your_steps",
        "Align Your Steps",
        "webui.sampling:align_your_steps",
        aliases=(
            "ays",
            "AYS",
            "align_your_steps_11",
            "Align Your Steps 11",
        ),
        help="Searched for ten steps of Stable Diffusion 1.5.",
    ),
    ScheduleInfo(
        "align_your_steps_32",
        "Align Your Steps 32",
        "webui.sampling:align_your_steps_32",
        help="The same search with 32 steps.",
    ),
    ScheduleInfo(
        "align_your_steps_GITS",
        "Align Your Steps GITS",
        "webui.sampling:align_your_steps_gits",
        aliases=(
            "gits",
            "AYS GITS",
        ),
        help="Another search; most steps at low noise.",
    ),
    ScheduleInfo(
        "polyexponential",
        "Polyexponential",
        "webui.sampling:polyexponential",
        help="Exponential with a bend; without it the same.",
        options=(("rho", 1.0), *_ENDS),
    ),
    ScheduleInfo(
        "linear_quadratic",
        "Linear Quadratic",
        "webui.sampling:linear_quadratic",
        help="Half of the steps at the highest noise.",
    ),
    ScheduleInfo(
        "turbo",
        "Turbo",
        "webui.sampling:turbo",
        help="For checkpoints distilled to one to four steps.",
    ),
)
