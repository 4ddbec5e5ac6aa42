"""The condition of ``If-Match`` (RFC 9110, section 13.1.1): which versions a change is meant for.

A version is new with every change, so equal versions are the same state, and nobody can overwrite
what they have not seen. A request without the header has no condition.
"""

from dataclasses import dataclass

from provisioning.core.errors import StaleError


@dataclass(frozen=True)
class IfMatch:
    """The versions that a request accepts; None accepts any."""

    versions: frozenset[str] | None = None

    @property
    def is_any(self) -> bool:
        """Whether every version is accepted."""
        return self.versions is None

    def require(self, version: str) -> None:
        """Check that a version is accepted.

        Raises:
            StaleError: It is not.
        """
        if self.versions is not None and version not in self.versions:
            raise StaleError


ANY = IfMatch()
"""The condition of a request without ``If-Match``."""
