"""What prompts may name on this machine: wildcards and styles, both plain files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from webui.errors import BadFile, NotFound
from webui.prompting import Wildcards, expand_each, has_choices
from webui.prompting.style_sheet import StyleSheet, read_styles, write_styles
from webui.prompting.styles import apply_styles, find_styles
from webui.request.choices import Style
from webui.service.files import write_whole

_LARGEST = 4 << 20


@dataclass(frozen=True, slots=True)
class Words:
    """`folder` holds `wildcards/` and `styles.csv` (A1111's); neither needs to exist."""

    folder: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def wildcards(self) -> Wildcards:
        return Wildcards(self.folder / "wildcards")

    @property
    def styles(self) -> tuple[Style, ...]:
        """Every style; none where the file cannot be read, which `sheet` says."""
        try:
            return self.sheet().styles
        except BadFile:
            return ()

    def sheet(self) -> StyleSheet:
        """The file of styles. Raises BadFile if it is none."""
        path = self.folder / "styles.csv"
        if not path.exists():
            return StyleSheet()
        try:
            if path.stat().st_size > _LARGEST:
                raise BadFile(f"{path.name} is larger than {_LARGEST >> 20} MB.")
            return read_styles(path.read_bytes())
        except OSError as error:
            raise BadFile(f"{path.name} cannot be read: {error.strerror}.") from None

    def keep_style(self, style: Style) -> None:
        """Add or replace a style. Raises BadFile or DiskTrouble; then nothing has changed."""
        self._write(lambda sheet: sheet.put(style))

    def drop_style(self, name: str) -> None:
        """Remove a style. Raises NotFound."""
        if all(style.name != name for style in self.sheet().styles):
            raise NotFound(f"There is no style {name!r}.")
        self._write(lambda sheet: sheet.without(name))

    def _write(self, change: Callable[[StyleSheet], StyleSheet]) -> None:
        with self._lock:
            write_whole(self.folder / "styles.csv", write_styles(change(self.sheet())))

    def word(self, prompt: str, negative: str, names: tuple[str, ...]) -> tuple[str, str]:
        """Both prompts with styles around them. Raises RequestRejected for an unknown name."""
        if not names:
            return prompt, negative
        found = find_styles(names, self.sheet().styles)
        return (
            apply_styles(prompt, (style.prompt for style in found)),
            apply_styles(negative, (style.negative_prompt for style in found)),
        )

    def draw(self, text: str, seeds: tuple[int, ...]) -> Sequence[str]:
        """What a prompt leaves to chance, drawn. Raises RequestRejected with a caret."""
        if not has_choices(text):
            return [text] * len(seeds)
        return expand_each(text, self.wildcards, seeds)
