"""What is shown never holds up those who show it."""

import os
import threading

from local.console import WAITING_LINES, Console
from local.gateway.events import Call
from local.gateway.http import Reply, Request


def test_lines_come_whole_and_in_order() -> None:
    reading, writing = os.pipe()
    console = Console(writing)
    console.say("first")
    console.request(Call(Request("GET", "/a%2Fb", [], b"", "10.1.2.3"), "v1", "id"), Reply(200, []))
    console.close()
    os.close(writing)

    with os.fdopen(reading) as output:
        first, second = output.read().splitlines()
    assert first == "first"
    assert second.split()[1:] == ["200", second.split()[2], "ms", "GET", "/a%2Fb", "id"]


def test_unread_output_blocks_nothing() -> None:
    reading, writing = os.pipe()
    console = Console(writing)

    def talk() -> None:
        for _ in range(WAITING_LINES + 3000):
            console.say("x" * 100)

    talker = threading.Thread(target=talk, daemon=True)
    talker.start()
    talker.join(timeout=20)

    assert not talker.is_alive()
    os.close(reading)
    console.close()
    os.close(writing)


def test_a_closed_pipe_blocks_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    console = Console(writing)
    console.say("into nothing")
    console.close()
    os.close(writing)
