"""What a run cost: percentiles of waiting, processor time and memory of a family of processes.

Linux only: reads /proc. Where it is not there, a cost is None and not printed.
"""

import os
from collections.abc import Iterable, Sequence
from math import ceil
from pathlib import Path

from django.db import connection

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


def in_milliseconds(seconds: Sequence[float]) -> str:
    if not seconds:
        return "none"
    p50, p95, p99 = (1000 * percentile(seconds, percent) for percent in (50, 95, 99))
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms ({len(seconds)})"


def family(pid: int) -> list[int]:
    """A process with its children and theirs."""
    found = [pid]
    for parent in found:
        for task in (PROC / str(parent) / "task").glob("*/children"):
            found += map(int, task.read_text().split())
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Of these processes and of their children that have ended."""
    return sum(sum(map(int, _stat(pid)[11:15])) for pid in pids) / TICKS


def memory_megabytes(pids: Iterable[int]) -> float:
    """What they hold together; a page that several share is counted once."""
    return sum(_proportional_kilobytes(pid) for pid in pids) / 1000


def database_server() -> int | None:
    """The first process of the PostgreSQL that serves us, if it runs on this machine."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    try:
        return int(_stat(backend)[1]) if "postgres" in _name(backend) else None
    except OSError:
        return None


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name, which may hold anything: state, parent, ..."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _name(pid: int) -> str:
    return (PROC / str(pid) / "comm").read_text()


def _proportional_kilobytes(pid: int) -> int:
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0
