"""The database: one SQLite file, write-ahead log, every commit on disk before it counts."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from webui.errors import DiskTrouble

_MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE owners (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, created REAL NOT NULL
    ) STRICT;
    CREATE TABLE jobs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        owner TEXT NOT NULL REFERENCES owners (id),
        state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
        request TEXT NOT NULL,
        created REAL NOT NULL,
        finished REAL,
        device_seconds REAL,
        message TEXT,
        field TEXT
    ) STRICT;
    CREATE INDEX jobs_by_owner ON jobs (owner, number);
    CREATE INDEX jobs_unfinished ON jobs (state) WHERE state IN ('queued', 'running');
    CREATE TABLE images (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        job TEXT NOT NULL REFERENCES jobs (id),
        owner TEXT NOT NULL REFERENCES owners (id),
        picture INTEGER NOT NULL,
        seed INTEGER NOT NULL,
        path TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        created REAL NOT NULL,
        deleted REAL,
        UNIQUE (job, picture)
    ) STRICT;
    CREATE INDEX images_by_owner ON images (owner, number);
    """,
    """
    ALTER TABLE jobs ADD COLUMN notes TEXT;
    ALTER TABLE jobs ADD COLUMN original TEXT;
    ALTER TABLE jobs ADD COLUMN remade TEXT;
    """,
    """
    CREATE TABLE inputs (
        sha256 TEXT NOT NULL,
        owner TEXT NOT NULL REFERENCES owners (id),
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        alpha INTEGER NOT NULL,
        created REAL NOT NULL,
        PRIMARY KEY (owner, sha256)
    ) STRICT;
    CREATE TABLE uses (
        job TEXT NOT NULL REFERENCES jobs (id),
        picture INTEGER NOT NULL,
        role TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        PRIMARY KEY (job, picture, role)
    ) STRICT;
    CREATE INDEX uses_by_input ON uses (sha256);
    ALTER TABLE images ADD COLUMN content TEXT;
    CREATE INDEX images_by_content ON images (content);
    """,
    """
    CREATE TABLE maps (
        wish TEXT NOT NULL,
        owner TEXT NOT NULL REFERENCES owners (id),
        sha256 TEXT NOT NULL,
        PRIMARY KEY (owner, wish)
    ) STRICT;
    CREATE TABLE switches (
        owner TEXT NOT NULL REFERENCES owners (id),
        extension TEXT NOT NULL,
        is_on INTEGER NOT NULL,
        PRIMARY KEY (owner, extension)
    ) STRICT;
    """,
)
"""One script for each version; never changed once released, only added to."""


class Database:
    """One connection, used by one thread at a time. `path` None keeps everything in memory."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        try:
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                path or ":memory:", check_same_thread=False, isolation_level=None, timeout=5
            )
            self._connection.row_factory = sqlite3.Row
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._migrate()
        except (OSError, sqlite3.Error) as error:
            raise DiskTrouble(
                f"The database {path} cannot be used: {error}. Check that the folder can be"
                " written to and that no other program holds the file."
            ) from None

    def _migrate(self) -> None:
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(_MIGRATIONS):
            raise sqlite3.DatabaseError(
                "it was written by a newer version of Darkroom; start that version"
            )
        for number, script in enumerate(_MIGRATIONS[version:], start=version + 1):
            self._connection.executescript(
                f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;"
            )

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """All or nothing. Raises DiskTrouble when it could not be written."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._undo()
                raise DiskTrouble(
                    f"The studio's database could not be written: {error}. Free some disk space"
                    " in the outputs folder, then try again."
                ) from None
            except BaseException:
                self._undo()
                raise

    def _undo(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._connection.close()
