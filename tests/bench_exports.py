"""How fast a million DPO pairs leave a study, in how much memory, and what pages feel meanwhile.

Wanted: 50 MB/s or more, under 200 MB in all whatever the size, pages unharmed. A study of rankings
(three raters on every triple; questions and rationales as long as GSM8K's are on average, 235 and
287 characters) is written straight into a database; the export runs in a process of its own, as a
worker does it, and another asks for pages all the while: a rater's next triple in another study,
and the researcher's list of studies. `make bench` prints the figures, on SQLite and on PostgreSQL;
nothing here fails on a slow machine.

    python -m tests.bench_exports make|export|pages PAIRS     with TRIPTYCH_VAR and DATABASE_URL set
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
NAME, OTHER = "a large study", "a study that runs"
ALONE_SECONDS = 10
STOP = "stop"  # a file of this name ends the asking for pages


@pytest.mark.parametrize("pairs", [100_000, 1_000_000])
@pytest.mark.django_db(transaction=True)
def test_pairs_leave_a_large_study(pairs, capsys, tmp_path):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TRIPTYCH_VAR": str(tmp_path),
        "DATABASE_URL": _own_database(tmp_path, pairs),
    }

    def run(what: str, *more: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "tests.bench_exports", what, str(pairs), *more]
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )

    said = {"made": run("make").communicate()[0]}
    said["pages, nothing else going on"] = run("pages").communicate()[0]
    said["export, nothing else going on"] = run("export").communicate()[0]
    export, pages = run("export"), run("pages", "--until-stopped")
    said["export meanwhile"] = export.communicate()[0]
    (tmp_path / STOP).touch()
    said["pages meanwhile"] = pages.communicate()[0]
    with capsys.disabled():
        for what, line in said.items():
            sys.stdout.write(f"\n{connection.vendor}, {pairs:,} pairs, {what}: {line.strip()}")


def _own_database(folder: Path, pairs: int) -> str:
    """Empty, on the server that the tests use."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{folder}/bench.sqlite3"
    name = f"bench_exports_{pairs}"
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    there = settings.DATABASES["default"]
    return f"postgres://{there['USER']}@/{there['HOST']}/{name}"


def make(pairs: int) -> None:
    from django.apps import apps
    from django.core.management import call_command
    from django.core.management.color import no_style

    from raters.judgement import Judgement
    from raters.services.study_states import study_close
    from tests.factories import NOW, claim, make_raters, make_study, submit

    call_command("migrate", verbosity=0)
    study = make_study(name=NAME, questions=1, raters_per_triple=3, protocol="ranking")
    for rater in make_raters(study, 3):
        submit(rater, claim(rater), judgement=Judgement("ranking", ranks="123"))
    _multiply(pairs // 3)
    study_close(study=study, user=study.owner, now=NOW)
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
            cursor.execute(statement)
    make_raters(make_study(name=OTHER, questions=20), 1)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # ratings come over weeks: the server has tidied up
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
    sys.stdout.write("yes")


# What a copy of the one question changes, as SQL: `n` is the copy's number, `b` the row copied.
EACH = {"question_id": 1, "triple_id": 1, "rationale_id": 3, "place_id": 3, "assignment_id": 3}
OF_THREE = "CASE {which} WHEN 0 THEN {} WHEN 1 THEN {} ELSE {} END"
ASKED = (
    "'Robin packs ' || n || ' apples into boxes that hold ' || (n % 7 + 2) || ' each. Half of the "
    "boxes go to the market on Monday, and the others wait until Thursday. Every apple is sold "
    "for two coins, and a box costs three. How many coins does Robin have on Friday?'"
)
WRITTEN = (
    "'{} there are ' || n || ' / ' || (n % 7 + 2) || ' boxes in all. Half of them go on Monday, so "
    "the others are sold on Thursday.\nAll the apples are sold by Friday, and they bring 2 * ' || "
    "n || ' = ' || (2 * n) || ' coins.\nThe boxes cost 3 * ' || n || ' / ' || (n % 7 + 2) || ' "
    "coins. What is left is the difference of these two numbers, in coins.'"
)
WAYS = [WRITTEN.format(way) for way in ("First,", "We see that", "Let us say")]
CHANGES: dict[str, tuple[int, dict[str, str]]] = {
    "generation_question": (1, {"key": "'q' || (10000000 + n)", "text": ASKED}),
    "generation_rationale": (
        3,
        {
            "text": f"{OF_THREE.format(*WAYS, which='b.id % 3')} || ' #### ' || n",
            "import_digest": "n || '-' || b.id",
        },
    ),
    "raters_triple": (1, {"number": "b.number + n"}),
    "raters_triplerationale": (3, {"shown_text": OF_THREE.format(*WAYS, which="rationale_id % 3")}),
    "raters_place": (3, {"queue": "b.queue + 3 * n"}),
    "raters_assignment": (3, {}),
    "raters_rating": (
        3,
        {"ranks": OF_THREE.format("'123'", "'213'", "'132'", which="(n + b.id) % 3")},
    ),
}
TOKEN = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}


def _multiply(questions: int) -> None:
    """The one question with all that hangs on it, so many times, by the database itself."""
    for table, (each, changes) in CHANGES.items():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} LIMIT 0")
            names = [column[0] for column in cursor.description]
            columns = ", ".join(f'"{name}"' for name in names)
            cells = ", ".join(_cell(name, each, changes) for name in names)
            cursor.execute(
                f"INSERT INTO {table} ({columns}) WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL "
                f"SELECT n + 1 FROM copies WHERE n < {questions - 1}) "
                f"SELECT {cells} FROM copies, (SELECT * FROM {table}) AS b"
            )


def _cell(name: str, each: int, changes: dict[str, str]) -> str:
    by = each if name == "id" else EACH.get(name, 0)
    if name == "token":
        return TOKEN[connection.vendor]
    if name in changes:
        return changes[name]
    return f'b."{name}" + {by} * n' if by else f'b."{name}"'


def export(pairs: int) -> None:
    import resource

    from django.utils import timezone

    from raters.exports import EXPORTS, Wishes
    from raters.exports.files import export_write
    from raters.models import Study

    study = Study.objects.get(name=NAME)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    began, cpu = time.perf_counter(), time.process_time()
    built = export_write(
        export=EXPORTS["dpo"],
        form="jsonl",
        study=study,
        wishes=Wishes(),
        path=Path(os.environ["TRIPTYCH_VAR"]) / "dpo.jsonl",
        until=timezone.now(),
    )
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(
        f"{built.tally.rows:,} rows, {built.bytes / 1e6:,.0f} MB in {took:.1f} s "
        f"({cpu:.1f} s of CPU): {built.bytes / 1e6 / took:.1f} MB/s, "
        f"{built.bytes / 1e6 / cpu:.1f} MB a second of CPU; {peak} MB at most ({before} before); "
        f"sha256 {built.sha256[:12]}\n"
    )


def pages(pairs: int) -> None:
    """Until it is told to stop, or for a while: as a rater and as the researcher see them."""
    from django.test import Client
    from django.urls import reverse

    from raters.models import Study

    stop = Path(os.environ["TRIPTYCH_VAR"]) / STOP
    other = Study.objects.get(name=OTHER)
    rater, researcher = Client(), Client()
    rater.get(reverse("rater-link", args=[other.raters.get().code]))
    researcher.force_login(other.owner)
    asked = {
        "next triple": (rater, reverse("rate", args=[other.code]) + "?begin"),
        "list of studies": (researcher, reverse("studies")),
    }
    took: dict[str, list[float]] = {name: [] for name in asked}
    for client, address in asked.values():
        client.get(address)
    end = time.monotonic() + (3600 if "--until-stopped" in sys.argv else ALONE_SECONDS)
    while time.monotonic() < end and not stop.exists():
        for name, (client, address) in asked.items():
            began = time.perf_counter()
            assert client.get(address).status_code == 200
            took[name].append(1000 * (time.perf_counter() - began))
            time.sleep(0.05)
    sys.stdout.write("; ".join(f"{name} {_spread(ms)}" for name, ms in took.items()))


def _spread(ms: list[float]) -> str:
    p95 = statistics.quantiles(ms, n=20)[18]
    return f"p50 {statistics.median(ms):.0f} ms, p95 {p95:.0f} ms ({len(ms)} of them)"


if __name__ == "__main__":
    import django

    django.setup()
    {"make": make, "export": export, "pages": pages}[sys.argv[1]](int(sys.argv[2]))
