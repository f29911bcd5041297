"""For authors of extensions: data whose answers are known exactly, and checks of what they wrote.

    from webui.testing import check_extension, check_sampler

    def test_my_sampler():
        assert check_sampler(my_sampler) == []

Every check returns what is wrong, in plain words; an empty list is good.
"""

from webui.testing.data import Gaussian, Points
from webui.testing.driving import drive, fake_noise
from webui.testing.extensions import check_extension
from webui.testing.pictures import check_preprocessor, check_upscaler
from webui.testing.samplers import check_sampler
from webui.testing.schedules import check_schedule

__all__ = [
    "Gaussian",
    "Points",
    "check_extension",
    "check_preprocessor",
    "check_sampler",
    "check_schedule",
    "check_upscaler",
    "drive",
    "fake_noise",
]
