"""What the template promises of the resources that a deployment makes."""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from local import foreach, template
from local.settings import PROJECT
from local.stack import Stack
from provisioning.core.origins import SYSTEM
from provisioning.http.errors import ACTIONS
from provisioning.http.responses import response
from provisioning.messages import received
from provisioning.operations import tombstones
from provisioning.operations.creation import new_operation
from provisioning.projections import follower
from provisioning.table import operation_keys, reads
from tests.support.client import Context, load_function

Properties = dict[str, Any]

TEMPLATE: dict[str, Any] = foreach.expand(yaml_parse((PROJECT / "template.yaml").read_text()))
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]

TABLE = {"Fn::GetAtt": ["Table", "Arn"]}
STREAM = {"Fn::GetAtt": ["Table", "StreamArn"]}
INDEX = {"Fn::Sub": "${Table.Arn}/index/open"}
DEAD_LETTERS = {"Fn::GetAtt": ["ResetsDeadLetters", "Arn"]}
DEAD_CHANGES = {"Fn::GetAtt": ["ChangesDeadLetters", "Arn"]}
SUBMISSIONS = {"Fn::GetAtt": ["SubmissionsQueue", "Arn"]}
DEAD_SUBMISSIONS = {"Fn::GetAtt": ["SubmissionsDeadLetters", "Arn"]}
RESOLVED_SENDERS = {"Fn::GetAtt": ["ResolvedSendersQueue", "Arn"]}

DAY_SECONDS = 24 * 60 * 60

PARENT = (("GET", ""), ("POST", ""), ("GET", "/{}"), ("PUT", "/{}"), ("DELETE", "/{}"))
CONTRACT = {
    *((method, f"/applications{path.format('{applicationId}')}") for method, path in PARENT),
    *((method, f"/entities{path.format('{entityId}')}") for method, path in PARENT),
    *((method, "/associations") for method in ("GET", "POST", "DELETE")),
    ("GET", "/associations/single"),
}
ERRORS = {
    400: ("BAD_REQUEST", "Bad request"),
    401: ("UNAUTHORIZED", "Unauthorized"),
    403: ("FORBIDDEN", "Forbidden"),
    404: ("NOT_FOUND", "Not found"),
    429: ("TOO_MANY_REQUESTS", "Too many requests"),
    500: ("GENERAL_ERROR", "Something went wrong. Please contact support."),
}


CHOICES = [
    {},
    {"ApiGatewayLogRole": "existing"},
    {"AlarmEmail": "someone@example.com"},
    {"DomainName": "api.example.com", "RequestsPerAddress": "2000"},
    {"DeploymentPreference": "Canary10Percent5Minutes"},
    {"SnapStart": "PublishedVersions"},
]
"""Parameters that make other resources than the defaults do."""


def of_type(name: str) -> dict[str, Properties]:
    """The properties of all resources of a type, by logical id."""
    return {
        logical_id: resource["Properties"]
        for logical_id, resource in RESOURCES.items()
        if resource["Type"] == name
    }


FUNCTIONS = of_type("AWS::Serverless::Function")
GATEWAY_RESPONSES = RESOURCES["Api"]["Properties"]["GatewayResponses"]


def statements(function: str) -> list[Properties]:
    """What a function may do, by its own policy or by that of the role it is given."""
    properties = FUNCTIONS[function]
    if "Role" in properties:
        role = RESOURCES[properties["Role"]["Fn::GetAtt"][0]]["Properties"]
        return [
            statement
            for policy in role["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]
    return [
        statement for policy in properties.get("Policies", ()) for statement in policy["Statement"]
    ]


def permissions(function: str) -> Iterator[tuple[str, Any]]:
    """Each action that a function may do, with the resource that it may do it to."""
    for statement in statements(function):
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            yield action, statement["Resource"]


def routes() -> Iterator[tuple[str, str, str]]:
    """Each route of the API: function, method and path."""
    for function, properties in FUNCTIONS.items():
        for event in properties["Events"].values():
            if event["Type"] == "Api":
                given = event["Properties"]
                yield function, given["Method"].upper(), given["Path"]


def allowed_origins(origin: str) -> tuple[dict[str, Properties], dict[str, Properties]]:
    """The headers of preflights, by path, and of gateway responses, where an origin is allowed."""
    translated = template.load(PROJECT / "template.yaml", PROJECT / ".local" / "template.json")
    parameters = {"CorsAllowedOrigin": origin}
    document = Stack(translated, PROJECT, parameters=parameters).api.document
    responses = document["x-amazon-apigateway-gateway-responses"]
    return {
        path: methods["options"]["x-amazon-apigateway-integration"]["responses"]["default"][
            "responseParameters"
        ]
        for path, methods in document["paths"].items()
    }, {kind: response["responseParameters"] for kind, response in responses.items()}


# --- the API ---------------------------------------------------------------------------------


def test_every_operation_of_the_contract_has_a_route() -> None:
    served = {(method, path) for _, method, path in routes()}
    assert {(method, f"/provisioning/1{path}") for method, path in CONTRACT} <= served


def test_no_route_is_served_twice() -> None:
    served = [(method, path) for _, method, path in routes()]
    assert len(served) == len(set(served))


def test_an_id_that_is_called_as_a_route_beside_it_can_be_used_all_the_same() -> None:
    """API Gateway takes a fixed segment before a parameter, whatever methods either has."""
    served = {(method, path) for _, method, path in routes()}
    paths = {path for _, path in served}
    for path in paths:
        before, _, after = path.partition("{")
        beside = {other[len(before) :].partition("/")[0] for other in paths if before in other}
        for fixed in beside - {""} if after else ():
            if not fixed.startswith("{"):
                namesake = before + fixed + after.partition("}")[2]
                methods = {method for method, other in served if other == path}
                assert {(method, namesake) for method in methods} <= served


@pytest.mark.parametrize("kind", GATEWAY_RESPONSES)
def test_the_gateway_answers_errors_in_both_forms_of_the_contract(kind: str) -> None:
    response = GATEWAY_RESPONSES[kind]
    message_id, text = ERRORS[response["StatusCode"]]
    assert list(response["ResponseTemplates"]) == ["application/json"]
    assert json.loads(response["ResponseTemplates"]["application/json"]) == {
        "requestError": {"serviceException": {"messageId": message_id, "text": text}},
        "errorCode": f"E{response['StatusCode']}",
        "description": text,
        "action": ACTIONS[response["StatusCode"]],
        "violations": [],
        "resources": [],
    }


@pytest.mark.parametrize("kind", GATEWAY_RESPONSES)
def test_the_gateways_errors_have_the_headers_of_all_answers(kind: str) -> None:
    headers = GATEWAY_RESPONSES[kind]["ResponseParameters"]["Headers"]
    for name in ("Cache-Control", "Strict-Transport-Security", "X-Content-Type-Options"):
        assert headers[name] == f"'{response(200, {}, None)['headers'][name]}'"


def test_bodies_reach_the_functions_byte_by_byte() -> None:
    translated = template.load(PROJECT / "template.yaml", PROJECT / ".local" / "template.json")
    document = Stack(translated, PROJECT).api.document
    binary = document["x-amazon-apigateway-binary-media-types"]
    assert binary == ["application/json", "multipart/form-data"]


@pytest.mark.parametrize("concurrency", [None, "50"])
def test_functions_that_a_request_keeps_busy_get_reserved_concurrency(
    concurrency: str | None,
) -> None:
    translated = template.load(PROJECT / "template.yaml", PROJECT / ".local" / "template.json")
    parameters = {"ReservedConcurrency": concurrency} if concurrency else {}
    resources = Stack(translated, PROJECT, parameters=parameters).resources
    slow = {"Applications", "Associations", "Entities", "Messages", "Senders"}
    for name in FUNCTIONS:
        reserved = resources[name]["Properties"].get("ReservedConcurrentExecutions")
        assert reserved == (concurrency if name in slow else None)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("MISSING_AUTHENTICATION_TOKEN", 404),
        ("RESOURCE_NOT_FOUND", 404),
        ("REQUEST_TOO_LARGE", 400),
        ("UNSUPPORTED_MEDIA_TYPE", 400),
        ("THROTTLED", 429),
        ("QUOTA_EXCEEDED", 429),
        ("INTEGRATION_FAILURE", 500),
        ("INTEGRATION_TIMEOUT", 500),
        ("DEFAULT_4XX", 400),
        ("DEFAULT_5XX", 500),
    ],
)
def test_the_gateways_own_errors_have_the_contracts_status(kind: str, status: int) -> None:
    """A kind without a response of its own has that of its class (AWS, "Gateway responses")."""
    fallback = GATEWAY_RESPONSES[f"DEFAULT_{status // 100}XX"]
    assert GATEWAY_RESPONSES.get(kind, fallback)["StatusCode"] == status


def test_a_refused_client_learns_when_to_try_again() -> None:
    throttled = [given for given in GATEWAY_RESPONSES.values() if given["StatusCode"] == 429]
    assert throttled
    for given in throttled:
        assert given["ResponseParameters"]["Headers"]["Retry-After"] == "'1'"


def test_no_origin_is_allowed_unless_one_is_named() -> None:
    assert "Access-Control-Allow-Origin" not in json.dumps(allowed_origins(""))
    assert TEMPLATE["Parameters"]["CorsAllowedOrigin"]["Default"] == ""


def test_the_origin_that_is_named_is_allowed_by_preflights_and_all_that_the_gateway_says() -> None:
    origin = "https://shop.example.com"
    preflights, responses = allowed_origins(origin)
    assert len(preflights) == len({path for _, _, path in routes()})
    assert set(responses) == set(GATEWAY_RESPONSES)
    for parameters in (*preflights.values(), *responses.values()):
        (allowed,) = [parameters[name] for name in parameters if name.endswith("Allow-Origin")]
        assert allowed == f"'{origin}'"


def test_the_access_log_is_json_and_holds_nothing_of_a_customers() -> None:
    line = RESOURCES["Api"]["Properties"]["AccessLogSetting"]["Format"]
    assert json.loads(line)
    logged = set(re.findall(r"\$context\.([A-Za-z.]+)", line))
    assert not logged & {"path", "identity.sourceIp", "identity.userAgent", "identity.user"}


def test_a_post_that_is_no_bulk_request_is_not_found() -> None:
    """The route is there for the id `bulk` alone."""
    event = json.loads((PROJECT / "events" / "applications" / "bulk.json").read_text())
    other = event | {"path": event["path"].replace("/bulk", "/shop")}
    assert load_function("applications").handler(other, Context())["statusCode"] == 404


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


# --- the table -------------------------------------------------------------------------------


def test_the_table_cannot_be_lost_with_the_stack() -> None:
    table = RESOURCES["Table"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    given = table["Properties"]
    assert given["DeletionProtectionEnabled"] == {"Ref": "TableDeletionProtection"}
    assert given["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert given["SSESpecification"] == {"SSEEnabled": True}


def test_the_stream_shows_items_before_and_after() -> None:
    given = RESOURCES["Table"]["Properties"]
    assert given["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_the_index_lists_unfinished_work_and_nothing_of_it_but_keys() -> None:
    (index,) = RESOURCES["Table"]["Properties"]["GlobalSecondaryIndexes"]
    assert index["IndexName"] == reads.OPEN_INDEX
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["open", "SK"]
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert new_operation("acme", "REASSIGN", SYSTEM)["open"] in operation_keys.OPEN_PARTITIONS


# --- functions -------------------------------------------------------------------------------


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_nothing_by_wildcard_and_nothing_to_other_tables(function: str) -> None:
    for action, resource in permissions(function):
        assert "*" not in action
        if action == "dynamodb:ListStreams":
            continue  # it has no resource-level permissions, and returns only names
        dead = (DEAD_LETTERS, DEAD_CHANGES, DEAD_SUBMISSIONS)
        assert resource in (TABLE, STREAM, INDEX, SUBMISSIONS, RESOLVED_SENDERS, *dead)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_may_scan_or_manage_the_table(function: str) -> None:
    on_table = {action for action, resource in permissions(function) if resource == TABLE}
    assert on_table <= {
        f"dynamodb:{call}Item"
        for call in ("BatchGet", "BatchWrite", "ConditionCheck", "Delete", "Get", "Put", "Update")
    } | {"dynamodb:PartiQLUpdate", "dynamodb:Query"}


def test_only_the_two_functions_on_the_stream_may_read_it() -> None:
    readers = {
        function
        for function in FUNCTIONS
        if any(resource == STREAM for _, resource in permissions(function))
    }
    assert readers == {"Resets", "Changes"}


@pytest.mark.parametrize("function", ["Docs", "Console"])
def test_a_page_may_do_nothing(function: str) -> None:
    assert statements(function) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_logs_to_a_group_that_forgets(function: str) -> None:
    group = FUNCTIONS[function]["LoggingConfig"]["LogGroup"]["Ref"]
    assert RESOURCES[group]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_a_function_that_fails_or_is_throttled_raises_an_alarm(function: str, metric: str) -> None:
    dimensions = [{"Name": "FunctionName", "Value": {"Ref": function}}]
    watching = [
        alarm
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        if (alarm.get("MetricName"), alarm.get("Dimensions")) == (metric, dimensions)
    ]
    assert len(watching) == 1


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_a_folder_and_sample_events(function: str) -> None:
    folder = (PROJECT / FUNCTIONS[function]["CodeUri"]).name
    assert (PROJECT / "functions" / folder / "app.py").is_file()
    assert list((PROJECT / "events" / folder).glob("*.json"))


def test_every_route_under_the_root_has_a_sample_event() -> None:
    samples = [json.loads(file.read_text()) for file in (PROJECT / "events").rglob("*.json")]
    sampled = {(event.get("httpMethod"), event.get("resource")) for event in samples}
    served = {(method, path) for _, method, path in routes() if "/provisioning/" in path}
    assert served <= sampled


COMPOSITES = of_type("AWS::CloudWatch::CompositeAlarm")
BURN_WINDOWS = [name for name in of_type("AWS::CloudWatch::Alarm") if "Burn" in name]


@pytest.mark.parametrize(
    "alarm",
    sorted(of_type("AWS::CloudWatch::Alarm").keys() - set(BURN_WINDOWS) | COMPOSITES.keys()),
)
def test_every_alarm_notifies_the_topic(alarm: str) -> None:
    given = RESOURCES[alarm]["Properties"]
    assert given["AlarmActions"] == given["OKActions"] == [{"Ref": "Alarms"}]


@pytest.mark.parametrize("window", BURN_WINDOWS)
def test_the_windows_of_an_objective_notify_through_a_composite_alarm(window: str) -> None:
    rules = [json.dumps(alarm["AlarmRule"]) for alarm in COMPOSITES.values()]
    assert len([rule for rule in rules if f'"{window}"' in rule]) == 1


@pytest.mark.parametrize("alarm", of_type("AWS::CloudWatch::Alarm") | COMPOSITES)
def test_every_alarm_links_to_a_section_of_the_runbook(alarm: str) -> None:
    description = RESOURCES[alarm]["Properties"]["AlarmDescription"]
    text = description if isinstance(description, str) else description["Fn::Sub"]
    (section,) = re.findall(r"docs/runbook\.md#([a-z-]+)", text)
    runbook = (PROJECT / "docs" / "runbook.md").read_text()
    assert f'<a id="{section}"></a>' in runbook


def test_throttling_of_the_table_and_of_its_indexes_raises_an_alarm() -> None:
    for kind in ("Read", "Write"):
        (metric,) = RESOURCES[f"Table{kind}ThrottleAlarm"]["Properties"]["Metrics"]
        query = metric["Expression"]["Fn::Sub"]
        assert "WHERE TableName = '${Table}'" in query
        assert "SCHEMA" not in query, "a schema would leave out metrics of the index"


def test_the_dashboard_is_json_and_shows_resources_that_exist() -> None:
    body = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert len(json.loads(body)["widgets"]) == 9
    named = set(re.findall(r"\$\{([A-Za-z]+)", body)) - {"AWS"}
    assert named <= RESOURCES.keys() | TEMPLATE["Parameters"].keys()


# --- updates ---------------------------------------------------------------------------------


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


# --- the stream ------------------------------------------------------------------------------


def source(function: str = "Resets", event: str = "Changes") -> Properties:
    """The settings of the event source that sets off a function."""
    given: Properties = FUNCTIONS[function]["Events"][event]["Properties"]
    return given


CONSUMERS = [
    (source("Resets", "Changes"), DEAD_LETTERS),
    (source("Changes", "Items"), DEAD_CHANGES),
]


@pytest.mark.parametrize(("given", "dead_letters"), CONSUMERS)
def test_records_are_retried_for_as_long_as_the_stream_keeps_them_and_never_lost(
    given: Properties, dead_letters: Properties
) -> None:
    assert given["BisectBatchOnFunctionError"] is True
    assert given["MaximumRetryAttempts"] == -1
    assert given["MaximumRecordAgeInSeconds"] == -1
    assert given["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert given["DestinationConfig"]["OnFailure"] == {"Type": "SQS", "Destination": dead_letters}


@pytest.mark.parametrize(
    ("function", "queue"), [("Resets", "ResetsDeadLetters"), ("Changes", "ChangesDeadLetters")]
)
def test_a_function_can_put_records_aside_in_its_own_dead_letter_queue(
    function: str, queue: str
) -> None:
    variables = RESOURCES[function]["Properties"]["Environment"]["Variables"]
    assert variables == {"DEAD_RECORDS_URL": {"Ref": queue}}


@pytest.mark.parametrize(
    "name", ["ResetsDeadLetters", "ChangesDeadLetters", "SubmissionsDeadLetters"]
)
def test_dead_letters_are_encrypted_kept_long_and_raise_an_alarm(name: str) -> None:
    queue = RESOURCES[name]["Properties"]
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * DAY_SECONDS
    alarm = RESOURCES[f"{name}Alarm"]["Properties"]
    assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert alarm["Threshold"] == 1


def test_a_function_that_its_own_writes_set_off_is_allowed_to() -> None:
    for function in ("Resets", "Changes"):
        assert FUNCTIONS[function]["RecursiveLoop"] == "Allow"


@pytest.mark.parametrize("index", range(len(source()["FilterCriteria"]["Filters"])))
def test_resets_look_at_new_items_of_kinds_that_exist(index: int) -> None:
    pattern = json.loads(source()["FilterCriteria"]["Filters"][index]["Pattern"])
    image = pattern["dynamodb"]["NewImage"]
    assert set(image["type"]["S"]) <= {"operation", "shard", "association"}
    if "awake" in image:
        assert (image["awake"], image["working"]) == ({"BOOL": [True]}, {"BOOL": [True]})


@pytest.mark.parametrize(
    "index", range(len(source("Changes", "Items")["FilterCriteria"]["Filters"]))
)
def test_the_function_that_follows_changes_filters_out_its_own_writes(index: int) -> None:
    filters = source("Changes", "Items")["FilterCriteria"]["Filters"]
    pattern = json.loads(filters[index]["Pattern"])
    (image,) = pattern["dynamodb"].values()
    followed = follower.COUNTED
    audited = {"operation", "journalEntry", "associationTombstone", "apiKey", "account"}
    audited |= {"sendingStrategy", "strategyChange"}
    assert set(image["type"]["S"]) <= followed | audited or image == {
        "type": {"S": ["pageIndex"]},
        "awake": {"BOOL": [True]},
    }


def test_the_pipeline_deploys_to_environments_of_samconfig() -> None:
    workflow = yaml_parse((PROJECT / ".github" / "workflows" / "deploy.yml").read_text())
    deployed = [job["with"]["environment"] for job in workflow["jobs"].values() if "with" in job]
    assert deployed == ["staging", "prod"]
    config = tomllib.loads((PROJECT / "samconfig.toml").read_text())
    assert set(deployed) <= config.keys()
    prod = config["prod"]["deploy"]["parameters"]["parameter_overrides"]
    assert "DeploymentPreference=Canary" in prod


# --- the queue of submissions ----------------------------------------------------------------


def test_submissions_are_encrypted_kept_long_and_delivered_again_before_they_are_given_up() -> None:
    queue = RESOURCES["SubmissionsQueue"]["Properties"]
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * DAY_SECONDS
    longest_window = TEMPLATE["Parameters"]["SubmissionWindow"]["MaxValue"]
    assert queue["VisibilityTimeout"] >= 6 * FUNCTIONS["Submissions"]["Timeout"] + longest_window
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == DEAD_SUBMISSIONS
    assert queue["RedrivePolicy"]["maxReceiveCount"] > 1


def test_one_submission_that_fails_holds_up_no_other() -> None:
    given = FUNCTIONS["Submissions"]["Events"]["Submitted"]["Properties"]
    assert given["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_deletions_are_remembered_longer_than_submissions_may_be_under_way() -> None:
    waiting = RESOURCES["SubmissionsQueue"]["Properties"]["MessageRetentionPeriod"]
    dead = RESOURCES["SubmissionsDeadLetters"]["Properties"]["MessageRetentionPeriod"]
    longest = received.MAXIMUM_AGE.total_seconds()
    assert waiting + dead <= longest < tombstones.TOMBSTONE_DAYS * DAY_SECONDS


# --- what is said of it ----------------------------------------------------------------------


@pytest.mark.parametrize("section", ["Parameters", "Outputs"])
def test_the_page_on_deploying_knows_every_parameter_and_output(section: str) -> None:
    page = (PROJECT / "docs" / "deploy.md").read_text()
    assert [name for name in TEMPLATE[section] if f"`{name}`" not in page] == []


def test_the_runbook_knows_every_alarm() -> None:
    page = (PROJECT / "docs" / "runbook.md").read_text()
    of_functions = {f"{name}{kind}Alarm" for name in FUNCTIONS for kind in ("Error", "Throttle")}
    alarms = of_type("AWS::CloudWatch::Alarm").keys() | COMPOSITES.keys()
    others = alarms - of_functions - set(BURN_WINDOWS)
    assert [name for name in others if f"`{name}`" not in page] == []


def test_sam_asks_for_every_parameter_in_a_group() -> None:
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(TEMPLATE["Parameters"])
