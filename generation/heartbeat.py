"""A sign of life while long work goes on, whatever the work is at.

From a thread of its own, on a database connection of its own. Knows neither the work nor who looks
for the sign: whoever takes work over from the silent says in a condition what "silent" is.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, connection

log = logging.getLogger(__name__)


@contextmanager
def heartbeat(sign: Callable[[], object], *, seconds: float) -> Iterator[None]:
    """Calls `sign` every so many seconds. One that the database refuses is followed by the next."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(seconds):
            try:
                sign()
            except (DatabaseError, InterfaceError):
                log.exception("A sign of life could not be given")
                connection.close()
        connection.close()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
