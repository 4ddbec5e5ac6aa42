"""Each call to the table, with an item to read and write."""

from collections.abc import Callable

import pytest

from provisioning.table import reads, writes
from provisioning.table.primary_keys import Key, KeyRange

KEY = Key("P", "S")
ITEM = {"PK": "P", "SK": "S", "id": "shop"}
ENCODED = {"PK": {"S": "P"}, "SK": {"S": "S"}, "id": {"S": "shop"}}
CALLS: dict[str, Callable[[], object]] = {
    "get": lambda: reads.get(KEY),
    "get_many": lambda: reads.batch_get([KEY]),
    "query": lambda: reads.query(KeyRange("P")),
    "query_all": lambda: list(reads.query_all(KeyRange("P"))),
    "write": lambda: writes.execute(writes.create(ITEM)),
    "transact": lambda: writes.transact([writes.create(ITEM), writes.delete(KEY)]),
    "change_each": lambda: writes.update_each([writes.ItemUpdate(KEY, {"id": "shop"}, {})]),
}
EVERY_CALL = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
