"""The table cannot be lost, and has the stream and the index that the code uses."""

from provisioning.core.origins import SYSTEM
from provisioning.operations.creation import new_operation
from provisioning.table import operation_keys, reads
from tests.support.template import RESOURCES


def test_the_table_cannot_be_lost_with_the_stack() -> None:
    table = RESOURCES["Table"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    given = table["Properties"]
    assert given["DeletionProtectionEnabled"] == {"Ref": "TableDeletionProtection"}
    assert given["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert given["SSESpecification"] == {"SSEEnabled": True}


def test_the_stream_shows_items_before_and_after() -> None:
    given = RESOURCES["Table"]["Properties"]
    assert given["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_the_index_lists_unfinished_work_and_nothing_of_it_but_keys() -> None:
    (index,) = RESOURCES["Table"]["Properties"]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == reads.OPEN_INDEX
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["open", "SK"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert new_operation("acme", "REASSIGN", SYSTEM)["open"] in operation_keys.OPEN_PARTITIONS
