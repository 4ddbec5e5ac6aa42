"""Loops of a template are expanded as AWS and the SAM CLI expand them."""

from typing import Any

import pytest
from samcli.lib.cfn_language_extensions.sam_integration import expand_language_extensions
from samtranslator.yaml_helper import yaml_parse

from local import foreach
from local.settings import PROJECT, LocalError

LOOP = {
    "Transform": ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"],
    "Resources": {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Fn::ForEach::Queues": [
            "Name",
            ["Jobs", "Mails"],
            {
                "${Name}Queue": {
                    "Type": "AWS::SQS::Queue",
                    "Properties": {
                        "QueueName": {"Fn::Sub": "${AWS::StackName}-${Name}"},
                        "Tags": [
                            {"Key": {"Ref": "Name"}, "Value": {"Ref": {"Fn::Sub": "${Name}"}}}
                        ],
                        "Plain": "${Name}",
                    },
                }
            },
        ],
    },
}


def test_a_loop_makes_a_member_of_each_of_its_list() -> None:
    expanded = foreach.expand(LOOP)

    assert expanded["Transform"] == ["AWS::Serverless-2016-10-31"]
    assert list(expanded["Resources"]) == ["Topic", "JobsQueue", "MailsQueue"]
    assert expanded["Resources"]["MailsQueue"]["Properties"] == {
        "QueueName": {"Fn::Sub": "${AWS::StackName}-Mails"},
        "Tags": [{"Key": "Mails", "Value": {"Ref": "Mails"}}],
        "Plain": "${Name}",
    }


def test_the_template_becomes_the_resources_that_the_sam_cli_makes_of_it() -> None:
    template = yaml_parse((PROJECT / "template.yaml").read_text())
    by_sam = expand_language_extensions(template, {}, enabled=True).expanded_template

    expanded = foreach.expand(template)
    kinds = {name: resource["Type"] for name, resource in expanded["Resources"].items()}
    assert kinds == {name: resource["Type"] for name, resource in by_sam["Resources"].items()}
    assert "${Function}" not in str(expanded)


def test_without_the_transform_nothing_is_expanded() -> None:
    template = {**LOOP, "Transform": "AWS::Serverless-2016-10-31"}

    assert foreach.expand(template) == template


@pytest.mark.parametrize(
    "loop", [{"Ref": "Names"}, ["Name", {"Ref": "Names"}, {}], ["Name", ["a"], "text"]]
)
def test_a_loop_that_is_not_understood_is_named(loop: Any) -> None:
    template = {"Transform": foreach.TRANSFORM, "Resources": {"Fn::ForEach::Queues": loop}}

    with pytest.raises(LocalError, match="Fn::ForEach::Queues"):
        foreach.expand(template)
