"""The threat model names tests that exist, and what Checkov really leaves out."""

import re

import yaml

from local.settings import PROJECT

PAGE = (PROJECT / "docs" / "threat-model.md").read_text()


def test_every_test_that_it_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert named <= {path.stem for path in (PROJECT / "tests").rglob("test_*.py")}


def test_it_explains_each_check_that_is_skipped() -> None:
    skipped = yaml.safe_load((PROJECT / ".checkov.yaml").read_text())["skip-check"]
    assert set(re.findall(r"CKV_\w+", PAGE)) == set(skipped)
