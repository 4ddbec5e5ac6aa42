"""A million associations: what requests read, and how a reset of all of them begins.

The engine takes most of an hour to write so many, and the longer the rest of a range, the slower it
reads it. So all but the first are written straight into its file, as it stores them, and page
indexes are built from the sort keys that are known. Then the whole system is served on it, with the
capacity model between: the requests of suite ``bounds`` are counted, a resource is looked up, and
the application is deleted. The reset is watched for a minute; all of it takes hours here.

``BENCH_LINKS`` sets another number. The file (2 GB) is in the folder for temporary files: with
``TMPDIR=/dev/shm`` in memory.
"""

import json
import os
import secrets
import sqlite3
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from bench.bounds import AIM, REQUESTS, UNLIMITED, WAIT_SECONDS, is_quiet, measured, restricted
from bench.capacity import ACCOUNT, System, delete, served
from bench.pages import build
from bench.resets import association
from local import engine
from local.settings import ACCESS_KEY, REGION
from provisioning.core import ids
from provisioning.core.kinds import APPLICATION
from provisioning.resources import association_items, parents
from provisioning.table import dynamodb, formats, items, reads, writes
from provisioning.table.items import Item
from provisioning.table.primary_keys import KeyRange

LINKS: Final = int(os.environ.get("BENCH_LINKS", "1000000"))
WATCHED_SECONDS: Final = 60.0

Keys = dict[str, list[str]]
"""The sort keys of each partition, in order."""


def run() -> dict[str, Any]:
    """Measure, print the figures, and return them and whether all keep to the aim."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generation = begin(folder)
        keys = fill(folder, generation)
        index(folder, keys)
        with served(UNLIMITED, folder) as system:
            rows = requests(system)
            reset = watched(system)
    print(reset, flush=True)
    met = all(row["beyond the answer"] <= AIM for row in rows)
    return {"associations": LINKS, "rows": rows, "reset": reset, "met": met}


def begin(folder: Path) -> str:
    """Create the table, the account, an application and its first association.

    Returns:
        The application's generation.
    """
    with served("", folder):
        parents.create(ACCOUNT, APPLICATION, "shop", None)
        generation = parents.get(ACCOUNT, APPLICATION, "shop")["generation"]
        writes.batch_write(made(0, generation), [])
    return str(generation)


def made(number: int, generation: str) -> list[Item]:
    """Return the items of an association."""
    marks = {"applicationGeneration": generation}
    given = association("shop", number)
    return list(association_items.items_of(ACCOUNT, given, ids.new_id(), marks))


# --- rows of the engine's file --------------------------------------------------------------------


def fill(folder: Path, generation: str) -> Keys:
    """Write the other associations into the engine's file; return all their sort keys."""
    began, keys = time.monotonic(), defaultdict[str, list[str]](list)
    file = folder / "data" / f"{ACCESS_KEY}_{REGION}.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        table = f'"{os.environ["TABLE_NAME"]}"'
        # The engine's digest of a partition key is taken from the first item in it.
        known = f"SELECT hashKey, hashValue FROM {table}"  # noqa: S608 - our own name
        digests = dict(database.execute(known))
        insert = (
            f"INSERT INTO {table} (hashKey, rangeKey, hashValue, rangeValue, itemSize, ObjectJSON,"  # noqa: S608
            " hashRangeValue) VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        for item in made(0, generation):
            keys[item["PK"]].append(item["SK"])
        database.executemany(insert, rows(generation, digests, keys))
        database.commit()
    print(f"{LINKS:,} associations in {time.monotonic() - began:.0f} s", flush=True)
    return {partition: sorted(found) for partition, found in keys.items()}


def rows(generation: str, digests: dict[bytes, bytes], keys: Keys) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of the items of associations, and note their sort keys."""
    for number in range(1, LINKS):
        for item in made(number, generation):
            partition, sort_key = item["PK"], item["SK"]
            keys[partition].append(sort_key)
            stored = json.dumps(items.encode(formats.stamped(item)), separators=(",", ":"))
            hashed, digest = partition.encode(), secrets.token_bytes(20)
            yield (
                hashed, sort_key.encode(), digests[hashed], digest, len(stored), stored.encode(),
                secrets.token_bytes(20),
            )  # fmt: skip


def index(folder: Path, keys: Keys) -> None:
    """Build the page indexes of the associations from their sort keys."""
    began, running = time.monotonic(), engine.start(data=folder / "data")
    query = reads.query_sort_keys

    def known(key_range: KeyRange) -> Iterator[str]:
        if key_range.partition not in keys:
            yield from query(key_range)
            return
        found = keys[key_range.partition]
        start = bisect_left(found, key_range.first or "")
        end = len(found) if key_range.last is None else bisect_right(found, key_range.last)
        for place in range(start, end):
            yield found[place]

    try:
        running.wait()
        with (
            patch.dict(os.environ, AWS_ENDPOINT_URL_DYNAMODB=running.endpoint),
            patch.object(reads, "query_sort_keys", known),
        ):
            dynamodb.client.cache_clear()
            for partition in keys:
                build(partition)
    finally:
        running.stop()
    print(f"page indexes in {time.monotonic() - began:.0f} s", flush=True)


# --- requests -------------------------------------------------------------------------------------


def requests(system: System) -> list[dict[str, Any]]:
    """Return what each request costs, once it is seen that all associations are there.

    Raises:
        RuntimeError: They are not.
    """
    asked = association("shop", LINKS // 2).resource_id
    for query, expected in (("", LINKS), (f"&resourceId={asked}", 1)):
        _, _, found = system.call("GET", f"associations?size=1{query}")
        if found is None or found["paging"]["totalResults"] != expected:
            message = f"{query or 'the list'} has {found}"
            raise RuntimeError(message)
    keys = {"account": system, "application": replace(system, key=restricted(system))}
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_quiet(system) and time.monotonic() < deadline:
        pass
    rows = [measured(key, used, *request) for request in REQUESTS for key, used in keys.items()]
    for row in rows:
        print(*row.values(), sep="\t", flush=True)
    return rows


def watched(system: System) -> dict[str, Any]:
    """Delete the application, and return how far its reset has come after a while."""
    path = delete(system, "applications/shop")
    time.sleep(WATCHED_SECONDS)
    _, _, shown = system.call("GET", path)
    return {name: shown.get(name) for name in ("state", "done", "total", "rate")}
