"""Base URL and API key: from options, the environment or a profile."""

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs

from aem.errors import CommandError, UsageError

_SERVICE = "aem"
_KEY = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Connection:
    """Where the API is, and the key to call it with."""

    url: str
    api_key: str


def folder() -> Path:
    """Return the folder of the profiles: ``AEM_CONFIG_DIR``, or the platform's."""
    return Path(os.environ.get("AEM_CONFIG_DIR") or platformdirs.user_config_dir(_SERVICE))


def profiles_file() -> Path:
    """Return the file of the profiles."""
    return folder() / "profiles.json"


def base_url(text: str, source: str) -> str:
    """Return a base URL without what commands add to it.

    Raises:
        UsageError: It is not an http or https URL, or has user info, a query or a fragment.
    """
    if not text:
        raise UsageError(f"{source}: is empty")
    if not text.isprintable() or " " in text:
        raise UsageError(f"{source}: contains a space or a control character")
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        raise UsageError(f"{source}: the scheme is missing; write https://{text}")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"{source}: {error}") from None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        raise UsageError(f"{source}: expected https://HOST or http://HOST")
    if "@" in parts.netloc:
        raise UsageError(
            f"{source}: must not contain a user or password; the API key is the only credential"
        )
    if parts.query or parts.fragment:
        raise UsageError(f"{source}: must not have a query or a fragment")
    path = re.sub(r"/provisioning(/1)?$", "", parts.path.rstrip("/"))
    return f"{parts.scheme.lower()}://{parts.netloc}{path.rstrip('/')}"


def api_key(text: str, source: str) -> str:
    """Return an API key.

    Raises:
        UsageError: It has a character that no key has. The message does not show the key.
    """
    if not text:
        raise UsageError(f"{source}: is empty")
    if not _KEY.fullmatch(text):
        raise UsageError(f"{source}: contains a space, a line break or a non-ASCII character")
    return text


def connection(given: Mapping[str, Any]) -> Connection:
    """Return the connection of a command: options, then environment variables, then the profile.

    A profile that is named with ``--profile`` or ``AEM_PROFILE`` comes before ``AEM_URL`` and
    ``AEM_API_KEY``.

    Raises:
        UsageError: The URL or the key is missing or malformed, there is no such profile, or the
            key would be that of a profile for another URL.
    """
    for name in ("url", "api_key", "profile"):
        if given.get(name) == "":
            raise UsageError(f"--{name.replace('_', '-')}: is empty")
    named = profile_name(given)
    environment: Mapping[str, str] = {} if named else os.environ
    url = given.get("url") or environment.get("AEM_URL")
    key = given.get("api_key") or environment.get("AEM_API_KEY")
    profile: Mapping[str, Any] = {}
    if not (url and key):
        profile = load_profile(named)
    connected = Connection(
        base_url(*_found("url", given, environment, profile.get("url"))),
        api_key(*_found("api_key", given, environment, profile.get("apiKey"))),
    )
    if url and not key and connected.url != profile.get("url"):
        raise UsageError(
            f"The key of the profile is for {profile.get('url')}, not for {connected.url}:"
            " set AEM_API_KEY, or run: aem login"
        )
    return connected


def profile_name(given: Mapping[str, Any]) -> str | None:
    """Return the profile that an option or the environment names."""
    return given.get("profile") or os.environ.get("AEM_PROFILE") or None


def _found(
    name: str, given: Mapping[str, Any], environment: Mapping[str, str], stored: str | None
) -> tuple[str, str]:
    """Return a value and where it is from."""
    option, variable = f"--{name.replace('_', '-')}", f"AEM_{name.upper()}"
    for text, source in (
        (given.get(name), option),
        (environment.get(variable), variable),
        (stored, "the profile"),
    ):
        if text:
            return text, source
    raise UsageError(f"Set {variable}, give {option}, or run: aem login")


def read_profiles() -> dict[str, Any]:
    """Return the content of the file of profiles: ``{"default": name, "profiles": {...}}``.

    Raises:
        UsageError: The file cannot be read.
    """
    file = profiles_file()
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"default": None, "profiles": {}}
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{file}: is not JSON") from None
    profiles = content.get("profiles") if isinstance(content, dict) else None
    if not isinstance(profiles, dict) or not all(map(_is_profile, profiles.values())):
        raise UsageError(f"{file}: is not a file of profiles")
    default = content.get("default")
    if not isinstance(default, str | None):
        raise UsageError(f"{file}: default: expected the name of a profile")
    return {"default": default, "profiles": profiles}


def _is_profile(profile: Any) -> bool:
    return (
        isinstance(profile, dict)
        and isinstance(profile.get("url"), str)
        and isinstance(profile.get("apiKey"), str | None)
    )


def load_profile(name: str | None) -> Mapping[str, Any]:
    """Return a profile with its key; the default one for None, empty if there is none.

    Raises:
        UsageError: There is no profile of that name.
    """
    content = read_profiles()
    wanted = name or content.get("default")
    if wanted is None:
        return {}
    profile: dict[str, Any] | None = content["profiles"].get(wanted)
    if profile is None:
        known = ", ".join(sorted(content["profiles"])) or "none"
        raise UsageError(f"No profile {wanted!r}; there is: {known}")
    if profile.get("keyring"):
        with contextlib.suppress(Exception):
            import keyring  # noqa: PLC0415 - optional

            return {**profile, "apiKey": keyring.get_password(_SERVICE, wanted)}
        raise UsageError(f"The key of the profile {wanted!r} is in a keyring that cannot be read")
    return profile


def save_profile(name: str, connected: Connection) -> str:
    """Store a profile and make it the default one.

    Returns:
        Where the key is: ``keyring``, or the file's path.
    """
    content = read_profiles()
    profile: dict[str, Any] = {"url": connected.url}
    in_keyring = _keep_in_keyring(name, connected.api_key)
    profile |= {"keyring": True} if in_keyring else {"apiKey": connected.api_key}
    content["profiles"][name] = profile
    content["default"] = name
    write_profiles(content)
    return "the system keyring" if in_keyring else str(profiles_file())


def _keep_in_keyring(name: str, secret: str) -> bool:
    with contextlib.suppress(Exception):  # no keyring, or one that refuses: the file takes it
        import keyring  # noqa: PLC0415 - optional

        keyring.set_password(_SERVICE, name, secret)
        return bool(keyring.get_password(_SERVICE, name) == secret)
    return False


def write_profiles(content: Mapping[str, Any]) -> None:
    """Replace the file of profiles; only its owner can read it.

    Raises:
        CommandError: It cannot be written.
    """
    file = profiles_file().resolve()  # a link to a folder of settings stays one
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=file.parent)  # mode 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(content, stream, indent=2)
        Path(name).replace(file)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None


def remove_profile(name: str) -> None:
    """Remove a profile and its key.

    Raises:
        UsageError: There is no profile of that name.
    """
    content = read_profiles()
    if name not in content["profiles"]:
        raise UsageError(f"No profile {name!r}")
    if content["profiles"].pop(name).get("keyring"):
        with contextlib.suppress(Exception):
            import keyring  # noqa: PLC0415 - optional

            keyring.delete_password(_SERVICE, name)
    if content.get("default") == name:
        content["default"] = None
    write_profiles(content)
