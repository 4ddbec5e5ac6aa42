"""An operator of one account, whose operations are carried out as soon as they ask for it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from tests.support.client import ROOT, Client, Response, path_of
from tests.support.stream import Source, invoke, settings

if TYPE_CHECKING:
    from provisioning.table.items import Attributes

Link = dict[str, Any]


class Operator:
    """Changes applications, entities and their links, and looks at what became of them.

    Attributes:
        client: What requests are made with.
    """

    def __init__(self, client: Client, stream: Source) -> None:
        """Take a client of an account, and the stream of its table."""
        self.client = client
        self._stream = stream

    # --- state ----------------------------------------------------------------------------------

    def prepare(self, applications: str, entities: str, links: Iterable[Mapping[str, Any]]) -> None:
        """Create applications and entities of one letter each, and links to them, long ago."""
        for collection, names in (("applications", applications), ("entities", entities)):
            for name in names:
                assert self.client.create(collection, name, f"The {name}").status == 201
        for link in links:
            assert self.client.link(link).status == 201
        self.settle()

    def links(self) -> list[Link]:
        """Return all associations of the account."""
        answer = self.client.list("associations", size=1000).json
        assert answer["paging"]["totalPages"] <= 1
        results: list[Link] = answer["results"]
        return results

    def everything(self) -> list[Any]:
        """Return all that the account has: applications, entities and associations."""
        parents = [
            self.client.list(collection, size=1000).json["results"]
            for collection in ("applications", "entities")
        ]
        return [*parents, self.links()]

    # --- what is asked for ----------------------------------------------------------------------

    def post(self, path: str, body: Any = None) -> Response:
        """Post to a path under the API's root."""
        return self.client.call("POST", f"{ROOT}/{path}", body=body)

    def impact(self, collection: str, identifier: str) -> Response:
        """Ask what deleting an application or entity would do."""
        return self.client.call("GET", f"{path_of(collection, identifier)}/impact")

    def protect(self, collection: str, identifier: str, *, protected: bool) -> Response:
        """Protect an application or entity, or lift that."""
        path = path_of(collection, identifier)
        return self.client.call("PATCH", path, body={"protected": protected})

    def delete(
        self, collection: str, identifier: str, if_match: str = "", **query: str
    ) -> Response:
        """Delete an application or entity."""
        headers = {"If-Match": if_match} if if_match else {}
        path = path_of(collection, identifier)
        return self.client.call("DELETE", path, query=query, headers=headers)

    def reassign(
        self, wanted: Mapping[str, Any], target: Mapping[str, Any], **more: Any
    ) -> Response:
        """Reassign what meets a filter."""
        body = {"filter": dict(wanted), "target": dict(target), **more}
        return self.post("associations/reassign", body)

    def undo(self, operation_id: str) -> Response:
        """Undo an operation."""
        return self.post(f"operations/{operation_id}/undo")

    # --- what becomes of it ---------------------------------------------------------------------

    def settle(self) -> None:
        """Let the function do all that there is to be done."""
        waiting: list[Attributes] = []
        while waiting or (waiting := self._arrived()):
            waiting = invoke(waiting) + self._arrived()

    def _arrived(self) -> list[Any]:
        found: list[Any] = []
        while records := self._stream.read():
            found += filter(settings().matches, records)
        return found

    def operation(self, answer: Response) -> Any:
        """Return the operation that an answer locates."""
        assert answer.status in {200, 202}, answer.text
        operation_id = answer.headers["Operation-Location"].rpartition("/")[2]
        return self.client.call("GET", f"{ROOT}/operations/{operation_id}").json

    def settled(self, answer: Response) -> Any:
        """Return the operation that an answer locates, once all is done."""
        assert answer.status in {200, 202}, answer.text
        self.settle()
        operation = self.operation(answer)
        assert operation["state"] == "SUCCEEDED", operation
        assert operation["total"] == operation["done"] + operation["failed"]
        return operation

    def outcomes(self, operation: Mapping[str, Any], **query: Any) -> list[Any]:
        """Return what became of the links of an operation, from all pages."""
        path = f"{ROOT}/operations/{operation['operationId']}/links"
        found: list[Any] = []
        while True:
            page = self.client.call("GET", path, query=query).json
            found += page["results"]
            if "next" not in page["paging"]:
                return found
            query["cursor"] = page["paging"]["next"]
