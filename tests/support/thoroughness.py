"""How much the tests of operations try: more with ``OPERATIONS_THOROUGH=1`` (docs/resets.md)."""

import os

THOROUGH = "OPERATIONS_THOROUGH" in os.environ


def calls_apart(usual: int) -> int:
    """Return how many calls after one fault the next one is tried: at each call if thorough."""
    return 1 if THOROUGH else usual
