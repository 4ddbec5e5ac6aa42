"""Writes template.yaml as CloudFormation gets it: ``python -m tools.transformed FILE``.

Linters read the result beside the source: they overlook loops (Fn::ForEach) and the resources that
the SAM transform makes, such as the deployment of an API.
"""

import json
import sys
from pathlib import Path

from local import template
from local.settings import PROJECT


def main(arguments: list[str]) -> int:
    """Write the transformed template to the file that the only argument names."""
    (name,) = arguments
    target = Path(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    transformed = template.load(PROJECT / "template.yaml")
    target.write_text(json.dumps(transformed, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
