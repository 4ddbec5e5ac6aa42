"""Carries out a plan, step by step."""

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from aem import plans, strategies
from aem.bulk import Bulk
from aem.client import Client, fill
from aem.errors import OK, ApiError, CommandError
from aem.follow import follow_all
from aem.output import Output
from aem.plans import ROOT, Plan
from aem.strategies import Strategy

_PART = 1000
_PATHS = {"applications": "applicationId", "entities": "entityId"}
_NAMES = {"applications": "applicationName", "entities": "entityName"}
_MISSING = 404


class Steps:
    """Carries out a plan; every step can be repeated.

    Attributes:
        operations: Ids of the operations that deletions have started.
    """

    def __init__(self, client: Client, output: Output, plan: Plan) -> None:
        """Take the plan and what carries it out."""
        self._client = client
        self._output = output
        self._plan = plan
        self.operations: list[str] = []

    def run(self) -> int:
        """Carry out the plan in an order that loses nothing; stop at the first failed step."""
        for step in (
            self._settings,
            self._create,
            self._link,
            self._unlink,
            self._rename,
            self._strategies,
            self._delete,
            self._wait,
        ):
            code = step()
            if code != OK:
                return code
        return OK

    def _settings(self) -> int:
        if self._plan.settings:
            self._client.send("PATCH", f"{ROOT}/settings", body=self._plan.settings)
        return OK

    def _create(self) -> int:
        return self._sections(self._plan.create, self._created, "create")

    @staticmethod
    def _created(section: str, names: Any) -> list[Any]:
        return [
            {_PATHS[section]: key, **({} if name is None else {_NAMES[section]: name})}
            for key, name in names.items()
        ]

    def _delete(self) -> int:
        return self._sections(self._plan.delete, lambda _, ids: list(ids), "delete")

    def _sections(
        self, given: Mapping[str, Any], made: Callable[[str, Any], list[Any]], action: str
    ) -> int:
        for section, content in given.items():
            code = self._bulk(section, action, made(section, content))
            if code != OK:
                return code
        return OK

    def _link(self) -> int:
        return self._bulk("associations", "link", plans.associations(self._plan.link))

    def _unlink(self) -> int:
        return self._bulk("associations", "unlink", plans.associations(self._plan.unlink))

    def _bulk(self, section: str, action: str, elements: list[Any]) -> int:
        if not elements:
            return OK
        accepted = {"create": 409, "link": 409, "delete": 404, "unlink": 404}
        bulk = Bulk(self._client, self._output, f"{ROOT}/{section}/bulk", accepted)
        code = bulk.run_step({action: (elements, _PART)})
        self.operations += [each["operationId"] for each in bulk.outcomes if "operationId" in each]
        return code

    def _wait(self) -> int:
        """Follow the operations that deletions have started."""
        return follow_all(self._client, self._output, self.operations)

    def _rename(self) -> int:
        for section, names in self._plan.rename.items():
            for key, name in names.items():
                path = fill(f"{ROOT}/{section}/{{id}}", {"id": key})
                self._client.send("PUT", path, body={_NAMES[section]: name}, expected=(204,))
        return OK

    def _strategies(self) -> int:
        for identifier in self._plan.obsolete:
            self._delete_strategy(identifier)
        for old, new in self._plan.replaced:
            self._replace(old, new)
        for strategy in self._plan.strategies:
            self._create_strategy(strategy)
        return OK

    def _replace(self, old: Strategy, new: Strategy) -> None:
        """Replace a strategy; a new one that is refused leaves the old one as it is.

        The API has no change of a strategy and refuses a second one for the same messages, after
        it has checked everything else.
        """
        identifier = old["sendingStrategyId"]
        try:
            self._create_strategy(new)
        except ApiError as error:
            if not (strategies.exists_already(error) or strategies.has_no_room(error)):
                raise
        else:
            self._delete_strategy(identifier)
            return
        try:
            self._delete_strategy(identifier)
            self._create_strategy(new)
        except (CommandError, KeyboardInterrupt):
            self._put_back(strategies.plain(old))
            raise

    def _put_back(self, old: Strategy) -> None:
        try:
            self._create_strategy(old)
        except CommandError as error:
            if isinstance(error, ApiError) and strategies.exists_already(error):
                return  # the old one was not deleted yet, or the new one was created
            body = shlex.quote(json.dumps(old, ensure_ascii=False))
            self._output.warn(
                f"The sending strategy for {strategies.subject(old)} was deleted; create it again"
                f" with: aem strategies create --body {body}"
            )

    def _create_strategy(self, strategy: Strategy) -> None:
        self._client.send("POST", strategies.PATH, body=strategy, expected=(200, 201))

    def _delete_strategy(self, identifier: str) -> None:
        path = fill(f"{strategies.PATH}/{{id}}", {"id": identifier})
        try:
            self._client.send("DELETE", path, expected=(200, 204))
        except ApiError as error:
            if error.status != _MISSING or not error.is_own:
                raise
