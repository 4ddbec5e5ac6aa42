"""Fixtures of the tests of resets."""

from typing import TYPE_CHECKING

import pytest

from provisioning.core.kinds import ENTITY

if TYPE_CHECKING:
    from tests.support.world import World

pytest.register_assert_rewrite("tests.support.resets")


@pytest.fixture
def world(world: "World") -> "World":
    """A world with two entities."""
    world.create(ENTITY, "e")
    world.create(ENTITY, "f")
    return world
