"""Drives the API with infobip-api-python-sdk, in that client's own environment.

Usage: python_sdk.py URL API_KEY ENTITY_ID. Prints what the client returned, step by step, as JSON.
"""

import json
import sys

from infobip_platform.app_entities.api import ApplicationEntityManagement

steps = {}


def step(name, response):
    """Record the status of a response, and the type and content that the client read it as."""
    raw = getattr(response, "raw_response", response)
    content = json.loads(raw.text) if raw.text else None
    steps[name] = [raw.status_code, type(response).__name__, content]


def drive(url, api_key, entity_id):
    """Carry out every operation that the client has."""
    client = ApplicationEntityManagement.from_auth_params({"base_url": url, "api_key": api_key})
    step("create", client.create_entity({"entity_id": entity_id}))
    step("create again", client.create_entity({"entity_id": entity_id}))
    step("get", client.get_entity(entity_id))
    step("rename", client.modify_entity(entity_id, {"entity_name": "Acme"}))
    step("get renamed", client.get_entity(entity_id))
    step("get nothing", client.get_entity("nothing"))
    step("list past the end", client.get_entities({"page": 1000, "size": 100}))
    stranger = ApplicationEntityManagement.from_auth_params({"base_url": url, "api_key": "guess"})
    step("get as a stranger", stranger.get_entity(entity_id))


drive(*sys.argv[1:])
print(json.dumps(steps))
