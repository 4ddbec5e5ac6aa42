"""`python -m local.capacity`: the model between any client and any DynamoDB Local."""

import argparse
import signal

from local.capacity.proxy import Proxy
from local.capacity.settings import Capacity


def main() -> None:
    """Serve until the process is told to end."""
    parser = argparse.ArgumentParser(prog="python -m local.capacity", description=__doc__)
    parser.add_argument("--upstream", required=True, help="endpoint of DynamoDB Local")
    parser.add_argument("--port", type=int, default=0, help="port to listen on")
    parser.add_argument("--capacity", default="aws", help="what is allowed, as CAPACITY says it")
    given = parser.parse_args()
    proxy = Proxy(given.upstream, Capacity.read(given.capacity), given.port)
    proxy.start()
    print(proxy.endpoint, flush=True)
    signal.pause()


if __name__ == "__main__":
    main()
