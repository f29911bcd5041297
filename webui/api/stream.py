"""Server-sent events over the studio's subscriptions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress

from fastapi.responses import StreamingResponse

from webui.service import Studio, Told

_KEEP_ALIVE = 15.0
"""Seconds of silence after which a comment is sent, so that proxies and browsers stay."""

_MOST_UNREAD = 2000
"""Events that wait for a slow reader; then it is cut off and resumes by Last-Event-ID."""

_ENDED = ("done", "failed", "cancelled")


def encode(told: Told) -> bytes:
    """One event in the form of the HTML standard."""
    head = f"id: {told.id}\n" if told.id else ""
    return f"{head}event: {told.kind}\ndata: {json.dumps(told.data)}\n\n".encode()


async def event_stream(
    studio: Studio, owner: str, job_id: str | None, after: str | None, *, previews: bool
) -> StreamingResponse:
    """Events of one job until it ends, or of all jobs for ever. Raises NotFound."""
    loop = asyncio.get_running_loop()
    unread: asyncio.Queue[Told | None] = asyncio.Queue()

    def put(told: Told) -> None:
        if unread.qsize() < _MOST_UNREAD:
            unread.put_nowait(told)
        elif unread.qsize() == _MOST_UNREAD:
            unread.put_nowait(None)

    def tell(told: Told) -> None:
        with suppress(RuntimeError):  # the server has just stopped, and nobody reads any more
            loop.call_soon_threadsafe(put, told)

    if job_id:
        await asyncio.to_thread(studio.job, job_id, owner)

    async def body() -> AsyncIterator[bytes]:
        # Only a stream that is really read subscribes, so that every subscription has an end.
        subscription = await asyncio.to_thread(
            studio.subscribe, owner, job_id, after, tell, previews=previews
        )
        try:
            yield b"retry: 1000\n\n"
            async for line in _lines(unread, job_id):
                yield line
        finally:
            # Not awaited: a reader who left has cancelled this task, and every await in it.
            loop.run_in_executor(None, studio.unsubscribe, subscription)

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(body(), media_type="text/event-stream", headers=headers)


async def _lines(
    unread: asyncio.Queue[Told | None], job_id: str | None
) -> AsyncGenerator[bytes, None]:
    """Events as they come, and a comment in every silence, until the one job has ended."""
    while True:
        try:
            told = await asyncio.wait_for(unread.get(), _KEEP_ALIVE)
        except TimeoutError:
            yield b": still here\n\n"
            continue
        if told is None:
            return
        yield encode(told)
        if job_id and told.kind == "job" and told.data["state"] in _ENDED:
            return
