"""Turns template.yaml into plain CloudFormation, as a deployment does.

AWS's own SAM translator does it, so that what runs here is what would be
deployed. The result is kept in a file, since importing the translator takes a
second.
"""

import hashlib
import importlib.metadata
import json
import logging
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from local import foreach
from local.settings import REGION, LocalError

_CODE_PROPERTIES: Final = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
}


def load(path: Path, cache: Path | None = None) -> dict[str, Any]:
    """Read a SAM template and translate it.

    The cache, if there is one, is a file that keeps the translation for as long as the
    template and the translator stay the same.

    Returns:
        A CloudFormation template with its intrinsic functions unresolved. The folder
        of a function's or layer's code, as the template has it, is its S3Key.

    Raises:
        LocalError: The template is missing, or no valid SAM template.
    """
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        message = f"{path} is not UTF-8 text"
        raise LocalError(message) from error
    except OSError as error:
        message = f"cannot read {path}: {error.strerror}"
        raise LocalError(message) from error
    if cache is None:
        return _translate(text, path)
    version = importlib.metadata.version("aws-sam-translator")
    digest = hashlib.sha256(f"{version} {text}".encode()).hexdigest()
    kept: dict[str, Any] = {}
    with suppress(OSError, ValueError):  # it is missing, or was cut off
        kept = json.loads(cache.read_text())
    if kept.get("digest") != digest:
        kept = {"digest": digest, "template": _translate(text, path)}
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(json.dumps(kept))
    translated: dict[str, Any] = kept["template"]
    return translated


def _translate(text: str, path: Path) -> dict[str, Any]:
    import yaml  # noqa: PLC0415 - a second to import, for nothing if the cache is valid
    from samtranslator.parser.parser import Parser  # noqa: PLC0415
    from samtranslator.public.exceptions import InvalidDocumentException  # noqa: PLC0415
    from samtranslator.translator.translator import Translator  # noqa: PLC0415
    from samtranslator.yaml_helper import yaml_parse  # noqa: PLC0415

    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns of AWS's own settings
    try:
        template = yaml_parse(text)
        _check_structure(template, path)
        expanded = foreach.expand(template)
        _put_code_in_bucket(expanded["Resources"])
        session = SimpleNamespace(region_name=REGION)  # all of it that the translator reads
        translator = Translator({}, Parser(), boto_session=session)
        translated: dict[str, Any] = translator.translate(expanded, {})
    except yaml.YAMLError as error:
        message = f"{path} is not valid YAML: {error}"
        raise LocalError(message) from error
    except InvalidDocumentException as error:
        causes = "; ".join(str(cause.message) for cause in error.causes)
        message = f"{path} is not a valid SAM template: {causes}"
        raise LocalError(message) from error
    return translated


def _check_structure(template: Any, path: Path) -> None:
    """Refuse a file that is no template at all, on which the translator fails with a traceback."""
    resources = template.get("Resources") if isinstance(template, dict) else None
    if not isinstance(resources, dict) or not resources:
        message = f"{path} is not a SAM template: it has no Resources"
        raise LocalError(message)
    for name, resource in resources.items():
        is_loop = str(name).startswith(foreach.LOOP)
        if not is_loop and not (isinstance(resource, dict) and "Type" in resource):
            message = f"{path} is not a SAM template: the resource {name} has no Type"
            raise LocalError(message)


def _put_code_in_bucket(resources: dict[str, Any]) -> None:
    """Give functions and layers the S3 form that the translator insists on."""
    for resource in resources.values():
        properties = resource.get("Properties", {})
        name = _CODE_PROPERTIES.get(resource["Type"])
        if name and isinstance(properties.get(name), str):
            properties[name] = {"Bucket": "local", "Key": properties[name]}
