"""`python -m capacity`: the model between any client and any DynamoDB Local."""

import argparse
import signal

from capacity.proxy import Proxy
from capacity.settings import Capacity
from local.settings import LocalError


def main() -> None:
    """Serve until a signal ends the process."""
    parser = argparse.ArgumentParser(prog="python -m capacity", description=__doc__)
    parser.add_argument("--upstream", required=True, help="endpoint of DynamoDB Local")
    parser.add_argument("--port", type=int, default=0, help="port to listen on")
    parser.add_argument("--capacity", default="aws", help="the limits, as in CAPACITY")
    given = parser.parse_args()
    try:
        proxy = Proxy(given.upstream, Capacity.read(given.capacity), given.port)
    except LocalError as error:
        parser.exit(1, f"{error}\n")
    proxy.start()
    print(proxy.endpoint, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
