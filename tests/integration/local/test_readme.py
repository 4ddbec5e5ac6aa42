"""The README's session works as it is printed."""

from local.settings import PROJECT
from tools import session


def test_the_session_pasted_whole_has_the_outputs_that_the_readme_shows() -> None:
    readme = (PROJECT / "README.md").read_text()

    assert readme.count("```sh") == readme.count("```text") == 3
    assert session.refreshed(readme) == readme
