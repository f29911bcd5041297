"""`webui remake`: a saved picture made again in a studio of its own, and compared."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from webui.errors import WebuiError
from webui.generating import follow
from webui.inline_studio import inline_studio
from webui.opening import surroundings
from webui.request import read_png
from webui.service import LOCAL_OWNER, NamedFiles, RemadeView, plan_remaking
from webui.service.files import write_whole
from webui.settings import Settings


@dataclass(frozen=True, slots=True)
class Again:
    """A picture to make again; `warnings`: what may change its pixels, in words."""

    source: Path
    target: Path | None
    warnings: tuple[str, ...]

    def run(self, settings: Settings, *, quiet: bool = True) -> RemadeView:
        """Make it, compare it, and write it if a name was given. Raises WebuiError."""
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "again.png"
            with inline_studio(settings, NamedFiles(made)) as studio:
                job = studio.remake(self.source, LOCAL_OWNER)
                ended = follow(studio, job.id, quiet=quiet)
            assert ended.remade
            if self.target:
                write_whole(self.target, made.read_bytes())
            return ended.remade


def look_at(source: Path, output: Path | None, settings: Settings) -> Again:
    """Read a picture and compare what it was made with to what is here, before anything runs.

    Raises WebuiError where it cannot be made again, or `output` is no name for it.
    """
    around = surroundings(settings)
    found = plan_remaking(
        source.name, read_png(source), around.choices(), around.extended_here, around.version
    )
    warnings = (*found.warnings, *around.extensions.changed(found.request))
    target = None
    if output:
        target = NamedFiles(output.absolute()).place("", 0, found.request, 0)
        if target.exists() and target.samefile(source):
            raise WebuiError("That would overwrite the picture itself. Give another name.")
    return Again(source.absolute(), target, warnings)
