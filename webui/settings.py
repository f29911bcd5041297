"""Settings of one start of the program: frozen, made once from the command line."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

HOUSE = Path(__file__).resolve().parent.parent
"""The folder that holds `webui/`, `models/` and `outputs/`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and where to listen. Paths are absolute.

    `patience`: seconds that an extension may keep the engine. `safe_mode`: no extension is loaded.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    models: Path = field(default=HOUSE / "models")
    outputs: Path = field(default=HOUSE / "outputs")
    extensions: Path = field(default=HOUSE / "extensions")
    patience: float = 60.0
    safe_mode: bool = False

    @property
    def state(self) -> Path:
        """The folder of the database and of measured speeds, beside the pictures it speaks of."""
        return self.outputs / ".darkroom"

    @property
    def database(self) -> Path:
        return self.state / "studio.db"

    @property
    def inputs(self) -> Path:
        """The folder of the pictures that people sent, by what is in them."""
        return inputs_folder(self.state)


def inputs_folder(state: Path) -> Path:
    """Where inputs lie beside the database."""
    return state / "inputs"
