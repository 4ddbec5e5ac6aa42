"""Functions run in processes of their own, as Lambda runs them."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.functions import Functions
from local.resources import Function
from local.settings import LocalError
from tests.unit.local.records import until

HANDLER = """
import json, os, sys, time
import shared

def handler(event, context):
    print(json.dumps({"level": "ERROR", "message": "logged", "location": "here"}))
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "exit" in event:
        os._exit(event["exit"])
    if "raise" in event:
        raise ValueError(event["raise"])
    if "answer" in event:
        return event["answer"]
    return {
        "pid": os.getpid(),
        "shared": shared.VALUE,
        "environment": sorted(os.environ),
        "table": os.environ["TABLE_NAME"],
        "path": sys.path,
        "left": context.get_remaining_time_in_millis(),
        "context": [context.function_name, context.memory_limit_in_mb, context.function_version],
        "arn": context.invoked_function_arn,
        "request": context.aws_request_id,
    }
"""

Invoke = Callable[..., Any]


@pytest.fixture
def function(tmp_path: Path) -> Function:
    code, layer = tmp_path / "code", tmp_path / "layer"
    code.mkdir()
    layer.mkdir()
    (code / "app.py").write_text(HANDLER)
    (layer / "shared.py").write_text("VALUE = 1")
    return Function(
        logical_id="Worker",
        name="local-Worker",
        code=code,
        layers=(layer,),
        handler="app.handler",
        timeout=2,
        memory=256,
        concurrency=3,
        environment={"TABLE_NAME": "things"},
    )


@pytest.fixture
def echoed() -> list[str]:
    return []


@pytest.fixture
def functions(function: Function, tmp_path: Path, echoed: list[str]) -> Iterator[Functions]:
    services = {"AWS_ENDPOINT_URL_DYNAMODB": "http://tables"}
    running = Functions([function], services, tmp_path / "logs", echoed.append)
    yield running
    running.close()


@pytest.fixture
def invoke(functions: Functions) -> Invoke:
    def invoke_worker(**event: Any) -> Any:
        answer = functions.invoke("Worker", json.dumps(event).encode())
        assert not answer.failed, answer
        return json.loads(answer.payload)

    return invoke_worker


@pytest.fixture
def fail(functions: Functions) -> Invoke:
    def fail_worker(**event: Any) -> Any:
        answer = functions.invoke("Worker", json.dumps(event).encode())
        assert answer.failed, answer
        return json.loads(answer.payload)

    return fail_worker


def test_a_function_gets_the_settings_of_the_template_and_no_others(
    invoke: Invoke, function: Function, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THE_DEVELOPER", "1")
    seen = invoke()

    assert seen["table"] == "things"
    assert "AWS_ENDPOINT_URL_DYNAMODB" in seen["environment"]
    assert "OF_THE_DEVELOPER" not in seen["environment"]
    assert seen["path"][0] == str(function.code)
    assert str(function.layers[0]) in seen["path"]
    assert str(Path(__file__).parents[3]) not in seen["path"]


def test_the_context_is_that_of_lambda(invoke: Invoke) -> None:
    first, second = invoke(), invoke()

    assert first["context"] == ["local-Worker", "256", "$LATEST"]
    assert first["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:local-Worker"
    assert 0 < first["left"] <= 2000
    assert first["request"] != second["request"]


def test_one_process_serves_one_event_after_another(invoke: Invoke) -> None:
    assert invoke()["pid"] == invoke()["pid"]


def test_events_at_the_same_time_get_processes_of_their_own_up_to_the_limit(
    invoke: Invoke,
) -> None:
    pids: list[int] = []

    def call() -> None:
        pids.extend(invoke(sleep=0.02)["pid"] for _ in range(5))

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(pids) == 40
    assert 1 < len(set(pids)) <= 3


@pytest.mark.parametrize("value", [None, True, 1.5, "é😀", [1], {"a": {"b": None}}])
def test_an_answer_arrives_as_it_was_given(invoke: Invoke, value: Any) -> None:
    assert invoke(answer=value) == value


def test_an_error_is_described_as_lambda_does(fail: Invoke, echoed: list[str]) -> None:
    error = fail(**{"raise": "no such thing"})

    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no such thing")
    assert "in handler" in "".join(error["stackTrace"])
    until(lambda: any("ValueError: no such thing" in line for line in echoed))


def test_a_function_that_overruns_is_killed_and_the_next_event_gets_another(
    fail: Invoke, invoke: Invoke
) -> None:
    before = invoke()["pid"]
    error = fail(sleep=60)

    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"] == "Task timed out after 2.00 seconds"
    assert invoke()["pid"] != before


def test_a_process_that_ends_is_replaced(fail: Invoke, invoke: Invoke) -> None:
    assert fail(exit=3)["errorMessage"] == "Runtime exited with error: exit status 3"
    assert invoke()["shared"] == 1


def test_a_change_of_code_or_layer_takes_effect_with_the_next_event(
    invoke: Invoke, function: Function
) -> None:
    assert invoke()["shared"] == 1
    (function.layers[0] / "shared.py").write_text("VALUE = 2")
    assert invoke()["shared"] == 2
    (function.layers[0] / "shared.py").write_text("VALUE = 3")
    assert invoke()["shared"] == 3
    (function.code / "app.py").write_text("def handler(event, context): return 'new'")
    assert invoke() == "new"


def test_a_link_to_nothing_as_editors_make_for_open_files_does_not_matter(
    invoke: Invoke, function: Function
) -> None:
    (function.code / ".#app.py").symlink_to("someone@somewhere.1234")
    assert invoke()["shared"] == invoke()["shared"] == 1


def test_code_that_cannot_be_imported_fails_until_it_is_corrected(
    invoke: Invoke, fail: Invoke, function: Function, functions: Functions
) -> None:
    (function.code / "app.py").write_text("import nothing_of_this_name")

    assert fail()["errorType"] == "ModuleNotFoundError"
    with pytest.raises(LocalError, match="cannot start Worker"):
        functions.warm("Worker")
    (function.code / "app.py").write_text(HANDLER)
    functions.warm("Worker")
    assert invoke()["shared"] == 1


def test_everything_is_logged_and_errors_are_shown(
    invoke: Invoke, tmp_path: Path, echoed: list[str]
) -> None:
    invoke()
    log = tmp_path / "logs" / "Worker.log"

    until(lambda: '"message": "logged"' in log.read_text())
    until(lambda: "Worker: [ERROR] logged (here)" in echoed)


def test_closing_ends_a_function_in_the_middle_of_an_event(functions: Functions) -> None:
    answers: list[Any] = []
    event = json.dumps({"sleep": 60}).encode()
    call = threading.Thread(target=lambda: answers.append(functions.invoke("Worker", event)))
    functions.warm("Worker")
    pid = json.loads(functions.invoke("Worker", b"{}").payload)["pid"]
    call.start()
    functions.close()
    call.join(timeout=10)

    assert answers[0].failed
    until(lambda: not alive(pid))
    assert functions.invoke("Worker", event).failed


def alive(pid: int) -> bool:
    """Return whether a process runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
