"""The settings of a function, from the environment that template.yaml gives it."""

import os


def table_name() -> str:
    """Return the name of the single table (``TABLE_NAME``).

    Raises:
        KeyError: The environment does not name it.
    """
    return os.environ["TABLE_NAME"]


def use_table(name: str) -> None:
    """Set the name of the table for this process, for commands that take it as an argument."""
    os.environ["TABLE_NAME"] = name
