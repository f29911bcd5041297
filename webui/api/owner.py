"""Who asks: found out by the guard before anything else runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request


def owner_of(request: Request) -> str:
    """The owner whom the guard has let in."""
    return str(request.scope["darkroom.owner"])


Owner = Annotated[str, Depends(owner_of)]
