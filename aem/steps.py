"""Carries out a plan, step by step."""

from collections.abc import Callable, Mapping
from typing import Any

from aem import plans, strategies
from aem.bulk import Bulk
from aem.client import Client, fill
from aem.errors import OK, ApiError
from aem.output import Output
from aem.plans import ROOT, Plan

_PART = 1000
_PATHS = {"applications": "applicationId", "entities": "entityId"}
_NAMES = {"applications": "applicationName", "entities": "entityName"}
_MISSING = 404
_CONFLICT = 409


class Steps:
    """Carries out a plan; every step can be repeated."""

    def __init__(self, client: Client, output: Output, plan: Plan) -> None:
        """Take the plan and what carries it out."""
        self._client = client
        self._output = output
        self._plan = plan

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
        return bulk.run_step({action: (elements, _PART)})

    def _rename(self) -> int:
        for section, names in self._plan.rename.items():
            for key, name in names.items():
                path = fill(f"{ROOT}/{section}/{{id}}", {"id": key})
                self._client.send("PUT", path, body={_NAMES[section]: name}, expected=(204,))
        return OK

    def _strategies(self) -> int:
        """Delete and create strategies; one that is gone or there already counts as done."""
        for identifier in self._plan.replaced:
            path = fill(f"{strategies.PATH}/{{id}}", {"id": identifier})
            self._send_again("DELETE", path, None, _MISSING)
        for strategy in self._plan.strategies:
            self._send_again("POST", strategies.PATH, strategy, _CONFLICT)
        return OK

    def _send_again(self, method: str, path: str, body: Any, done: int) -> None:
        try:
            self._client.send(method, path, body=body, expected=(200, 201, 204))
        except ApiError as error:
            if error.status != done:
                raise
