"""Whose random numbers a picture began with, and what that means for its seed here."""

from __future__ import annotations

from webui.metadata.draft import Draft


def from_cpu(draft: Draft) -> None:
    """The tool draws its noise on the CPU, as Darkroom does by itself."""
    draft.fields["noise_source"] = "cpu"


def from_gpu(draft: Draft) -> None:
    """The tool drew its noise on a GPU; which one, it does not say."""
    draft.fields["noise_source"] = "nv"
    draft.note(
        "Made with a GPU's random numbers of another tool: the seed may give another picture"
        " here. The noise source is set to NV, which comes closest."
    )


def unknown(draft: Draft) -> None:
    """The tool does not say, and cannot be followed."""
    draft.note("The seed gives another picture here: the tool's random numbers are its own.")
