"""An emulator of AWS (ministack) that stacks are deployed to, as ``sam deploy`` deploys to AWS.

Where it differs from AWS, the template is adapted here, never in the product
(docs/testing.md says how):

* it refuses alarms with ``Metrics`` and knows no composite alarms: they are left out;
* functions reach it by ``AWS_ENDPOINT_URL``, which the template declares as empty.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import requests
from samtranslator.yaml_helper import yaml_parse

from local import service
from local.settings import PROJECT
from tools import interpreters

REGION = "eu-central-1"
START_SECONDS = 60.0
PATIENCE_SECONDS = 90.0
UNSUPPORTED = ("TableFailureAlarm", "Fn::ForEach::Throttles", "Fn::ForEach::Objectives")


@dataclass(frozen=True)
class Emulator:
    """A running emulator.

    Attributes:
        port: Its only port, for all services and the deployed APIs.
        log: What it prints, the functions' output included.
    """

    port: int
    log: Path

    @property
    def url(self) -> str:
        """The endpoint of every service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which AWS tools reach it, as the account's root."""
        return {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_SECRET_ACCESS_KEY": "test",
            "SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS": "1",
            "SAM_CLI_TELEMETRY": "0",
        }

    def client(self, service: str, **credentials: str) -> Any:
        """Return a boto3 client of one of its services."""
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"} | credentials
        client: Any = boto3.client  # typed for services by their literal names alone
        return client(service, REGION, endpoint_url=self.url, **keys)

    def sam(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the SAM CLI against it."""
        return subprocess.run(
            [sys.executable, "-m", "samcli", *arguments, "--region", REGION],
            cwd=PROJECT,
            env=_clean_environment() | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@dataclass(frozen=True)
class Stack:
    """A stack that is, or was, deployed to the emulator.

    Attributes:
        emulator: The emulator.
        name: The stack's name.
    """

    emulator: Emulator
    name: str

    def deploy(self, template: Path, **parameters: str) -> subprocess.CompletedProcess[str]:
        """Create or update the stack with ``sam deploy``."""
        overrides = [f"{name}={value}" for name, value in parameters.items()]
        return self.emulator.sam(
            *("deploy", "--template-file", str(template), "--stack-name", self.name),
            *("--resolve-s3", "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
            *("--no-confirm-changeset", "--no-progressbar"),
            *(("--parameter-overrides", *overrides) if overrides else ()),
        )

    @property
    def status(self) -> str:
        """The stack's status in CloudFormation."""
        status: str = self._described["StackStatus"]
        return status

    @property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs."""
        return {output["OutputKey"]: output["OutputValue"] for output in self._described["Outputs"]}

    def physical(self, logical_id: str) -> str:
        """Return the physical id of a resource."""
        described = self.emulator.client("cloudformation").describe_stack_resource(
            StackName=self.name, LogicalResourceId=logical_id
        )
        identifier: str = described["StackResourceDetail"]["PhysicalResourceId"]
        return identifier

    def new_key(self, account: str) -> str:
        """Create an account and its first API key as an operator does, with ``make key``."""
        run = subprocess.run(
            ["make", "-s", "key", f"TABLE={self.outputs['TableName']}", f"ACCOUNT={account}"],
            cwd=PROJECT,
            env=_clean_environment() | self.emulator.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return run.stdout.strip()

    def call(self, method: str, path: str, key: str = "", body: Any = None) -> requests.Response:
        """Send a request to the deployed API, by the host name of its base URL."""
        api, stage = self.physical("Api"), self.outputs["BaseUrl"].rpartition("/")[2]
        return requests.request(
            method,
            f"{self.emulator.url}/{stage}{path}",
            json=body,
            headers={
                "Host": f"{api}.execute-api.localhost:{self.emulator.port}",
                **({"Authorization": f"App {key}"} if key else {}),
            },
            timeout=PATIENCE_SECONDS,
        )

    @property
    def _described(self) -> Mapping[str, Any]:
        client = self.emulator.client("cloudformation")
        described: Mapping[str, Any] = client.describe_stacks(StackName=self.name)["Stacks"][0]
        return described


@contextmanager
def running(folder: Path) -> Iterator[Emulator]:
    """Run the emulator, with its role checks on, for the length of a with block."""
    emulator = Emulator(service.free_port(), folder / "emulator.log")
    settings = {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(emulator.port),
        "MINISTACK_REGION": REGION,
        "TMPDIR": str(folder),
    }
    python = interpreters.interpreter(interpreters.version(), "ministack")
    with emulator.log.open("w") as output:
        process = subprocess.Popen(
            [python, "-m", "ministack"],
            cwd=folder,
            env=_clean_environment() | settings,
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(lambda: service.answers(emulator.port), START_SECONDS)
        yield emulator
    finally:
        process.terminate()
        process.wait()


def build(folder: Path) -> Path:
    """Build what is deployed, for the functions' Python where it is found, else for this one's.

    Returns:
        The built template.
    """
    environment = _clean_environment() | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
        "TARGET_VERSION": interpreters.version(),
    }
    command = [sys.executable, "-m", "samcli", "build", "--build-dir", str(folder)]
    subprocess.run(command, cwd=PROJECT, env=environment, check=True, capture_output=True)
    return folder / "template.yaml"


def adapted(template: Path, emulator: Emulator, name: str, **resources: Any) -> Path:
    """Write a built template as the emulator takes it, beside the template.

    Args:
        template: The built template.
        emulator: The emulator.
        name: The new file's name.
        resources: Properties to change, by the logical id of their resource; a resource with a
            Type is added.
    """
    document = yaml_parse(template.read_text())
    for unsupported in UNSUPPORTED:
        del document["Resources"][unsupported]
    variables = document["Globals"]["Function"]["Environment"]["Variables"]
    variables["AWS_ENDPOINT_URL"] = emulator.url
    for logical_id, change in resources.items():
        if "Type" in change:
            document["Resources"][logical_id] = change
        else:
            document["Resources"][logical_id]["Properties"] |= change
    path = template.with_name(name)
    path.write_text(json.dumps(document))
    return path


def wait_for(condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """Return what a condition returns once that is true.

    Raises:
        AssertionError: It is not within that time.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(service.POLL_SECONDS)
    return found


def _clean_environment() -> dict[str, str]:
    """Return the environment without what tests set for code of this process."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
