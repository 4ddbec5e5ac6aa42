"""Reduces botocore's data about AWS to the calls of the functions.

botocore describes 400 services in 100 MB, and reads several megabytes of them at each start. Every
file here is made from that of the pinned botocore, so an update of botocore updates them too.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

OPERATIONS = {
    "dynamodb": {
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "DescribeEndpoints",  # botocore asks whether endpoints are discovered
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    },
    "sqs": {"DeleteMessageBatch", "ReceiveMessage", "SendMessage", "SendMessageBatch"},
}
"""The operations that the functions call, by service."""

RULES = "endpoint-rule-set-1.json"
WHOLE = ("partitions.json", "sdk-default-configuration.json")
ROOTS = re.compile(r"CN=Amazon Root CA \d|CN=Starfield Services Root Certificate Authority")
"""The roots of Amazon Trust Services, from which AWS issues its certificates."""


def trim(site: Path) -> None:
    """Trim the data of the botocore and boto3 in a folder of packages.

    Args:
        site: The folder that the packages are installed in.
    """
    shutil.rmtree(site / "boto3" / "data", ignore_errors=True)
    shutil.rmtree(site / "boto3" / "examples", ignore_errors=True)
    certificates = site / "botocore" / "cacert.pem"
    certificates.write_text(aws_certificates(certificates.read_text()))
    data = site / "botocore" / "data"
    kept = dict(trimmed(data))
    shutil.rmtree(data)
    for path, content in kept.items():
        (data / path).parent.mkdir(parents=True, exist_ok=True)
        (data / path).write_text(json.dumps(content, separators=(",", ":")))


def trimmed(data: Path) -> Iterator[tuple[str, Any]]:
    """Yield the files that are kept of botocore's data: the path and content of each."""
    for name in WHOLE:
        yield name, read(data / name)
    yield "endpoints.json", endpoints(read(data / "endpoints.json"))
    for service, operations in OPERATIONS.items():
        # The last version is that which boto3 takes; older ones hold no operations.
        folder = max((data / service).iterdir())
        where = f"{service}/{folder.name}"
        yield f"{where}/service-2.json", model(read(folder / "service-2.json"), operations)
        yield f"{where}/{RULES}", read(folder / RULES)


def read(path: Path) -> Any:
    """Return the content of a file of JSON, which may be compressed."""
    zipped = path.with_name(path.name + ".gz")
    return json.loads(gzip.decompress(zipped.read_bytes()) if zipped.exists() else path.read_text())


def endpoints(content: dict[str, Any]) -> dict[str, Any]:
    """Return the endpoints of the called services alone, in every partition."""
    for partition in content["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in OPERATIONS if name in services}
    return content


def model(content: dict[str, Any], operations: set[str]) -> dict[str, Any]:
    """Return a service's model with these operations and the shapes that they use.

    Raises:
        KeyError: The service has no such operation.
    """
    called = {name: content["operations"][name] for name in sorted(operations)}
    shapes: dict[str, Any] = {}
    pending = set(references(called.values()))
    while pending:
        name = pending.pop()
        shapes[name] = content["shapes"][name]
        pending |= set(references([shapes[name]])) - shapes.keys()
    kept = {"metadata": content["metadata"], "operations": called}
    kept["shapes"] = dict(sorted(shapes.items()))  # pending has no order: builds would differ
    if "clientContextParams" in content:
        kept["clientContextParams"] = content["clientContextParams"]
    return dict(without_documentation({"version": content["version"], **kept}))


def references(values: Iterable[Any]) -> Iterator[str]:
    """Yield the names of the shapes that parts of a model refer to."""
    for value in values:
        if isinstance(value, dict):
            if isinstance(value.get("shape"), str):
                yield value["shape"]
            yield from references(value.values())
        elif isinstance(value, list):
            yield from references(value)


def without_documentation(value: Any) -> Any:
    """Return a part of a model without the texts that explain it."""
    if isinstance(value, dict):
        return {
            name: without_documentation(member)
            for name, member in value.items()
            if not (name == "documentation" and isinstance(member, str))
        }
    if isinstance(value, list):
        return [without_documentation(member) for member in value]
    return value


def aws_certificates(bundle: str) -> str:
    """Return the certificates of a bundle by which AWS's own are verified.

    Raises:
        ValueError: The bundle has none of them.
    """
    blocks = re.findall(
        r"# Issuer: [^\n]*\n.*?-----END CERTIFICATE-----\n", bundle, flags=re.DOTALL
    )
    kept = [block for block in blocks if ROOTS.search(block.split("\n# Label", 1)[0])]
    if not kept:
        raise ValueError("no certificates of Amazon Trust Services")
    return "\n".join(kept)
