"""Submissions that are posted are put on the queue, and what cannot be read is refused."""

import json
from typing import Any

import pytest

from provisioning.accounts import key_creation, principals
from provisioning.queues import delivery
from tests.support.client import ROOT, Client, Context, Response, load_function
from tests.support.ids import STRANGE_IDS
from tests.support.queues import Queues, failed

MESSAGES = f"{ROOT}/messages"
SMS = {
    "sender": "InfoSMS",
    "destinations": [{"to": "441134960000"}],
    "content": {"text": "Hello"},
}


def submit(client: Client, submission: Any, **headers: str) -> Response:
    return client.call("POST", MESSAGES, body=submission, headers=headers)


def process_all(submission_queues: Queues) -> list[str]:
    """Let the function on the queue take what waits; return what it reports."""
    handler = load_function("submissions").handler
    event = submission_queues.event()
    return failed(handler(event, Context()))


def named(option: str) -> dict[str, Any]:
    return SMS | {"options": {"platform": {"entityId": option, "applicationId": "shop"}}}


def test_a_submission_is_accepted_and_queued_for_its_account(
    client: Client, submission_queues: Queues
) -> None:
    answer = submit(client, {"messages": [named("acme")]})
    assert (answer.status, answer.text) == (202, "")
    (queued,) = submission_queues.waiting()
    assert queued["accountId"] == "acme"
    assert queued["submission"] == {
        "messages": [{"options": {"platform": {"entityId": "acme", "applicationId": "shop"}}}]
    }


def test_its_entities_are_created_with_their_ids_as_names(
    client: Client, submission_queues: Queues
) -> None:
    for submission in ({"messages": [named("a"), named("b")]}, SMS | {"entityId": "c"}):
        assert submit(client, submission).status == 202
    assert process_all(submission_queues) == []
    assert client.list("entities").json["results"] == [
        {"entityId": name, "entityName": name} for name in "abc"
    ]


def test_ids_of_any_character_pass_the_queue(client: Client, submission_queues: Queues) -> None:
    submission = {"messages": [{"entityId": value} for value in STRANGE_IDS.values()]}
    assert submit(client, submission).status == 202
    assert process_all(submission_queues) == []
    assert set(client.list("entities", size=1000).ids) == set(STRANGE_IDS.values())


def test_no_text_and_no_recipient_gets_on_the_queue(
    client: Client, submission_queues: Queues
) -> None:
    submit(client, {"messages": [named("acme")], "to": "441134960000", "text": "Hello"})
    (queued,) = submission_queues.waiting()
    text = json.dumps(queued)
    assert "Hello" not in text
    assert "4411" not in text


def test_messages_that_name_the_same_are_queued_as_one(
    client: Client, submission_queues: Queues
) -> None:
    submission = {"messages": [named(name) for name in "abab"] + [SMS]}
    assert submit(client, submission).status == 202
    (queued,) = submission_queues.waiting()
    assert len(queued["submission"]["messages"]) == 2


@pytest.mark.parametrize("submission", [SMS, {"messages": [SMS]}, {"applicationId": "shop"}])
def test_a_submission_that_names_no_entity_is_accepted_and_needs_no_queue(
    client: Client, submission_queues: Queues, submission: Any
) -> None:
    assert submit(client, submission).status == 202
    assert submission_queues.waiting() == []


def test_valid_parts_of_a_submission_are_used_and_the_rest_is_rejected_with_a_reason(
    client: Client, submission_queues: Queues
) -> None:
    assert submit(client, {"messages": [named("acme"), named("null")]}).status == 202
    assert len(process_all(submission_queues)) == 1
    assert client.list("entities").ids == ["acme"]
    (reason,) = submission_queues.dead().values()
    assert reason == ('submission.messages[1].options.platform.entityId: must not be "null"')


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ("", {"body": ["must not be empty"]}),
        ("{}", {"body": ["must not be empty"]}),
        ("not json", {"body": ["must be valid JSON"]}),
        ("[]", {"body": ["must be a JSON object"]}),
        ('{"entityId": "null"}', {"entityId": ['must not be "null"']}),
        (
            '{"messages": [{"entityId": " "}, {"entityId": 5}]}',
            {
                "messages[0].entityId": ["must not be blank"],
                "messages[1].entityId": ["must be a string"],
            },
        ),
    ],
)
def test_a_submission_of_which_nothing_can_be_read_is_refused(
    client: Client, submission_queues: Queues, body: str, problems: Any
) -> None:
    answer = submit(client, body)
    assert (answer.status, answer.problems) == (400, problems)
    assert submission_queues.waiting() == []


@pytest.mark.parametrize(
    ("body", "member"),
    [
        (r'{"entityId": "acme", "messages": [{"text": "cut \ud83d"}]}', "messages[0].text"),
        (r'{"entityId": "acme", "applicationId": "\udc00"}', "applicationId"),
        (r'{"messages": [{"entityId": "acme"}, {"entityId": "\ud800"}]}', "messages[1].entityId"),
        (r'{"entityId": "acme", "\ud800": 1}', "?"),
    ],
)
def test_a_submission_with_half_a_character_anywhere_is_refused(
    client: Client, submission_queues: Queues, body: str, member: str
) -> None:
    answer = submit(client, body)
    assert answer.status == 400
    assert answer.problems == {member: ["must be valid Unicode text"]}
    assert submission_queues.waiting() == []


def test_a_submission_with_whole_characters_in_two_halves_is_accepted(
    client: Client, submission_queues: Queues
) -> None:
    assert submit(client, r'{"entityId": "\ud83d\ude00"}').status == 202
    (queued,) = submission_queues.waiting()
    assert queued["submission"] == {"entityId": "😀"}


def test_a_form_is_taken_as_the_email_api_takes_it(
    client: Client, submission_queues: Queues
) -> None:
    body = (
        '--b\r\nContent-Disposition: form-data; name="to"\r\n\r\na@example.com\r\n'
        '--b\r\nContent-Disposition: form-data; name="entityId"\r\n\r\nKäufer\r\n--b--\r\n'
    )
    answer = submit(client, body, **{"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.status == 202
    assert process_all(submission_queues) == []
    assert client.list("entities").ids == ["Käufer"]


def test_other_content_is_refused(client: Client, submission_queues: Queues) -> None:
    answer = submit(client, "entityId=acme", **{"Content-Type": "text/plain"})
    assert answer.problems == {"Content-Type": ["must be application/json or multipart/form-data"]}


def test_other_routes_take_no_forms(client: Client) -> None:
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = client.call("POST", f"{ROOT}/entities", body="--b--", headers=form)
    assert answer.problems == {"Content-Type": ["must be application/json"]}


def test_a_submission_may_be_as_long_as_the_queue_takes_messages(
    client: Client, submission_queues: Queues
) -> None:
    text = "x" * (delivery.MAXIMUM_BYTES - 200)
    assert submit(client, {"text": text, "entityId": "acme"}).status == 202
    answer = submit(client, {"text": text + "x" * 200, "entityId": "acme"})
    assert answer.problems == {
        "body": [f"size must be between 1 and {delivery.MAXIMUM_BYTES} bytes"]
    }


def test_a_submission_that_names_more_than_the_queue_takes_is_refused(
    client: Client, submission_queues: Queues
) -> None:
    ids = [f"{number:03}{'é' * 252}" for number in range(900)]
    body = json.dumps({"messages": [{"entityId": name} for name in ids]}, ensure_ascii=False)
    answer = submit(client, body)
    assert answer.problems == {"body": ["names too many entities for one submission"]}


def test_a_key_that_may_only_read_submits_nothing(
    client: Client, submission_queues: Queues
) -> None:
    reader = Client(key_creation.create_key("acme", (principals.READ,)))
    assert submit(reader, {"entityId": "acme"}).status == 403
    assert submit(client.without_key(), {"entityId": "acme"}).status == 401
    assert submission_queues.waiting() == []


def test_a_failing_queue_is_reported_without_internals(
    client: Client, submission_queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUBMISSIONS_URL", f"{submission_queues.url}-gone")
    answer = submit(client, {"entityId": "acme"})
    assert answer.status == 500
    assert answer.json["requestError"]["serviceException"]["messageId"] == "GENERAL_ERROR"
