"""Which entities a submission names, wherever it names them, and what is wrong with it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from local.settings import PROJECT
from provisioning.core.errors import InvalidError
from provisioning.messages import submission_reading
from provisioning.messages.submission_shapes import Submission
from tests.support.ids import STRANGE_IDS
from tools import runtime

SCHEMA = json.loads((PROJECT / "docs" / "submission.schema.json").read_text())
SMS = {
    "sender": "InfoSMS",
    "destinations": [{"to": "441134960000"}],
    "content": {"text": "Hello"},
}
UNREADABLE = {
    "blank": (" \u2003", "must not be blank"),
    "empty": ("", "must not be blank"),
    "the word null": ("null", 'must not be "null"'),
    "one dot": (".", 'must not be "." or ".."'),
    "two dots": ("..", 'must not be "." or ".."'),
    "too long": ("x" * 256, "size must be between 1 and 255"),
    "lone surrogate": ("\ud800", "must be valid Unicode text"),
    "number": (42, "must be a string"),
    "truth": (True, "must be a string"),
    "list": (["acme"], "must be a string"),
    "object": ({"entityId": "acme"}, "must be a string"),
}
EVERY_UNREADABLE_ID = pytest.mark.parametrize(
    ("value", "problem"), UNREADABLE.values(), ids=UNREADABLE
)


def read(document: Any) -> submission_reading.Reading:
    return submission_reading.read(Submission, document)


def named(document: Any) -> set[str]:
    reading = read(document)
    assert reading.problems == {}
    return set(reading.entity_ids)


# --- where entities are named -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sample", "entities"),
    [
        ("message-options", {"acme"}),
        ("top-level-platform", {"acme"}),
        ("flat-in-messages", {"acme"}),
        ("flat-at-top-level", {"acme"}),
        ("mixed", {"acme", "acme-billing", "customer-1", "customer-2", "customer-3"}),
    ],
)
def test_every_placement_of_the_contract_is_read(sample: str, entities: set[str]) -> None:
    (record,) = runtime.sample(f"submissions/{sample}")["Records"]
    queued = json.loads(record["body"])
    Draft202012Validator(SCHEMA).validate(queued)
    assert named(queued["submission"]) == entities


def test_a_submission_may_use_all_placements_at_once() -> None:
    def everywhere(name: str) -> dict[str, Any]:
        return {
            "entityId": f"{name} flat",
            "platform": {"entityId": f"{name} platform"},
            "options": {"platform": {"entityId": f"{name} options"}},
        }

    submission = everywhere("top") | {"messages": [everywhere("first"), SMS, everywhere("second")]}
    assert named(submission) == {
        f"{name} {place}"
        for name in ("top", "first", "second")
        for place in ("flat", "platform", "options")
    }


@pytest.mark.parametrize(
    "submission",
    [
        SMS,
        {"messages": []},
        {"messages": [SMS]},
        {"messages": None, "platform": None, "options": None, "entityId": None},
        {"messages": [{"options": {"platform": {"applicationId": "shop"}}}]},
        {"applicationId": "shop"},
        {"platform": {}},
        {"options": {"schedule": {"bulkId": "b"}}},
    ],
)
def test_a_submission_need_not_name_any_entity(submission: Any) -> None:
    assert named(submission) == set()


@pytest.mark.parametrize("application", [None, "", "null", " ", 42, [], "x" * 256, "\ud800"])
def test_whatever_it_says_of_applications_stops_nothing(application: Any) -> None:
    platform = {"applicationId": application, "entityId": "acme"}
    assert named(platform | {"messages": [{"options": {"platform": platform}}]}) == {"acme"}


@pytest.mark.parametrize("identifier", STRANGE_IDS.values(), ids=STRANGE_IDS)
def test_an_id_may_hold_any_character(identifier: str) -> None:
    assert named({"messages": [{"entityId": identifier}]}) == {identifier}


# --- what is wrong with it ----------------------------------------------------------------------


@EVERY_UNREADABLE_ID
def test_an_unreadable_id_stops_none_of_the_others(value: Any, problem: str) -> None:
    reading = read(
        {
            "entityId": "first",
            "messages": [
                {"entityId": "second"},
                {"options": {"platform": {"entityId": value}}},
                {"options": {"platform": {"entityId": "third"}}},
            ],
        }
    )
    assert reading.entity_ids == {"first", "second", "third"}
    assert reading.problems == {"messages[1].options.platform.entityId": [problem]}


@EVERY_UNREADABLE_ID
def test_a_submission_of_which_nothing_can_be_read_is_refused(value: Any, problem: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read({"platform": {"entityId": value}})
    assert refused.value.problems == {"platform.entityId": [problem]}


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        ({}, {"body": ["must not be empty"]}),
        (None, {"body": ["must not be null"]}),
        ([], {"body": ["must be a JSON object"]}),
        ("acme", {"body": ["must be a JSON object"]}),
        ({"messages": "acme"}, {"messages": ["must be a JSON array"]}),
        ({"messages": {"entityId": "a"}}, {"messages": ["must be a JSON array"]}),
        ({"messages": ["acme"]}, {"messages[0]": ["must be a JSON object"]}),
        ({"platform": "acme"}, {"platform": ["must be a JSON object"]}),
        ({"options": []}, {"options": ["must be a JSON object"]}),
        ({"options": {"platform": 1}}, {"options.platform": ["must be a JSON object"]}),
    ],
)
def test_an_invalid_submission_is_refused(document: Any, problems: Any) -> None:
    with pytest.raises(InvalidError) as refused:
        read(document)
    assert refused.value.problems == problems


def test_a_part_that_cannot_be_read_stops_none_of_the_others() -> None:
    reading = read({"platform": 1, "messages": [5, {"entityId": "acme", "options": []}]})
    assert reading.entity_ids == {"acme"}
    assert set(reading.problems) == {"platform", "messages[0]", "messages[1].options"}


def test_the_number_of_reported_problems_is_limited() -> None:
    reading = read({"entityId": "acme", "messages": [{"entityId": ""}] * 1000})
    assert reading.entity_ids == {"acme"}
    assert len(reading.problems) == 20


# --- what is kept of it -------------------------------------------------------------------------


def test_only_members_that_are_read_are_kept() -> None:
    reading = read({"messages": [SMS | {"entityId": "acme"}], "entityId": None, "to": "4411"})
    assert reading.document == {"messages": [{"entityId": "acme"}], "entityId": None}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["entityId", "applicationId", "platform", "options", "messages", "x"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=30,
)


@given(json_values)
def test_any_document_is_read_or_refused_and_its_kept_members_are_unchanged(document: Any) -> None:
    try:
        reading = read(document)
    except InvalidError:
        return
    assert not reading.document or read(reading.document) == reading


@given(json_values)
def test_a_document_that_fits_the_schema_for_producers_has_no_problems(document: Any) -> None:
    queued = {"accountId": "acme", "submittedAt": "2026-11-23T16:40:08Z", "submission": document}
    if Draft202012Validator(SCHEMA).is_valid(queued):
        assert read(document).problems == {}


def test_a_document_of_any_depth_is_read() -> None:
    deep: Any = "acme"
    for _ in range(5000):
        deep = {"platform": deep}
    reading = read({"entityId": "acme", "options": deep, "x": deep})
    assert reading.entity_ids == {"acme"}
