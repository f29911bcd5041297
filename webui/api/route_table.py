"""Who may call which route: every route of the final app, Gradio's own included.

A route that is not in this table does not exist. A test compares the table with the app.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

MAX_BODY = 2 << 20
"""Bytes. The longest request there is, both prompts filled with 4-byte letters, is far smaller."""

MAX_PICTURE = 64 << 20
"""Bytes, where a picture is what is sent."""


class Access(Enum):
    """PUBLIC: anybody who reaches the studio. OWNER: the person it serves. BLOCKED: nobody."""

    PUBLIC = "public"
    OWNER = "owner"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Rule:
    """`path` in Starlette's form, `{name}` for a part and `{name:path}` for the rest.

    `most`: bytes of a body that are taken.
    """

    methods: frozenset[str]
    path: str
    access: Access
    most: int

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
        rule = self.rule(method, path)
        return rule.access if rule else None

    def rule(self, method: str, path: str) -> Rule | None:
        """The rule for this; None for a route that is not in the table."""
        wanted = "GET" if method == "HEAD" else method
        for rule in self.rules:
            if wanted in rule.methods and rule.pattern.match(path):
                return rule
        return None


def rules(access: Access, *routes: str, most: int = MAX_BODY) -> tuple[Rule, ...]:
    """Rules of one access, each from "METHOD,METHOD /path". `most`: bytes of a body."""
    split = (route.partition(" ") for route in routes)
    return tuple(Rule(frozenset(m.split(",")), path, access, most) for m, _, path in split)


OURS = (
    *rules(Access.PUBLIC, "GET /healthz"),
    # These take whole pictures.
    *rules(
        Access.OWNER,
        "POST /api/v1/metadata",
        "POST /api/v1/remakes",
        "POST /api/v1/inputs",
        most=MAX_PICTURE,
    ),
    *rules(
        Access.OWNER,
        "POST,GET /api/v1/jobs",
        "GET,DELETE /api/v1/jobs/{job_id}",
        "GET /api/v1/jobs/{job_id}/events",
        "GET /api/v1/events",
        "GET /api/v1/images",
        "GET,DELETE /api/v1/images/{image_id}",
        "GET /api/v1/images/{image_id}/metadata",
        "GET /api/v1/images/{image_id}/as/{kind}",
        "POST /api/v1/images/{image_id}/remake",
        "GET /api/v1/images/{image_id}/lineage",
        "GET /api/v1/inputs/{sha256}",
        "GET /api/v1/controls",
        "POST /api/v1/maps",
        "GET /api/v1/cards/{kind}",
        "GET,PUT /api/v1/cards/{kind}/{name:path}/preview",
        "PUT /api/v1/cards/{kind}/{name:path}/notes",
        "GET /api/v1/cards/{kind}/{name:path}",
        "POST /api/v1/loras/truth",
        "GET /api/v1/extensions",
        "PUT /api/v1/extensions/{extension}",
        "PUT /api/v1/extensions/{extension}/settings",
        "GET /api/v1/upscalers",
        "POST /api/v1/cost",
        "POST /api/v1/prompt/check",
        "GET /api/v1/words",
        "GET,PUT,DELETE /api/v1/styles/{name}",
        "GET /api/v1/styles",
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
