"""The cookbook's commands do what the cookbook says."""

import json
import re
import subprocess
from pathlib import Path

from local.settings import PROJECT

COOKBOOK = (PROJECT / "docs" / "cookbook.md").read_text()
JOBS = dict(re.findall(r"\*\*(.+?)\*\*\n\n```console\n(.*?)```", COOKBOOK, re.DOTALL))


def test_every_job_runs(command: Path, environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(PROJECT / "examples")
    environment["PATH"] = f"{command.parent}:{environment['PATH']}"

    def run(script: str) -> str:
        ran = subprocess.run(
            ["bash", "-e"],
            input=script,
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, (script, ran.stdout, ran.stderr)
        return ran.stdout

    shown = {
        job: run("\n".join(line.removeprefix("$ ") for line in commands.splitlines()))
        for job, commands in JOBS.items()
    }
    assert len(shown) == COOKBOOK.count("```console")
    (onboarding, *_) = shown.values()
    assert json.loads(onboarding)["succeeded"] == 500
    assert '"entityId": "customer-42"' in shown["Whose number is this?"]
    assert '"poolSize": 500' in shown["Which sender does a message leave from, and why?"]
    assert '"SUCCEEDED"' in shown["Move a department"]
    assert shown["Offboard a customer, and undo it"].count('"state": "SUCCEEDED"') == 2
    assert '"apiKey": "aem_' in shown["Give a customer a restricted key"]
    left = json.loads(run("aem associations list --entity-id customer-42 --size 1"))
    assert left["paging"]["totalResults"] == 500
    assert json.loads(run("aem entities get customer-42"))["entityName"] == "Customer 42"
