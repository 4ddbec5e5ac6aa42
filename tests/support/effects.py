"""What the effects of a client's request on associations must be."""

from dataclasses import replace

from tests.support.ledger import Effect
from tests.support.world import Outcome


def expect_effect_of_success(outcome: Outcome) -> None:
    """A request that succeeds has exactly one effect; any other has one at most."""
    assert len(outcome.effects) == 1 or outcome.error is not None
    assert len(outcome.effects) <= 1


def expect_effects_of_linking(outcome: Outcome) -> list[Effect]:
    """A link has one effect of its own, the last; before it, stale associations are moved away.

    Each is moved by itself, and counted by the operation that deleted its parent (``Ledger``). They
    stay moved if the link fails after that.

    Returns:
        The effects of the moves: first those of associations in the places of others' targets,
        last that of the one in the place of the new one.
    """
    moved = [effect for effect in outcome.effects if effect.removed]
    own = outcome.effects[len(moved) :]
    assert outcome.effects == [*moved, *own]
    expect_effect_of_success(replace(outcome, effects=own))
    return moved
