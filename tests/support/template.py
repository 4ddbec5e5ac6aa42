"""The template as a deployment reads it: resources, functions and routes."""

from collections.abc import Iterator
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from local import foreach
from local.settings import PROJECT

Properties = dict[str, Any]
TEMPLATE: dict[str, Any] = foreach.expand(yaml_parse((PROJECT / "template.yaml").read_text()))
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
SUBMISSIONS = {"Fn::GetAtt": ["SubmissionsQueue", "Arn"]}
DEAD_LETTERS = {"Fn::GetAtt": ["ResetsDeadLetters", "Arn"]}
DEAD_CHANGES = {"Fn::GetAtt": ["ChangesDeadLetters", "Arn"]}
DEAD_SUBMISSIONS = {"Fn::GetAtt": ["SubmissionsDeadLetters", "Arn"]}
DAY_SECONDS = 24 * 60 * 60


def of_type(name: str) -> dict[str, Properties]:
    """The properties of all resources of a type, by logical id."""
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in RESOURCES.items()
        if resource["Type"] == name
    }


FUNCTIONS = of_type("AWS::Serverless::Function")
COMPOSITES = of_type("AWS::CloudWatch::CompositeAlarm")
BURN_WINDOWS = [name for name in of_type("AWS::CloudWatch::Alarm") if "Burn" in name]


def routes() -> Iterator[tuple[str, str, str]]:
    """Each route of the API: function, method and path."""
    for function, properties in FUNCTIONS.items():
        for event in properties["Events"].values():
            if event["Type"] == "Api":
                given = event["Properties"]
                yield function, given["Method"].upper(), given["Path"]
