"""Measured times as plain data, so that they outlive the process."""

from __future__ import annotations

from typing import Any

from webui.engine.packing import Widths


def keep_widths(widths: Widths) -> dict[str, Any]:
    """Plain data for JSON."""
    return {
        key: {str(calls): samples for calls, samples in known.items()}
        for key, known in widths.seconds.items()
    }


def kept_widths(data: dict[str, Any]) -> Widths:
    """Undo `keep_widths`; what makes no sense is measured anew."""
    widths = Widths()
    for key, known in data.items():
        try:
            widths.seconds[key] = {
                int(calls): [float(seconds) for seconds in samples]
                for calls, samples in known.items()
            }
        except (AttributeError, TypeError, ValueError):
            continue
    return widths
