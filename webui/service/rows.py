"""Jobs and pictures as rows. Every question names the owner, so nobody reads another's."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from webui.errors import NotFound
from webui.request import ResolvedRequest
from webui.service.database import Database
from webui.service.views import ImageView, JobState, RemadeView


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as it is stored.

    `original`: the picture that is made again, `remade`: how the new one compares to it, and
    `notes`: what was otherwise when it was made.
    """

    id: str
    owner: str
    state: JobState
    request: ResolvedRequest
    created: float
    message: str | None = None
    field: str | None = None
    notes: tuple[str, ...] = ()
    original: Path | None = None
    remade: RemadeView | None = None


@dataclass(frozen=True, slots=True)
class ImageRow:
    """A picture as it is stored; `path` is relative to the outputs folder.

    `content`: the hash of its pixels, by which it is known as an input.
    """

    id: str
    job: str
    owner: str
    picture: int
    seed: int
    path: PurePosixPath
    width: int
    height: int
    created: float
    content: str = ""

    def view(self) -> ImageView:
        return ImageView(
            id=self.id,
            job=self.job,
            url=f"/api/v1/images/{self.id}",
            index=self.picture,
            seed=self.seed,
            width=self.width,
            height=self.height,
            created=self.created,
        )


@dataclass(frozen=True, slots=True)
class InputRow:
    """A picture that an owner sent, by the hash of its pixels."""

    sha256: str
    owner: str
    width: int
    height: int
    alpha: bool
    created: float


def _job(row: sqlite3.Row) -> JobRow:
    return JobRow(
        id=row["id"],
        owner=row["owner"],
        state=row["state"],
        request=ResolvedRequest.model_validate_json(row["request"]),
        created=row["created"],
        message=row["message"],
        field=row["field"],
        notes=tuple(json.loads(row["notes"] or "[]")),
        original=Path(row["original"]) if row["original"] else None,
        remade=RemadeView.model_validate_json(row["remade"]) if row["remade"] else None,
    )


def _image(row: sqlite3.Row) -> ImageRow:
    return ImageRow(
        id=row["id"],
        job=row["job"],
        owner=row["owner"],
        picture=row["picture"],
        seed=row["seed"],
        path=PurePosixPath(row["path"]),
        width=row["width"],
        height=row["height"],
        created=row["created"],
        content=row["content"] or "",
    )


class Rows:
    """The tables, as the studio uses them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_owner(self, owner: str, name: str, now: float) -> None:
        with self._database.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO owners VALUES (?, ?, ?)", (owner, name, now))

    def add_job(self, job: JobRow, uses: Iterable[tuple[int, str, str]] = ()) -> None:
        """Add a job, and what its pictures begin with: picture, role and hash."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO jobs (id, owner, state, request, created, notes, original)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    job.id,
                    job.owner,
                    job.state,
                    job.request.model_dump_json(),
                    job.created,
                    json.dumps(job.notes),
                    str(job.original) if job.original else None,
                ),
            )
            connection.executemany(
                "INSERT OR IGNORE INTO uses (job, picture, role, sha256) VALUES (?, ?, ?, ?)",
                [(job.id, *use) for use in uses],
            )

    def set_remade(self, job_id: str, remade: RemadeView) -> None:
        """Note how a picture made again compares."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET remade = ? WHERE id = ?", (remade.model_dump_json(), job_id)
            )

    def pace(self, checkpoint: str) -> float | None:
        """Device seconds of a step of a pixel, by the latest finished jobs of a checkpoint."""
        rows = self._database.rows(
            "SELECT request, device_seconds FROM jobs WHERE state = 'done' AND device_seconds > 0"
            " AND json_extract(request, '$.checkpoint') = ?"
            # Pictures of a grid share steps, so that their seconds say little of a single one.
            " AND coalesce(json_array_length(request, '$.each'), 0) = 0"
            " ORDER BY number DESC LIMIT 5",
            (checkpoint,),
        )
        spent = pixels = 0.0
        for row in rows:
            request = ResolvedRequest.model_validate_json(row["request"])
            spent += row["device_seconds"]
            pixels += request.work * request.pictures
        return spent / pixels if pixels else None

    def job(self, job_id: str, owner: str) -> JobRow:
        """Raises NotFound, also for a job of somebody else."""
        rows = self._database.rows("SELECT * FROM jobs WHERE id = ? AND owner = ?", (job_id, owner))
        if not rows:
            raise NotFound(f"There is no job {job_id!r} of yours.")
        return _job(rows[0])

    def jobs(self, owner: str, limit: int, before: str | None = None) -> list[JobRow]:
        """The owner's jobs, newest first; those older than the job `before`."""
        rows = self._database.rows(
            "SELECT * FROM jobs WHERE owner = ? AND number < coalesce("
            "(SELECT number FROM jobs WHERE id = ? AND owner = jobs.owner), 1 << 62)"
            " ORDER BY number DESC LIMIT ?",
            (owner, before, limit),
        )
        return [_job(row) for row in rows]

    def unfinished(self, owner: str | None = None) -> list[JobRow]:
        """Jobs that were accepted and have not ended, oldest first."""
        rows = self._database.rows(
            "SELECT * FROM jobs WHERE state IN ('queued', 'running')"
            " AND owner = coalesce(?, owner) ORDER BY number",
            (owner,),
        )
        return [_job(row) for row in rows]

    def set_running(self, job_id: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET state = 'running' WHERE id = ? AND state = 'queued'", (job_id,)
            )

    def finish(
        self,
        job_id: str,
        state: JobState,
        now: float,
        *,
        message: str | None = None,
        field: str | None = None,
        device_seconds: float | None = None,
    ) -> bool:
        """End a job once. False if it had ended already."""
        with self._database.transaction() as connection:
            changed = connection.execute(
                "UPDATE jobs SET state = ?, finished = ?, message = ?, field = ?,"
                " device_seconds = ? WHERE id = ? AND state IN ('queued', 'running')",
                (state, now, message, field, device_seconds, job_id),
            )
            return changed.rowcount == 1

    def add_image(self, image: ImageRow) -> None:
        """Add or replace the row of a picture of a job."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO images"
                " (id, job, owner, picture, seed, path, width, height, created, content)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (job, picture) DO NOTHING",
                (
                    image.id,
                    image.job,
                    image.owner,
                    image.picture,
                    image.seed,
                    image.path.as_posix(),
                    image.width,
                    image.height,
                    image.created,
                    image.content,
                ),
            )

    def image(self, image_id: str, owner: str) -> ImageRow:
        """Raises NotFound, also for a picture of somebody else or a deleted one."""
        rows = self._database.rows(
            "SELECT * FROM images WHERE id = ? AND owner = ? AND deleted IS NULL",
            (image_id, owner),
        )
        if not rows:
            raise NotFound(f"There is no picture {image_id!r} of yours.")
        return _image(rows[0])

    def images_of(self, job_id: str, *, deleted: bool = False) -> list[ImageRow]:
        """The pictures of a job in order; the deleted ones too if asked."""
        rows = self._database.rows(
            "SELECT * FROM images WHERE job = ? AND (deleted IS NULL OR ?) ORDER BY picture",
            (job_id, deleted),
        )
        return [_image(row) for row in rows]

    def images(self, owner: str, limit: int, before: str | None = None) -> list[ImageRow]:
        """The owner's pictures, newest first; those older than the picture `before`."""
        rows = self._database.rows(
            "SELECT * FROM images WHERE owner = ? AND deleted IS NULL AND number < coalesce("
            "(SELECT number FROM images WHERE id = ? AND owner = images.owner), 1 << 62)"
            " ORDER BY number DESC LIMIT ?",
            (owner, before, limit),
        )
        return [_image(row) for row in rows]

    def mark_deleted(self, image_id: str, now: float) -> None:
        with self._database.transaction() as connection:
            connection.execute("UPDATE images SET deleted = ? WHERE id = ?", (now, image_id))

    # --- inputs and lineage ---

    def add_input(self, row: InputRow) -> None:
        """Note that an owner has sent a picture; once more makes it new again."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO inputs (sha256, owner, width, height, alpha, created)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (row.sha256, row.owner, row.width, row.height, int(row.alpha), row.created),
            )

    def input(self, sha256: str, owner: str) -> InputRow:
        """Raises NotFound, also for an input of somebody else."""
        rows = self._database.rows(
            "SELECT * FROM inputs WHERE sha256 = ? AND owner = ?", (sha256, owner)
        )
        if not rows:
            raise NotFound("There is no such picture of yours to begin with. Send it again.")
        row = rows[0]
        size = row["width"], row["height"]
        return InputRow(row["sha256"], row["owner"], *size, bool(row["alpha"]), row["created"])

    def unused_inputs(self, before: float) -> set[str]:
        """Inputs sent before a moment that no job began with."""
        rows = self._database.rows(
            "SELECT sha256, max(created) AS latest FROM inputs"
            " WHERE sha256 NOT IN (SELECT sha256 FROM uses) GROUP BY sha256"
        )
        return {row["sha256"] for row in rows if row["latest"] < before}

    def drop_inputs(self, hashes: Iterable[str]) -> None:
        """Forget inputs of everybody."""
        with self._database.transaction() as connection:
            connection.executemany("DELETE FROM inputs WHERE sha256 = ?", [(h,) for h in hashes])

    def uses_of(self, job: str, picture: int) -> list[tuple[str, str]]:
        """Role and hash of what a picture began with."""
        rows = self._database.rows(
            "SELECT role, sha256 FROM uses WHERE job = ? AND picture = ? ORDER BY role",
            (job, picture),
        )
        return [(row["role"], row["sha256"]) for row in rows]

    def set_content(self, image_id: str, content: str) -> None:
        """Note the hash of the pixels of a picture."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE images SET content = ? WHERE id = ?", (content, image_id))

    def images_with(self, content: str, owner: str, before: str | None = None) -> list[ImageRow]:
        """The owner's pictures with exactly these pixels, oldest first.

        Those older than the picture `before`.
        """
        rows = self._database.rows(
            "SELECT * FROM images WHERE content = ? AND owner = ? AND deleted IS NULL"
            " AND number < coalesce((SELECT number FROM images WHERE id = ?), 1 << 62)"
            " ORDER BY number",
            (content, owner, before),
        )
        return [_image(row) for row in rows]

    def images_from(self, content: str, owner: str, limit: int = 100) -> list[ImageRow]:
        """The owner's pictures that began with these pixels, newest first."""
        rows = self._database.rows(
            "SELECT DISTINCT images.* FROM uses JOIN images"
            " ON images.job = uses.job AND images.picture = uses.picture"
            " WHERE uses.sha256 = ? AND images.owner = ? AND images.deleted IS NULL"
            " ORDER BY images.number DESC LIMIT ?",
            (content, owner, limit),
        )
        return [_image(row) for row in rows]

    # --- maps, and switches of extensions ---

    def map_of(self, wish: str, owner: str) -> str | None:
        """The hash of a map that was made before."""
        rows = self._database.rows(
            "SELECT sha256 FROM maps WHERE owner = ? AND wish = ?", (owner, wish)
        )
        return rows[0]["sha256"] if rows else None

    def keep_map(self, wish: str, owner: str, sha256: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO maps (owner, wish, sha256) VALUES (?, ?, ?)",
                (owner, wish, sha256),
            )

    def switches(self, owner: str) -> dict[str, bool]:
        """Which extensions an owner has switched, and how."""
        rows = self._database.rows("SELECT * FROM switches WHERE owner = ?", (owner,))
        return {row["extension"]: bool(row["is_on"]) for row in rows}

    def switched_off(self, owner: str) -> frozenset[str]:
        """The extensions that an owner does not want."""
        return frozenset(id for id, is_on in self.switches(owner).items() if not is_on)

    def set_switch(self, owner: str, extension: str, *, is_on: bool) -> None:
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO switches (owner, extension, is_on) VALUES (?, ?, ?)",
                (owner, extension, int(is_on)),
            )
