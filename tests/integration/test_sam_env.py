"""What `make sam-env` makes for `sam local`, and that it fits the template."""

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3

from local import service
from local.settings import PROJECT, REGION
from tests.support.deployment import stack
from tests.support.emulator import wait_for
from tools import sam_env, samples


def test_the_environment_file_names_only_variables_that_every_function_declares() -> None:
    """`sam local` passes no others."""
    (variables,) = sam_env.environment("table", "127.0.0.1", 8000).values()
    for function in stack().functions.values():
        assert variables.keys() <= function.environment.keys()


def test_there_is_a_table_with_the_key_of_the_sample_events_until_a_signal(tmp_path: Path) -> None:
    file, port = tmp_path / "env.json", service.free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.sam_env"],
        cwd=PROJECT,
        env=os.environ | {"ENV_FILE": str(file), "HOST": "127.0.0.1", "PORT": str(port)},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: file.exists() and file.read_text().endswith("\n"))
        variables = json.loads(file.read_text())["Parameters"]
        dynamodb = boto3.client(
            "dynamodb",
            REGION,
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )
        assert dynamodb.scan(TableName=variables["TABLE_NAME"])["Count"] > 0
    finally:
        process.terminate()
    assert process.wait() == 0


def test_every_sample_event_is_run_through_the_built_function() -> None:
    found = {
        path.relative_to(PROJECT / "events").with_suffix("").as_posix()
        for path in (PROJECT / "events").rglob("*.json")
    }
    assert found == {name for name, _ in samples.ANSWERS}
