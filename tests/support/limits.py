"""Limits of requests and items, for the length of a test."""

import json

import pytest


def limit(monkeypatch: pytest.MonkeyPatch, **given: int) -> None:
    """Let all accounts have these limits, and no others."""
    monkeypatch.setenv("LIMITS", json.dumps(given))
