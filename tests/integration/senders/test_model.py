"""Choices of senders, and owners as of a moment, against models that know nothing of the code."""

import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from provisioning.accounts import key_creation, principals
from provisioning.core import clock
from provisioning.senders import snapshots
from tests.support.associations import sms
from tests.support.client import ROOT, Client
from tests.support.senders import STRATEGIES, Settle, inbound, resolve

APPLICATIONS = ["default", "shop", "blog"]
ENTITIES = [None, "anna", "bert"]
# Type, country and area code of each, as a person would say.
NUMBERS: dict[str, tuple[str, str | None, str | None]] = {
    "442079460000": ("VIRTUAL_LONG_NUMBER", "GB", None),
    "+44 20 7946 0001": ("VIRTUAL_LONG_NUMBER", "GB", None),
    "448081570000": ("TOLL_FREE_NUMBER", "GB", None),
    "12125550100": ("VIRTUAL_LONG_NUMBER", "US", "212"),
    "13235550100": ("VIRTUAL_LONG_NUMBER", "US", "323"),
    "14165550100": ("VIRTUAL_LONG_NUMBER", "CA", "416"),
    "18005550100": ("TOLL_FREE_NUMBER", "US", "800"),
    "72345": ("SHORT_CODE", None, None),
}
# For each destination its country, and the order in which area codes are near to it.
DESTINATIONS: dict[str, tuple[str, list[str]]] = {
    "+44 7700 900123": ("GB", []),
    "12125550199": ("US", ["212", "416", "323"]),
    "+1 415 555 0199": ("US", ["323", "212", "416"]),
    "0014165550199": ("CA", ["416", "212", "323"]),
    "+49 30 901820": ("DE", []),
}
TYPES = ["ALPHANUMERIC", "VIRTUAL_LONG_NUMBER", "SHORT_CODE", "TOLL_FREE_NUMBER"]
Links = set[tuple[str, str | None, str]]


@pytest.fixture
def manager(client: Client) -> Client:
    """A client of an account with the applications and entities of the models."""
    snapshots.forget()
    manager = Client(key_creation.create_key("acme", principals.SCOPES))
    for application in APPLICATIONS[1:]:
        manager.create("applications", application)
    for entity in ENTITIES[1:]:
        manager.create("entities", entity)
    return manager


@dataclass
class Model:
    """What an account has, and by which rules it chooses."""

    links: Links = field(default_factory=set)
    strategies: list[dict[str, Any]] = field(default_factory=list)

    def pool(self, application: str, entity: str | None) -> set[str]:
        return {one for app, who, one in self.links if (app, who) == (application, entity)}

    def strategy(self, application: str | None, entity: str | None, country: str) -> Any:
        """Return the strategy by walking through all that could apply, the most specific first."""
        own = application or "default"
        for platform in ((own, entity), (own, None), (None, entity), (None, None)):
            for channel in ("SMS", None):
                for code in (country, None):
                    for one in self.strategies:
                        named = one["platform"]
                        its_own = (named.get("applicationId"), named.get("entityId"))
                        rest = (one.get("channel"), one.get("destinationCountryCode"))
                        if its_own == platform and rest == (channel, code):
                            return one
        return {}

    def candidates(self, application: str | None, entity: str | None, to: str) -> set[str]:
        country, near = DESTINATIONS[to]
        strategy = self.strategy(application, entity, country)
        left = self.pool(application or "default", entity)
        if not left and strategy.get("fallback"):
            left = self.pool(application or "default", None)
            if not left and strategy["fallback"] == "DEFAULT":
                left = self.pool("default", None)
        of_country = {one for one in left if NUMBERS[one][1] in {None, country}}
        left = of_country or left
        ranks = {one["senderType"]: one["priority"] for one in strategy.get("priorities", ())}
        best = min((ranks.get(NUMBERS[one][0], 9) for one in left), default=9)
        left = {one for one in left if ranks.get(NUMBERS[one][0], 9) == best}
        if strategy.get("useGeolocatedSender"):
            for area_code in near:
                if there := {one for one in left if NUMBERS[one][2] == area_code}:
                    return there
        return left


def random_world(chance: random.Random, client: Client) -> Model:
    """Create random associations and strategies, and return the model of them."""
    model = Model()
    for application in APPLICATIONS:
        for entity in ENTITIES:
            for number in chance.sample(sorted(NUMBERS), chance.choice([0, 1, 4, 8])):
                assert client.link(sms(application, entity, number)).status == 201
                model.links.add((application, entity, number))
    for _ in range(14):
        one = random_strategy(chance)
        answer = client.call("POST", STRATEGIES, body=one)
        if answer.status == 201:
            model.strategies.append({**one, "id": answer.json["sendingStrategyId"]})
        else:
            assert "is for the same messages" in answer.json["violations"][0]["violation"]
    return model


def random_strategy(chance: random.Random) -> dict[str, Any]:
    platform = {
        "applicationId": chance.choice([None, *APPLICATIONS]),
        "entityId": chance.choice(ENTITIES),
    }
    given = {
        "platform": {name: value for name, value in platform.items() if value},
        "channel": chance.choice([None, "SMS", "MMS"]),
        "destinationCountryCode": chance.choice([None, "US", "GB"]),
        "useStickySender": chance.random() < 0.5,
        "useGeolocatedSender": chance.random() < 0.5,
        "priorities": [
            {"senderType": kind, "priority": chance.randint(1, 4)}
            for kind in chance.sample(TYPES, chance.randint(0, 4))
        ],
        "fallback": chance.choice([None, "APPLICATION", "DEFAULT"]),
    }
    return {name: value for name, value in given.items() if value is not None}


@pytest.mark.parametrize("seed", range(3))
def test_every_choice_is_one_that_the_model_allows(manager: Client, seed: int) -> None:
    chance = random.Random(seed)
    model = random_world(chance, manager)
    for application in (None, *APPLICATIONS):
        for entity in ENTITIES:
            platform = {"applicationId": application, "entityId": entity}
            named = {name: value for name, value in platform.items() if value}
            answers = resolve(manager, list(DESTINATIONS), named, explain=True).json["results"]
            for to, answer in zip(DESTINATIONS, answers, strict=True):
                allowed = model.candidates(application, entity, to)
                applies = model.strategy(application, entity, DESTINATIONS[to][0])
                assert answer["sendingStrategyId"] == applies.get("id"), (named, to)
                assert found(answer) <= allowed, (named, to)
                assert left_over(answer) == allowed, (named, to)


def found(answer: dict[str, Any]) -> set[str]:
    return {answer["sender"]["resourceId"]} if answer["sender"] else set()


def left_over(answer: dict[str, Any]) -> set[str]:
    """Return what the last rule left."""
    rules = answer["explanation"]["rules"]
    return {one["resourceId"] for one in rules[-1]["candidates"]} if rules else set()


# --- owners as of a moment ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_owners_as_of_every_moment_are_those_that_were_recorded(
    manager: Client, settle: Settle, seed: int
) -> None:
    chance = random.Random(seed)
    numbers = ["447700900001", "+44 7700 900002"]
    links: Links = set()
    history: list[tuple[str, Links]] = []
    for _ in range(24):
        change(chance, manager, settle, links, numbers)
        history.append((moment(), set(links)))
    settle()
    for at, then in history:
        for number in numbers:
            assert owners_at(manager, number, at) == owners_of(then, number), (at, number)
    for number in numbers:
        assert set(map(_pair, inbound(manager, number)["owners"])) == owners_of(links, number)


def change(
    chance: random.Random, client: Client, settle: Settle, links: Links, numbers: list[str]
) -> None:
    """Make one random change, of the account and of the links."""
    application, entity = chance.choice(APPLICATIONS), chance.choice(ENTITIES)
    link = (application, entity, chance.choice(numbers))
    if chance.random() < 0.15:
        collection, name = chance.choice([("applications", "shop"), ("entities", "anna")])
        client.delete(collection, name)
        settle()  # Its associations are moved meanwhile.
        client.create(collection, name)
        gone = {one for one in links if name in one[:2]}
        links -= gone
        links |= {("default", None, number) for _, _, number in gone}
    elif link in links:
        assert client.unlink(sms(*link)).status == 204
        links.remove(link)
    else:
        assert client.link(sms(*link)).status == 201
        links.add(link)


def moment() -> str:
    """Return the present moment, with two milliseconds before and behind it."""
    time.sleep(0.002)  # Not a wait for something: moments have milliseconds.
    now = clock.now()
    time.sleep(0.002)
    return now


def owners_at(client: Client, number: str, at: str) -> set[tuple[str, str | None]]:
    path = f"{ROOT}/resources/NUMBER/{number.replace('+', '%2B').replace(' ', '%20')}"
    answer = client.call("GET", path, query={"at": at})
    if answer.status == 404:
        return set()
    (on_channel,) = answer.json["channels"]
    return set(map(_pair, on_channel["owners"]))


def owners_of(links: Iterable[tuple[str, str | None, str]], number: str) -> set[Any]:
    return {(application, entity) for application, entity, one in links if one == number}


def _pair(owner: dict[str, str]) -> tuple[str, str | None]:
    return owner["applicationId"], owner.get("entityId")
