"""The queue of submissions."""

from provisioning.messages import received
from provisioning.operations import tombstones
from tests.support.template import DAY_SECONDS, DEAD_SUBMISSIONS, FUNCTIONS, RESOURCES, TEMPLATE


def test_submissions_are_encrypted_kept_long_and_delivered_again_before_they_are_given_up() -> None:
    queue = RESOURCES["SubmissionsQueue"]["Properties"]
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * DAY_SECONDS
    longest_window = TEMPLATE["Parameters"]["SubmissionWindow"]["MaxValue"]
    assert queue["VisibilityTimeout"] >= 6 * FUNCTIONS["Submissions"]["Timeout"] + longest_window
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == DEAD_SUBMISSIONS
    assert queue["RedrivePolicy"]["maxReceiveCount"] > 1


def test_one_submission_that_fails_holds_up_no_other() -> None:
    given = FUNCTIONS["Submissions"]["Events"]["Submitted"]["Properties"]
    assert given["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_deletions_are_remembered_longer_than_submissions_may_be_under_way() -> None:
    waiting = RESOURCES["SubmissionsQueue"]["Properties"]["MessageRetentionPeriod"]
    dead = RESOURCES["SubmissionsDeadLetters"]["Properties"]["MessageRetentionPeriod"]
    longest = received.MAXIMUM_AGE.total_seconds()
    assert waiting + dead <= longest < tombstones.TOMBSTONE_DAYS * DAY_SECONDS
