"""What template.yaml declares: the table and the functions' settings, as a deployment has them."""

from functools import cache

from local import template
from local.settings import PROJECT
from local.stack import Stack


@cache
def stack() -> Stack:
    """Return what the template declares; its translation is kept in a file between runs."""
    translated = template.load(PROJECT / "template.yaml", PROJECT / ".local" / "tests.json")
    return Stack(translated, PROJECT)


def function_environment() -> dict[str, str]:
    """Return the variables that the template gives to its functions."""
    variables: dict[str, str] = {}
    for function in stack().functions.values():
        variables |= function.environment
    return variables
