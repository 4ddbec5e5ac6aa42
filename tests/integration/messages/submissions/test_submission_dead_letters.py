"""Submissions that cannot be processed become dead letters with their reason."""

import json

import pytest

from provisioning.accounts import quotas
from tests.support.client import Context, load_function
from tests.support.queues import Queues, failed, queued
from tests.support.submissions import deliver, exists, naming


def test_no_more_entities_are_created_than_the_account_may_have(
    submission_queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMITS", json.dumps({"entities": 2}))
    quotas._counts.clear()
    assert deliver(naming("first"), naming("second")) == []
    third = naming("third")
    assert deliver(third, naming("second")) == ["0"]
    assert submission_queues.dead() == {
        third: "entityId: the account may have 2 entities, and has them"
    }
    assert not exists("third")
    monkeypatch.setenv("LIMITS", json.dumps({"entities": 3}))
    assert deliver(third) == []
    assert exists("third")


POISON = {
    "no JSON": ("not json", "body: must be valid JSON"),
    "nothing": (" ", "body: must not be empty"),
    "a list": ("[]", "body: must be a JSON object"),
    "no account": (
        json.dumps({"submittedAt": "2999-01-01T00:00:00Z", "submission": {}}),
        "accountId: must not be null",
    ),
    "an account that does not exist": (
        queued({"entityId": "acme"}, "nobody"),
        "accountId: does not exist",
    ),
    "no account's id": (queued({"entityId": "acme"}, "a#ENTITY"), "accountId: is not valid"),
    "no time": (
        json.dumps({"accountId": "acme", "submission": {}}),
        "submittedAt: must not be null",
    ),
    "no moment": (
        queued({}, submitted_at="now"),
        "submittedAt: must be a moment such as 2026-11-23T16:40:08Z",
    ),
    "a time in no zone": (queued({}, submitted_at="2026-11-23T16:40"), "submittedAt: is not valid"),
    "too old": (
        queued({}, submitted_at="0001-01-01T00:00:00+14:00"),
        "submittedAt: must not be more than 28 days ago",
    ),
    "no submission": (queued(None), "submission: must not be null"),
    "a text": (queued("acme"), "submission: must be a JSON object"),
    "blank id": (queued({"entityId": " "}), "submission.entityId: must not be blank"),
    "long id": (
        queued({"platform": {"entityId": "x" * 256}}),
        "submission.platform.entityId: size must be between 1 and 255",
    ),
    "null": (
        queued({"messages": [{"entityId": "null"}]}),
        'submission.messages[0].entityId: must not be "null"',
    ),
    "repeated": (
        '{"accountId": "acme", "accountId": "other"}',
        "accountId: must not be repeated",
    ),
    "strangely repeated": ('{"é\\u0000": 1, "é\\u0000": 2}', "\\xe9\\x00: must not be repeated"),
}


@pytest.mark.parametrize(("body", "reason"), POISON.values(), ids=POISON)
def test_one_that_can_never_be_processed_gets_its_reason_and_stops_no_other(
    submission_queues: Queues, body: str, reason: str
) -> None:
    for sent in (naming("first"), body, naming("second")):
        submission_queues.sqs.send_message(QueueUrl=submission_queues.url, MessageBody=sent)
    event = submission_queues.event()
    (poison,) = (record for record in event["Records"] if record["body"] == body)
    answer = load_function("submissions").handler(event, Context())
    assert failed(answer) == [poison["messageId"]]
    assert exists("first")
    assert exists("second")
    (letter,) = submission_queues.dead().items()
    assert letter == (body, reason)
    # Lambda removes what was not reported.
    assert submission_queues.count() == 2


def test_the_good_ids_of_a_bad_submission_are_created_all_the_same() -> None:
    assert deliver(naming("first", "null", "second")) == ["0"]
    assert exists("first")
    assert exists("second")


def test_a_dead_letter_names_its_message(submission_queues: Queues) -> None:
    assert deliver("not json") == ["0"]
    (letter,) = submission_queues.sqs.receive_message(
        QueueUrl=submission_queues.dead_url, MessageAttributeNames=["All"]
    )["Messages"]
    assert letter["MessageAttributes"]["messageId"]["StringValue"] == "0"


def test_many_that_can_never_be_processed_all_get_their_reasons(
    submission_queues: Queues,
) -> None:
    bodies = [f"poison {number}" for number in range(35)]
    assert len(deliver(*bodies, naming("acme"))) == len(bodies)
    assert set(submission_queues.dead()) == set(bodies)


def test_where_the_dead_letters_cannot_be_reached_the_message_is_reported_and_stays(
    submission_queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEAD_SUBMISSIONS_URL", f"{submission_queues.url}-gone")
    submission_queues.sqs.send_message(QueueUrl=submission_queues.url, MessageBody="not json")
    event = submission_queues.event()
    assert len(failed(load_function("submissions").handler(event, Context()))) == 1
    assert submission_queues.count() == 1
