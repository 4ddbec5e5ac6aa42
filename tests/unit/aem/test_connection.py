"""Where the URL and the key come from, and that a key never goes elsewhere."""

import io
import json
import sys
from pathlib import Path

import pytest

from aem import settings
from aem.__main__ import main
from aem.errors import UsageError
from tests.support.scripted_api import ScriptedApi, error, page


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("https://host/v1/", "https://host/v1"),
        ("HTTPS://host", "https://host"),
        ("http://[::1]:3000/provisioning/1", "http://[::1]:3000"),
        ("https://host/v1/provisioning", "https://host/v1"),
    ],
)
def test_base_urls_are_understood(given: str, understood: str) -> None:
    assert settings.base_url(given, "--url") == understood


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("host.example", "write https://host.example"),
        ("localhost:3000", "write https://localhost:3000"),
        ("ftp://host", "expected https://HOST"),
        ("https://", "expected https://HOST"),
        ("https://user:secret@host", "must not contain a user or password"),
        ("https://host?x=1", "must not have a query"),
        ("https://host#x", "must not have a query or a fragment"),
        ("https://host/\n", "contains a space or a control character"),
        ("https://host:port", "Port could not be cast"),
        ("https://[::1", "Invalid IPv6"),
    ],
)
def test_other_urls_are_refused_with_the_reason(given: str, told: str) -> None:
    with pytest.raises(UsageError, match=r"--url: ") as refused:
        settings.base_url(given, "--url")
    assert told in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.fixture
def profile(api: ScriptedApi, key: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment has no connection; the default profile has one to the API."""
    settings.save_profile("default", settings.Connection(api.url, key))
    monkeypatch.delenv("AEM_URL")
    monkeypatch.delenv("AEM_API_KEY")
    return api.url


def test_the_default_profile_is_used(api: ScriptedApi, profile: str, key: str) -> None:
    api.then(200, page([]))
    assert main(["entities", "list"]) == 0
    assert api.sent[0].headers["Authorization"] == f"App {key}"


def test_the_key_of_a_profile_is_not_sent_to_another_url(
    api: ScriptedApi,
    profile: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = api.url.replace("127.0.0.1", "localhost")
    assert main(["entities", "list", "--url", other]) == 2
    monkeypatch.setenv("AEM_URL", other)
    assert main(["entities", "list"]) == 2
    assert f"is for {profile}, not for {other}" in capsys.readouterr().err
    assert api.sent == []


@pytest.mark.parametrize("option", ["--url", "--api-key", "--profile"])
def test_an_empty_option_does_not_fall_back_to_another_target(
    api: ScriptedApi, profile: str, option: str
) -> None:
    assert main(["entities", "delete", "acme", "--yes", option, ""]) == 2
    assert api.sent == []


def test_a_named_profile_comes_before_the_environment(
    api: ScriptedApi, profile: str, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("AEM_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AEM_API_KEY", "aem_of-another")
    api.then(200, page([]))
    assert main(["entities", "list", "--profile", "default"]) == 0
    assert api.sent[0].headers["Authorization"] == f"App {key}"


def test_a_profile_named_by_the_environment_is_used_like_a_named_one(
    api: ScriptedApi,
    profile: str,
    monkeypatch: pytest.MonkeyPatch,
    key: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    settings.save_profile("other", settings.Connection("http://127.0.0.1:1", "aem_other"))
    for variables in ({}, {"AEM_URL": "http://127.0.0.1:1", "AEM_API_KEY": "aem_of-another"}):
        for name, value in {**variables, "AEM_PROFILE": "default"}.items():
            monkeypatch.setenv(name, value)
        api.then(200, page([]))
        assert main(["entities", "list"]) == 0
        assert api.sent[-1].headers["Authorization"] == f"App {key}"
    monkeypatch.setenv("AEM_PROFILE", "none")
    assert main(["entities", "list"]) == 2
    assert "No profile 'none'" in capsys.readouterr().err
    assert main(["profiles", "remove", "other"]) == 0


def test_a_login_is_kept_under_the_name_in_the_environment(
    api: ScriptedApi, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AEM_PROFILE", "staging")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{key}\n"))
    api.then(200, {"requests": {}})
    assert main(["login", "--api-key-stdin", "--url", api.url]) == 0
    assert settings.read_profiles()["profiles"].keys() == {"staging"}


def test_a_login_hides_a_file_that_others_could_read(api: ScriptedApi, profile: str) -> None:
    settings.profiles_file().chmod(0o644)
    settings.save_profile("other", settings.Connection(api.url, "aem_other"))
    assert settings.profiles_file().stat().st_mode & 0o777 == 0o600


def test_a_login_keeps_a_link_to_the_file(api: ScriptedApi, profile: str, tmp_path: Path) -> None:
    kept = settings.profiles_file().rename(tmp_path / "kept.json")
    settings.profiles_file().symlink_to(kept)
    settings.save_profile("other", settings.Connection(api.url, "aem_other"))
    assert settings.profiles_file().is_symlink()
    assert "aem_other" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_profile_that_does_not_exist_is_an_error(
    api: ScriptedApi, profile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["entities", "list", "--profile", "none"]) == 2
    assert "No profile 'none'; there is: default" in capsys.readouterr().err
    assert main(["profiles", "use", "none"]) == 2
    assert main(["profiles", "remove", "none"]) == 2


ODD_DEFAULTS = [f'{{"profiles": {{}}, "default": {odd}}}' for odd in ("[]", "{}", "7", "true")]


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"profiles": 3}', '{"profiles": {"default": 1}}', "[" * 100_000, *ODD_DEFAULTS],
)
def test_a_damaged_file_of_profiles_is_named(
    api: ScriptedApi, profile: str, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    settings.profiles_file().write_text(content)
    assert main(["entities", "list"]) == 2
    assert main(["profiles", "list"]) == 2
    told = capsys.readouterr().err.replace("\n", "")
    assert told.count(str(settings.profiles_file())) == 2
    assert "Traceback" not in told


def test_a_login_is_checked_before_it_is_kept(
    api: ScriptedApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("aem_wrong\n"))
    api.then(401, error("Unauthorized"))
    assert main(["login", "--api-key-stdin", "--url", api.url]) == 1
    monkeypatch.setattr("sys.stdin", io.StringIO("aem_wrong\n"))
    api.then(200, {})  # not this API
    assert main(["login", "--api-key-stdin", "--url", api.url]) == 1
    assert not settings.profiles_file().exists()


@pytest.mark.parametrize("option", ["--name", "--profile"])
def test_a_login_is_kept_under_the_name_that_is_given(
    api: ScriptedApi, key: str, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{key}\n"))
    api.then(200, {"requests": {}})
    assert main(["login", "--api-key-stdin", "--url", api.url, option, "staging"]) == 0
    assert settings.read_profiles()["profiles"].keys() == {"staging"}
    assert main(["profiles", "use", "staging"]) == 0


def test_a_keyring_keeps_the_key_where_there_is_one(
    api: ScriptedApi, key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "keyring.py").write_text(
        "kept = {}\n"
        "def set_password(service, name, secret): kept[service, name] = secret\n"
        "def get_password(service, name): return kept.get((service, name))\n"
        "def delete_password(service, name): del kept[service, name]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "keyring", raising=False)
    settings.save_profile("default", settings.Connection(api.url, key))
    assert key not in settings.profiles_file().read_text()
    assert settings.load_profile(None)["apiKey"] == key
    settings.remove_profile("default")
    assert json.loads(settings.profiles_file().read_text())["profiles"] == {}
    monkeypatch.delitem(sys.modules, "keyring")


def test_the_doctor_says_what_is_wrong(
    api: ScriptedApi, capsys: pytest.CaptureFixture[str]
) -> None:
    api.then(401, error("Unauthorized"))
    assert main(["doctor"]) == 1
    told = {row["check"]: row["result"] for row in json.loads(capsys.readouterr().out)}
    assert told == {"versions": "ok", "reachable": "ok", "key": "failed"}
    api.then(404, error("Not found") | {"errorCode": "E404"})  # a gateway without this route
    assert main(["doctor"]) == 1
    told = {row["check"]: row["result"] for row in json.loads(capsys.readouterr().out)}
    assert told == {"versions": "ok", "reachable": "failed"}
    api.then(200, {"requests": {}}, Date="Wed, 25 Nov 2026 00:00:00 GMT")
    api.key = {"scopes": ["application-entity:read"], "platform": [{"entityId": "a"}]}
    api.then(200, page([]))
    api.then(403, error("Forbidden"))
    assert main(["doctor"]) == 1
    rows = json.loads(capsys.readouterr().out)
    told = {row["check"]: row["result"] for row in rows}
    (scopes,) = (row["detail"] for row in rows if row["check"] == "scopes")
    assert scopes == "application-entity:read; restricted to some applications or entities"
    assert told["manage API keys"] == "not allowed"
    assert told["clock"] == "failed"
