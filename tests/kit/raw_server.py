"""A server on 127.0.0.1 that answers with bytes as they are given, however wrong they are."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

#: What comes next: bytes, or seconds to wait.
Parts = Iterable[bytes | float]


@contextmanager
def serve(answers: Callable[[], Parts]) -> Iterator[str]:
    """The address of a server that answers each connection with the parts of `answers()`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept, args=(server, answers), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            # Closing alone leaves accept(2) waiting, and its socket listening.
            server.shutdown(socket.SHUT_RDWR)
            thread.join(20)


def accept(server: socket.socket, answers: Callable[[], Parts]) -> None:
    with suppress(OSError):
        while True:
            connection = server.accept()[0]
            threading.Thread(target=answer, args=(connection, answers()), daemon=True).start()


def answer(connection: socket.socket, parts: Parts) -> None:
    with connection, suppress(OSError):
        connection.settimeout(20)
        connection.recv(1 << 16)
        for part in parts:
            if isinstance(part, bytes):
                connection.sendall(part)
            else:
                time.sleep(part)
        connection.shutdown(socket.SHUT_WR)


def drip(start: bytes, part: bytes, seconds: float = 0.02, most: int = 1000) -> Iterator:
    """A beginning, then the same part again and again."""
    yield start
    for _ in range(most):
        yield part
        yield seconds


def flood(start: bytes, part: bytes, most: int = 100_000) -> Iterator:
    """The same without a pause."""
    yield start
    for _ in range(most):
        yield part
