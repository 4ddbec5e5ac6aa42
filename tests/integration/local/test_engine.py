"""The engine keeps its data on disk in a form that is quick to write."""

import sqlite3
from contextlib import closing
from pathlib import Path

from local import table
from local.settings import ACCESS_KEY, REGION
from tools import engines


def test_data_of_an_earlier_version_get_a_write_ahead_log_and_are_kept(tmp_path: Path) -> None:
    with engines.running(tmp_path) as endpoint:
        table.client(endpoint).create_table(
            TableName="old",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        )
    file = tmp_path / f"{ACCESS_KEY}_{REGION}.db"
    assert mode(file) == "wal"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode = DELETE")  # as the engine makes them

    with engines.running(tmp_path) as endpoint:
        assert table.client(endpoint).list_tables()["TableNames"] == ["old"]
        assert mode(file) == "wal"


def mode(file: Path) -> str:
    """Return the journal mode of a database."""
    with closing(sqlite3.connect(file)) as database:
        return str(database.execute("PRAGMA journal_mode").fetchone()[0])
