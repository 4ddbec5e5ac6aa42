"""Parameters and updates of a stack: what they change, and what outlives it."""

import json
import tomllib

import pytest
from samtranslator.yaml_helper import yaml_parse

from local import template
from local.settings import PROJECT
from local.stack import Stack
from tests.support.template import RESOURCES, TEMPLATE

CHOICES = [
    {},
    {"ApiGatewayLogRole": "existing"},
    {"AlarmEmail": "someone@example.com"},
    {"DomainName": "api.example.com", "RequestsPerAddress": "2000"},
    {"DeploymentPreference": "Canary10Percent5Minutes"},
    {"SnapStart": "PublishedVersions"},
]
"""Parameters that make other resources than the defaults do."""


def test_requests_go_to_versions_that_change_with_code_layer_and_settings() -> None:
    given = TEMPLATE["Globals"]["Function"]
    assert given["AutoPublishAlias"] == "live"
    assert given["AutoPublishAliasAllProperties"] is True
    assert RESOURCES["Provisioning"]["Properties"]["PublishLambdaVersion"] is True


def test_every_parameter_that_functions_get_makes_new_versions_of_them() -> None:
    """SAM looks at properties, not at the values of parameters (aws/serverless-application-model
    issue 3820); the layer's description holds them.
    """
    globals_ = json.dumps(TEMPLATE["Globals"])
    used = {name for name in TEMPLATE["Parameters"] if f'"{name}"' in globals_}
    used |= {name for name in TEMPLATE["Parameters"] if f"${{{name}}}" in globals_}
    description = RESOURCES["Provisioning"]["Properties"]["Description"]["Fn::ToJsonString"]
    written = {member["Ref"] for member in description if isinstance(member, dict)}
    assert used - {"DeploymentPreference"} == written


@pytest.mark.parametrize(
    "preference", TEMPLATE["Parameters"]["DeploymentPreference"]["AllowedValues"]
)
def test_every_deployment_preference_is_mapped(preference: str) -> None:
    assert TEMPLATE["Mappings"]["Deployments"][preference]["Gradual"] is (preference != "AllAtOnce")


def test_no_function_starts_from_a_snapshot_unless_the_parameter_says_so() -> None:
    assert TEMPLATE["Parameters"]["SnapStart"]["Default"] == "None"
    assert TEMPLATE["Globals"]["Function"]["SnapStart"] == {"ApplyOn": {"Ref": "SnapStart"}}


def test_the_table_outlives_a_stack_and_the_log_role_one_that_was_deployed() -> None:
    assert RESOURCES["Table"]["DeletionPolicy"] == "Retain"
    for name in ("ApiLogRole", "ApiAccount"):
        assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_no_one_is_offered_a_third_reader_of_the_stream() -> None:
    """Two readers are what a shard allows (AWS, "DynamoDB Streams quotas")."""
    assert "StreamArn" not in json.dumps(TEMPLATE["Outputs"])


def test_a_domain_and_a_firewall_exist_only_where_they_are_asked_for() -> None:
    translated = template.load(PROJECT / "template.yaml", PROJECT / ".local" / "template.json")
    optional = {"Domain", "DomainMapping", "Firewall", "FirewallAssociation"}
    assert optional.isdisjoint(Stack(translated, PROJECT).resources)
    chosen = {"DomainName": "api.example.com", "RequestsPerAddress": "2000", "BasePath": "aem"}
    asked = Stack(translated, PROJECT, parameters=chosen).resources
    assert optional <= asked.keys()
    assert asked["DomainMapping"]["Properties"]["BasePath"] == "aem"


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_each_environment_of_samconfig_sets_parameters_that_exist(environment: str) -> None:
    config = tomllib.loads((PROJECT / "samconfig.toml").read_text())[environment]
    given = config["deploy"]["parameters"]
    names = {pair.partition("=")[0] for pair in given["parameter_overrides"].split()}
    assert names <= TEMPLATE["Parameters"].keys()
    assert given["confirm_changeset"] is (environment == "prod")
    assert config["global"]["parameters"]["language_extensions"] is True


@pytest.mark.parametrize("parameters", CHOICES)
def test_dependencies_of_a_resource_exist_whenever_it_does(parameters: dict[str, str]) -> None:
    translated = template.load(PROJECT / "template.yaml", PROJECT / ".local" / "template.json")
    stack = Stack(translated, PROJECT, parameters=parameters)
    existing = stack.resources.keys()
    for resource in stack.resources.values():
        needed = resource.get("DependsOn", [])
        assert ({needed} if isinstance(needed, str) else set(needed)) <= existing


def test_every_deployment_of_the_stack_deploys_the_api_again() -> None:
    """SAM would make a new deployment only when routes change, not when the allowed origin does."""
    assert RESOURCES["Api"]["Properties"]["AlwaysDeploy"] is True


def test_the_pipeline_deploys_to_environments_of_samconfig() -> None:
    workflow = yaml_parse((PROJECT / ".github" / "workflows" / "deploy.yml").read_text())
    deployed = [job["with"]["environment"] for job in workflow["jobs"].values() if "with" in job]
    assert deployed == ["staging", "prod"]
    config = tomllib.loads((PROJECT / "samconfig.toml").read_text())
    assert set(deployed) <= config.keys()
    prod = config["prod"]["deploy"]["parameters"]["parameter_overrides"]
    assert "DeploymentPreference=Canary" in prod


# --- what is said of it -------------------------------------------------------------------------


@pytest.mark.parametrize("section", ["Parameters", "Outputs"])
def test_the_page_on_deploying_knows_every_parameter_and_output(section: str) -> None:
    page = (PROJECT / "docs" / "deploy.md").read_text()
    assert [name for name in TEMPLATE[section] if f"`{name}`" not in page] == []


def test_sam_asks_for_every_parameter_in_a_group() -> None:
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(TEMPLATE["Parameters"])
