"""Drives the API with infobip-cpaasx, in that client's own environment.

Usage: cpaasx.py URL API_KEY. Prints what the client returned or raised, step by step, as JSON.
"""

import json
import sys

from infobip_cpaasx import (
    ApiClient,
    ApplicationApi,
    Configuration,
    EntityApi,
    ResourceAssociationApi,
)
from infobip_cpaasx.exceptions import ApiException
from infobip_cpaasx.models import (
    Application,
    Channel,
    Entity,
    ModifyApplication,
    ModifyEntity,
    ResourceAssociationRequest,
    ResourceType,
)

STRANGE = "a/b?c#d%2F +é😀"
ASSOCIATION = ResourceAssociationRequest(
    resource_type=ResourceType.NUMBER,
    channel=Channel.SMS,
    application_id=STRANGE,
    entity_id=STRANGE,
    resource_id=STRANGE,
)
steps = {}


def step(name, call, *arguments, **named):
    """Record what a call returns as JSON, or the status and message id that it raises."""
    try:
        result = call(*arguments, **named)
        steps[name] = result.to_dict() if result is not None else None
    except ApiException as error:
        exception = json.loads(error.body)["requestError"]["serviceException"]
        steps[name] = [error.status, exception["messageId"]]


def drive(url, api_key):
    """Carry out every operation that the client has."""
    configuration = Configuration(
        host=url, api_key={"APIKeyHeader": api_key}, api_key_prefix={"APIKeyHeader": "App"}
    )
    client = ApiClient(configuration)
    applications, entities = ApplicationApi(client), EntityApi(client)
    associations = ResourceAssociationApi(client)

    application = Application(application_id=STRANGE, application_name="Web shop")
    step("create application", applications.create_application, application)
    step("create application again", applications.create_application, application)
    step("get application", applications.get_application, STRANGE)
    renamed = ModifyApplication(application_name="Renamed")
    step("rename application", applications.modify_application, STRANGE, renamed)
    step("get renamed application", applications.get_application, STRANGE)
    step("get no application", applications.get_application, "nothing")
    step("list applications", applications.get_applications, page=0, size=1)

    step("create entity", entities.create_entity, Entity(entity_id=STRANGE))
    step("get entity", entities.get_entity, STRANGE)
    step("rename entity", entities.modify_entity, STRANGE, ModifyEntity(entity_name="Acme"))
    step("list entities", entities.get_entities, page=0, size=100)
    step("list past the end", entities.get_entities, page=7, size=100)

    step("link", associations.create_resource_association, ASSOCIATION)
    step("link again", associations.create_resource_association, ASSOCIATION)
    identity = {
        "resource_type": ResourceType.NUMBER,
        "channel": Channel.SMS,
        "application_id": STRANGE,
        "resource_id": STRANGE,
    }
    step("get link", associations.get_resource_association, **identity, entity_id=STRANGE)
    step("get link without entity", associations.get_resource_association, **identity)
    step("list links", associations.get_resource_associations, **identity, entity_id=STRANGE)
    step("unlink", associations.delete_resource_association, ASSOCIATION)
    step("unlink again", associations.delete_resource_association, ASSOCIATION)


drive(*sys.argv[1:])
print(json.dumps(steps))
