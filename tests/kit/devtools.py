"""Chrome's DevTools protocol over the pipe of a browser.Browser, as much of it as tests need."""

from __future__ import annotations

import base64
import itertools
import json
import os
import select
import time
from contextlib import suppress
from pathlib import Path

from muslfall.hosts.browser import Browser

PATIENCE = 60  # seconds


class Refused(Exception):
    """Chromium cannot do that, or not yet."""


class Devtools:
    """The page that a browser shows."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.numbers = itertools.count(1)
        self.session: str | None = None
        self.buffer = b""
        deadline = time.monotonic() + PATIENCE
        while not (pages := self.pages()) and time.monotonic() < deadline:
            time.sleep(0.1)
        attached = self.call("Target.attachToTarget", targetId=pages[0], flatten=True)
        self.session = attached["sessionId"]

    def pages(self) -> list[str]:
        targets = self.call("Target.getTargets")["targetInfos"]
        return [target["targetId"] for target in targets if target["type"] == "page"]

    def send(self, method: str, **params) -> int:
        """Ask for something; gives the number of the answer."""
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": params}
        message |= {"sessionId": self.session} if self.session else {}
        self.browser.process.stdin.write(json.dumps(message).encode() + b"\0")
        self.browser.process.stdin.flush()
        return number

    def call(self, method: str, **params) -> dict:
        """Ask for something, and wait for the answer."""
        number = self.send(method, **params)
        while True:
            message = self.receive()
            if message.get("id") == number:
                if "error" in message:
                    raise Refused(message["error"])
                return message["result"]

    def receive(self) -> dict:
        while b"\0" not in self.buffer:
            fd = self.browser.process.stdout.fileno()
            assert select.select([fd], [], [], PATIENCE)[0], "Chromium does not answer"
            self.buffer += os.read(fd, 1 << 20)
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def evaluate(self, expression: str):
        """The value of an expression in the page, of what it promises if it is a promise."""
        said = self.call(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in said, said
        return said["result"].get("value")

    def wait_for(self, expression: str):
        """The value of an expression as soon as it is true."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(Refused):  # the page is not there yet
                if value := self.evaluate(expression):
                    return value
            time.sleep(0.05)
        raise AssertionError(f"{expression} is never true")

    def screenshot(self, path: Path) -> None:
        shot = self.call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(shot["data"]))
