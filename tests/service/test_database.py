"""The database: migrations, durability settings, and trouble in words."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from webui.errors import DiskTrouble
from webui.service import Database


def test_every_commit_is_on_disk_before_it_counts(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    assert database.rows("PRAGMA journal_mode")[0][0] == "wal"
    assert database.rows("PRAGMA synchronous")[0][0] == 2
    assert database.rows("PRAGMA foreign_keys")[0][0] == 1
    database.close()


def test_opening_twice_migrates_once(tmp_path: Path) -> None:
    Database(tmp_path / "a.db").close()
    database = Database(tmp_path / "a.db")
    assert database.rows("PRAGMA user_version")[0][0] == 4
    database.close()


def test_database_of_a_newer_version_is_refused_in_words(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(DiskTrouble, match="newer version"):
        Database(tmp_path / "a.db")


def test_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("this is not a database, but it is long enough to look like one " * 50)
    with pytest.raises(DiskTrouble, match="cannot be used"):
        Database(path)


def test_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")

    def write_and_fail() -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO owners VALUES ('a', 'A', 1.0)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert database.rows("SELECT * FROM owners") == []
    database.close()
