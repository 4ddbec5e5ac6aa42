"""The limits of CONTRIBUTING.md that no linter checks: sizes, words, the form of decisions."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.settings import PROJECT

PRODUCT = ("aem", "bench", "capacity", "functions", "layers", "local", "ops", "tools")
SOURCES = sorted(
    path for folder in PRODUCT for path in PROJECT.glob(f"{folder}/**/*.py") if path.is_file()
)
TESTS = sorted(PROJECT.glob("tests/**/*.py"))
HANDLERS = sorted(PROJECT.glob("functions/*/app.py"))
DECISIONS = sorted(PROJECT.glob("docs/adr/[0-9]*.md"))
TEXTS = sorted(
    {
        *SOURCES,
        *PROJECT.glob("*.md"),
        *PROJECT.glob("docs/**/*.md"),
        PROJECT / "Makefile",
        PROJECT / "template.yaml",
        PROJECT / "docs" / "openapi.json",
    }
    - {PROJECT / "docs" / "glossary.md"}
)

FILE_LINES = 300
FUNCTION_LINES = 40
HANDLER_LINES = 45
LOCAL_LINES = 4_000
PROSE = 0.25
"""Share of comments and docstrings in the lines of the deployed code that are not blank."""
DIALECT = re.compile(
    r"\b(anew|bethink|handed on|in the way|so that who|told|who reads|worked off)\b",
    re.IGNORECASE,
)
"""Words and phrases that docs/glossary.md replaces."""


def name(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Return the name and length of each function in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def prose(path: Path) -> tuple[int, int]:
    """Return how many lines are comments or docstrings, and how many are not blank."""
    text = path.read_text()
    written = text.splitlines()
    found = {
        token.start[0]
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#")
    }
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    filled = {number for number, line in enumerate(written, 1) if line.strip()}
    return len(found & filled), len(filled)


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_a_file_and_its_functions_are_short(path: Path) -> None:
    assert lines(path) <= FILE_LINES
    assert [found for found in functions(path) if found[1] > FUNCTION_LINES] == []


@pytest.mark.parametrize("path", TESTS, ids=name)
def test_a_test_module_is_short(path: Path) -> None:
    assert lines(path) <= FILE_LINES


@pytest.mark.parametrize("path", HANDLERS, ids=name)
def test_a_handler_is_thin(path: Path) -> None:
    assert lines(path) <= HANDLER_LINES


def test_the_local_system_stays_small() -> None:
    assert sum(lines(path) for path in PROJECT.glob("local/**/*.py")) <= LOCAL_LINES


def test_the_deployed_code_is_mostly_code() -> None:
    counts = [prose(path) for path in SOURCES if name(path).startswith(("functions", "layers"))]
    assert sum(said for said, _ in counts) <= PROSE * sum(filled for _, filled in counts)


@pytest.mark.parametrize("path", TEXTS, ids=name)
def test_a_text_has_none_of_the_words_that_the_glossary_replaces(path: Path) -> None:
    assert DIALECT.findall(path.read_text()) == []


@pytest.mark.parametrize("path", DECISIONS, ids=name)
def test_a_decision_has_the_form_of_all(path: Path) -> None:
    title, *body = path.read_text().split("\n\n")
    assert re.fullmatch(rf"# {int(path.name[:4])}\. .+", title)
    heads = [part for part in body if not re.match(r"\*\*Supersede[ds]\*\* ", part)]
    assert heads[0].startswith("**Decision.**")
    names = re.findall(r"^\*\*([A-Z][^*]+)\.?\*\*", "\n\n".join(heads), re.MULTILINE)
    known = {"Decision.", "Why.", "Rejected.", "Consequences."}
    assert [found for found in names if found not in known and not found.startswith("Why ")] == []


def test_each_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in DECISIONS]
    assert len(set(numbers)) == len(numbers)
