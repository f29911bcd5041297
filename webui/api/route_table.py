"""Who may call which route: every route of the final app, Gradio's own included.

A route that is not in this table does not exist. A test compares the table with the app.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cached_property


class Access(Enum):
    """PUBLIC: anybody who reaches the studio. OWNER: the person it serves. BLOCKED: nobody."""

    PUBLIC = "public"
    OWNER = "owner"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Rule:
    """`path` in Starlette's form, `{name}` for a part and `{name:path}` for the rest."""

    methods: frozenset[str]
    path: str
    access: Access

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        parts = re.split(r"(\{[^}]+\})", self.path)
        return re.compile("".join(_part(part) for part in parts) + r"\Z")


def _part(part: str) -> str:
    if not part.startswith("{"):
        return re.escape(part)
    return ".*" if part.endswith(":path}") else "[^/]+"


@dataclass(frozen=True)
class RouteTable:
    """The first rule that fits decides."""

    rules: tuple[Rule, ...]

    def access(self, method: str, path: str) -> Access | None:
        """Who may do this; None for a route that is not in the table."""
        wanted = "GET" if method == "HEAD" else method
        for rule in self.rules:
            if wanted in rule.methods and rule.pattern.match(path):
                return rule.access
        return None


def rules(access: Access, *routes: str) -> tuple[Rule, ...]:
    """Rules of one access, each from "METHOD,METHOD /path"."""
    split = (route.partition(" ") for route in routes)
    return tuple(Rule(frozenset(m.split(",")), path, access) for m, _, path in split)


OURS = (
    *rules(Access.PUBLIC, "GET /healthz"),
    *rules(
        Access.OWNER,
        "POST,GET /api/v1/jobs",
        "GET,DELETE /api/v1/jobs/{job_id}",
        "GET /api/v1/jobs/{job_id}/events",
        "GET /api/v1/events",
        "GET /api/v1/images",
        "GET,DELETE /api/v1/images/{image_id}",
        "GET /api/v1/checkpoints",
        "GET /api/v1/samplers",
        "GET /api/v1/schedules",
        "GET /openapi.json",
        "GET /api/docs",
        "GET /api/docs/start.js",
        "GET /api/docs/swagger-ui.css",
        "GET /api/docs/swagger-ui-bundle.js",
        "GET /studio/{name}",
    ),
)
