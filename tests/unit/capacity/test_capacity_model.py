"""The capacity model charges by AWS's rules and refuses as AWS does."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from capacity import errors
from capacity.buckets import Buckets, Cost
from capacity.calls import Document
from capacity.model import Answer, Model
from capacity.settings import Capacity
from capacity.sizes import item_size, read_units, value_size, write_units
from local.settings import LocalError

KILOBYTE = "x" * 1024


class Clock:
    """A clock that stops until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Engine:
    """Answers every call, and knows some items."""

    def __init__(self, **items: str) -> None:
        self.items = items
        self.asked: list[str] = []

    def __call__(self, operation: str, document: Document) -> Answer:
        self.asked.append(operation)
        if operation == "BatchGetItem":
            (keys,) = document["RequestItems"].values()
            names = [key["SK"]["S"] for key in keys["Keys"]]
            found = [item("p", name, self.items[name]) for name in names if name in self.items]
            consumed = [{"CapacityUnits": float(len(names))}]
            return Answer(200, {"Responses": {"t": found}, "ConsumedCapacity": consumed})
        if operation == "TransactWriteItems":
            return Answer(200, {"ConsumedCapacity": [{"CapacityUnits": 2.0}]})
        if operation == "BatchExecuteStatement":
            return Answer(200, {"Responses": [{} for _ in document["Statements"]]})
        return Answer(200, {"ConsumedCapacity": {"CapacityUnits": 7.0}})


def item(partition: str, sort: str, text: str = "") -> Document:
    return {"PK": {"S": partition}, "SK": {"S": sort}, "v": {"S": text}}


def put(partition: str, sort: str, text: str = "") -> Document:
    return {"TableName": "t", "Item": item(partition, sort, text)}


def transaction(*actions: tuple[str, Document]) -> Document:
    return {"TransactItems": [{action: given} for action, given in actions]}


def keyed(partition: str, sort: str) -> Document:
    return {"TableName": "t", "Key": {"PK": {"S": partition}, "SK": {"S": sort}}}


def model(text: str, engine: Callable[[str, Document], Answer] | None = None) -> Model:
    return Model(Capacity.read(text), engine or Engine())


# --- sizes and units ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é"}, 2),
        ({"N": "0"}, 1),
        ({"N": "12345"}, 4),
        ({"N": "-1200"}, 3),
        ({"BOOL": True}, 1),
        ({"B": "AAAA"}, 3),
        ({"L": [{"S": "ab"}]}, 3 + 1 + 2),
        ({"M": {"a": {"S": "b"}}}, 3 + 1 + 1 + 1),
        ({"SS": ["ab", "c"]}, 3),
    ],
)
def test_a_value_has_the_size_that_aws_documents(value: dict[str, Any], size: int) -> None:
    assert value_size(value) == size


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    assert item_size({"PK": {"S": "ab"}, "name": {"S": "é"}}) == 2 + 2 + 4 + 2


def test_units_are_rounded_up_by_the_larger_of_before_and_after() -> None:
    assert write_units(0, 1) == 1
    assert write_units(1025, 10) == 2
    assert read_units(4097, consistent=True) == 2
    assert read_units(4097, consistent=False) == 1


# --- what is allowed ----------------------------------------------------------------------------


def test_a_bucket_holds_a_burst_and_fills_at_its_rate() -> None:
    clock = Clock()
    buckets = Buckets(Capacity(partition_writes=10, burst=2), clock)
    buckets.take([Cost("p", writes=20)])
    assert buckets.exhausted([Cost("p", writes=1)]) == {"p"}
    clock.now = 0.1
    assert buckets.exhausted([Cost("p", writes=1)]) == set()


def test_a_cost_above_a_full_bucket_passes_a_full_one_which_then_owes() -> None:
    clock = Clock()
    buckets = Buckets(Capacity(partition_writes=10), clock)
    assert buckets.exhausted([Cost("p", writes=30)]) == set()
    buckets.take([Cost("p", writes=30)])
    clock.now = 2.0
    assert buckets.exhausted([Cost("p", writes=1)]) == {"p"}
    clock.now = 2.2
    assert buckets.exhausted([Cost("p", writes=1)]) == set()


def test_partition_keys_do_not_share_but_the_table_is_shared() -> None:
    buckets = Buckets(Capacity(partition_writes=10, table_writes=15), Clock())
    buckets.take([Cost("p", writes=10)])
    assert buckets.exhausted([Cost("q", writes=5)]) == set()
    assert buckets.exhausted([Cost("q", writes=6)]) == {""}


@pytest.mark.parametrize(
    "text", ["partition-writes=-1", "partition-writes=many", "nothing=1", "mode=free", "burst=inf"]
)
def test_a_setting_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(LocalError):
        Capacity.read(text)


def test_aws_names_the_limits_of_a_partition() -> None:
    assert Capacity.read("aws") == Capacity(partition_writes=1000, partition_reads=3000)


# --- writes -------------------------------------------------------------------------------------


def test_a_write_takes_a_unit_for_each_kilobyte() -> None:
    tried = model("aws")
    tried.answer("PutItem", put("p", "1", KILOBYTE))
    assert tried.statistics.writes == {"p": 2}


def test_a_transaction_takes_two_for_the_larger_of_before_and_after_and_says_so() -> None:
    tried = model("aws", Engine(old=KILOBYTE * 3))
    answer = tried.answer(
        "TransactWriteItems",
        transaction(
            ("Delete", keyed("p", "old")),
            ("Put", put("q", "new")),
            ("ConditionCheck", keyed("p", "new")),
        ),
    )
    assert tried.statistics.writes == {"p": 2 * 4 + 2, "q": 2}
    assert answer.document["ConsumedCapacity"][0]["CapacityUnits"] == 12


def test_a_write_beyond_the_capacity_is_refused_and_takes_nothing() -> None:
    engine = Engine()
    tried = model("partition-writes=1,burst=1", engine)
    tried.answer("PutItem", put("p", "1"))
    engine.asked.clear()
    refused = tried.answer("PutItem", put("p", "1"))
    assert (refused.status, code(refused)) == (400, "ThrottlingException")
    assert tried.statistics.refused["PutItem"] == 1
    assert tried.statistics.writes == {"p": 1}
    assert "PutItem" not in engine.asked


def test_a_provisioned_table_names_its_throughput() -> None:
    tried = model("partition-writes=1,mode=provisioned")
    tried.answer("PutItem", put("p", "1"))
    assert code(tried.answer("PutItem", put("p", "1"))) == "ProvisionedThroughputExceededException"


def test_a_transaction_is_cancelled_with_the_reason_at_the_parts_that_were_too_many() -> None:
    tried = model("partition-writes=2")
    tried.answer("PutItem", put("p", "1"))
    refused = tried.answer(
        "TransactWriteItems", transaction(("Put", put("q", "1")), ("Put", put("p", "2")))
    )
    assert code(refused) == "TransactionCanceledException"
    assert [each["Code"] for each in refused.document["CancellationReasons"]] == [
        "None",
        "ThrottlingError",
    ]
    assert tried.statistics.writes == {"p": 1}


def test_a_batch_carries_out_the_parts_that_fit_and_returns_the_rest() -> None:
    tried = model("partition-writes=1")
    tried.answer("PutItem", put("p", "1"))
    requests = [{"PutRequest": {"Item": item(p, "2")}} for p in ("p", "q")]
    answer = tried.answer("BatchWriteItem", {"RequestItems": {"t": requests}})
    assert answer.document["UnprocessedItems"] == {"t": requests[:1]}
    assert tried.statistics.writes == {"p": 1, "q": 1}


def test_a_batch_of_which_nothing_can_be_carried_out_is_refused() -> None:
    tried = model("partition-writes=1")
    tried.answer("PutItem", put("p", "1"))
    requests = [{"DeleteRequest": {"Key": keyed("p", "1")["Key"]}}]
    refused = tried.answer("BatchWriteItem", {"RequestItems": {"t": requests}})
    assert code(refused) == "ThrottlingException"


def test_each_statement_of_a_batch_has_an_outcome_of_its_own() -> None:
    tried = model("partition-writes=1")
    tried.answer("PutItem", put("p", "1"))
    statements = [
        {
            "Statement": 'UPDATE "t" SET "v" = ? WHERE "PK" = ? AND "SK" = ?',
            "Parameters": [{"S": "x"}, {"S": p}, {"S": "1"}],
        }
        for p in ("p", "q")
    ]
    answer = tried.answer("BatchExecuteStatement", {"Statements": statements})
    first, second = answer.document["Responses"]
    assert first["Error"]["Code"] == "ThrottlingError"
    assert "Error" not in second


def test_too_many_calls_of_an_account_get_their_own_error() -> None:
    tried = model("account-calls=1")
    tried.answer("PutItem", put("p", "1"))
    assert code(tried.answer("PutItem", put("q", "1"))) == "RequestLimitExceeded"


# --- reads --------------------------------------------------------------------------------------


def test_a_query_takes_the_units_that_the_engine_reports() -> None:
    tried = model("aws")
    tried.answer("Query", query("p"))
    assert tried.statistics.reads == {"p": 7}


def test_reads_are_refused_once_they_owe() -> None:
    tried = model("partition-reads=5")
    tried.answer("Query", query("p"))
    assert code(tried.answer("GetItem", keyed("p", "1"))) == "ThrottlingException"
    assert tried.answer("GetItem", keyed("q", "1")).status == 200


def test_a_batched_read_leaves_the_keys_for_which_there_is_no_capacity() -> None:
    tried = model("partition-reads=5", Engine(a="", b=""))
    tried.answer("Query", query("p"))
    wanted = [keyed("p", "a")["Key"], keyed("q", "b")["Key"]]
    answer = tried.answer("BatchGetItem", {"RequestItems": {"t": {"Keys": wanted}}})
    assert answer.document["UnprocessedKeys"]["t"]["Keys"] == wanted[:1]
    assert tried.statistics.reads["q"] == 1


def query(partition: str) -> Document:
    return {
        "TableName": "t",
        "KeyConditionExpression": "#key = :partition AND SK >= :first",
        "ExpressionAttributeNames": {"#key": "PK"},
        "ExpressionAttributeValues": {":partition": {"S": partition}, ":first": {"S": "a"}},
    }


def code(answer: Answer) -> str:
    return str(answer.document["__type"]).rpartition("#")[2]


def test_errors_have_the_form_of_dynamodb() -> None:
    refusal = errors.exceeded("on-demand")
    assert json.dumps(refusal.document).startswith('{"__type": "com.amazonaws.dynamodb.v20120810#')
