"""SQLite where writers wait in a queue.

SQLite itself lets a writer sleep and look again, ever longer, so whoever comes late and looks at
the right moment goes first, and the others wait for a second. Here a transaction takes a lock of
the operating system before it begins, on a file beside the database: the kernel wakes the next in
line at once, and lets go of a lock whose holder has died. Knows nothing of what is written.
"""

import fcntl
import os

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    _turn: int | None = None  # the open file; its lock is held inside a transaction

    def get_new_connection(self, conn_params):  # type: ignore[no-untyped-def]
        connection = super().get_new_connection(conn_params)
        if not self.is_in_memory_db():
            self._turn = os.open(f"{conn_params['database']}-turn", os.O_RDWR | os.O_CREAT, 0o600)
        return connection

    def _start_transaction_under_autocommit(self) -> None:
        self._wait(fcntl.LOCK_EX)
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._wait(fcntl.LOCK_UN)
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._wait(fcntl.LOCK_UN)

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._wait(fcntl.LOCK_UN)

    def _close(self) -> None:
        super()._close()  # type: ignore[misc]
        if self._turn is not None:
            os.close(self._turn)
            self._turn = None

    def _wait(self, operation: int) -> None:
        if self._turn is not None:
            fcntl.flock(self._turn, operation)
