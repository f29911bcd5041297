"""The table of all routes of the final app, with who may call each."""

from __future__ import annotations

from webui.api.route_table import OURS, Access, Rule, rules

GRADIO_OPEN = (
    *rules(
        Access.PUBLIC,
        "GET /svelte/{path:path}",
        "GET /static/{path:path}",
        "GET /assets/{path:path}",
        "GET /favicon.ico",
        "GET /robots.txt",
        "GET /theme.css",
        "GET /gradio_api/theme.css",
        "GET /manifest.json",
    ),
    *rules(
        Access.OWNER,
        "GET /",
        "GET /config",
        "GET /config/",
        "GET /gradio_api/info",
        "GET /gradio_api/info/",
        "GET /gradio_api/app_id",
        "GET /gradio_api/app_id/",
        "GET /gradio_api/startup-events",
        "GET /gradio_api/heartbeat/{session_hash}",
        "POST /gradio_api/queue/join",
        "GET /gradio_api/queue/data",
        "POST /gradio_api/reset",
        "POST /gradio_api/reset/",
    ),
)
"""What Gradio's page needs to run."""

GRADIO_BLOCKED = rules(
    Access.BLOCKED,
    # Sign-in is ours; Gradio's own covers neither the API nor the files.
    "POST /login",
    "POST /login/",
    "GET /logout",
    "GET /gradio_api/user",
    "GET /gradio_api/user/",
    "GET /gradio_api/login_check",
    "GET /gradio_api/login_check/",
    "GET /gradio_api/token",
    "GET /gradio_api/token/",
    # Functions are reached through the page's queue alone; programs have the native API.
    "POST /gradio_api/api/{api_name}",
    "POST /gradio_api/api/{api_name}/",
    "POST /gradio_api/run/{api_name}",
    "POST /gradio_api/run/{api_name}/",
    "POST /gradio_api/call/{api_name}",
    "POST /gradio_api/call/{api_name}/",
    "POST /gradio_api/call/v2/{api_name}",
    "POST /gradio_api/call/v2/{api_name}/",
    "GET /gradio_api/call/{api_name}/{event_id}",
    "GET /gradio_api/call/v2/{api_name}/{event_id}",
    "POST /gradio_api/component_server",
    "POST /gradio_api/component_server/",
    "GET /gradio_api/queue/status",
    # Anyone who knew a session could stop its work.
    "POST /gradio_api/cancel",
    # Pictures are served by id from our own route, never by path; nothing is uploaded yet.
    "GET /gradio_api/file={path_or_url:path}",
    "GET /gradio_api/file/{path:path}",
    "GET /gradio_api/proxy={url_path:path}",
    "POST /gradio_api/upload",
    "GET /gradio_api/upload_progress",
    "POST /gradio_api/process_recording",
    "POST /gradio_api/stream/{event_id}",
    "POST /gradio_api/stream/{event_id}/close",
    "GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8",
    "GET /gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}",
    "GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file",
    # Parts of Gradio that the studio does not use.
    "GET /gradio_api/deep_link",
    "GET /gradio_api/dev/reload",
    "GET /gradio_api/runs",
    "GET /gradio_api/runs/",
    "GET /gradio_api/openapi.json",
    "GET /gradio_api/custom_component/{id}/{environment}/{type}/{file_name}",
    "GET /monitoring",
    "GET /monitoring/summary",
    "GET /monitoring/{key}",
    "GET /pwa_icon",
    "GET /pwa_icon/{size}",
    "POST /gradio_api/vibe-edit",
    "POST /gradio_api/vibe-edit/",
    "POST /gradio_api/undo-vibe-edit",
    "POST /gradio_api/undo-vibe-edit/",
    "GET,POST /gradio_api/vibe-code",
    "GET,POST /gradio_api/vibe-code/",
    "POST /gradio_api/vibe-starter-queries",
    "POST /gradio_api/vibe-starter-queries/",
)
"""Routes that Gradio brings and nobody may call, with the reason."""

ROUTES: tuple[Rule, ...] = (*OURS, *GRADIO_OPEN, *GRADIO_BLOCKED)
