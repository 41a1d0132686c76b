"""How fast a million DPO pairs leave a study, in how much memory, and what pages feel meanwhile.

Wanted: 50 MB/s or more, under 200 MB in all whatever the size, pages unharmed. A study of rankings
(three raters on every triple, texts as long as GSM8K's) is written straight into a database file;
the export runs in a process of its own, as a worker does it, and this one asks for the study's page
all the while. `make bench` prints the figures; nothing here fails on a slow machine.

    python -m tests.bench_exports make|export|pages PAIRS     with TRIPTYCH_VAR set
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAME = "a large study"


@pytest.mark.parametrize("pairs", [100_000, 1_000_000])
def test_pairs_leave_a_large_study(pairs, capsys, tmp_path):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TRIPTYCH_VAR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/bench.sqlite3",
    }

    def run(what: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "tests.bench_exports", what, str(pairs)]
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )

    for_it = {"make": run("make").communicate()[0]}
    for_it["pages, nothing else going on"] = run("pages").communicate()[0]
    export = run("export")
    for_it["pages meanwhile"] = run("pages").communicate()[0]
    for_it["export"] = export.communicate()[0]
    with capsys.disabled():
        for what, said in for_it.items():
            sys.stdout.write(f"\n{pairs:,} pairs, {what}: {said.strip()}")


def make(pairs: int) -> None:
    from django.core.management import call_command

    from raters.judgement import Judgement
    from raters.services.study_states import study_close
    from tests.factories import NOW, claim, make_raters, make_study, submit

    call_command("migrate", verbosity=0)
    study = make_study(name=NAME, questions=1, raters_per_triple=3, protocol="ranking")
    for rater in make_raters(study, 3):
        submit(rater, claim(rater), judgement=Judgement("ranking", ranks="123"))
    _multiply(pairs // 3)
    study_close(study=study, user=study.owner, now=NOW)
    sys.stdout.write("made\n")


def _multiply(questions: int) -> None:
    """The one question with all that hangs on it, so many times, by plain statements."""
    from django.db import connection

    sentence = "She puts {n} apples into {m} boxes and counts all {k} of them once more. "
    for table, each in (
        ("generation_question", 1),
        ("generation_rationale", 3),
        ("raters_triple", 1),
        ("raters_triplerationale", 3),
        ("raters_place", 3),
        ("raters_assignment", 3),
        ("raters_rating", 3),
    ):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            names = [column[0] for column in cursor.description]
            first = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()][:each]

            def rows(first=first, names=names, each=each, table=table):
                for n in range(1, questions):
                    for place, row in enumerate(first):
                        changed = _changed(table, dict(row), n, n * each, place, sentence)
                        yield [changed[name] for name in names]

            marks = ", ".join(["%s"] * len(names))
            columns = ", ".join(f'"{name}"' for name in names)
            statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
            cursor.executemany(statement, rows())


def _changed(table: str, row: dict, n: int, by: int, place: int, sentence: str) -> dict:
    row["id"] += by
    said = sentence.format(n=n, m=place + 2, k=n * (place + 2)) * 5
    for name, value in (("question_id", n), ("triple_id", n), ("assignment_id", by)):
        if name in row:
            row[name] += value
    if "rationale_id" in row:
        row["rationale_id"] += by
        row["shown_text"] = said
    match table:
        case "generation_question":
            row |= {"key": f"q{n:07}", "text": said[:240]}
        case "generation_rationale":
            row |= {"text": f"{said}#### {n}", "import_digest": f"{n}-{place}"}
        case "raters_triple":
            row["number"] += n
        case "raters_place":
            row["queue"] += by
        case "raters_assignment":
            row |= {"place_id": row["place_id"] + by, "token": f"{n:026x}{place:06x}"}
        case "raters_rating":
            row["ranks"] = ("123", "213", "132")[(n + place) % 3]
    return row


def export(pairs: int) -> None:
    import resource

    from django.utils import timezone

    from raters.exports import EXPORTS, Wishes
    from raters.exports.files import export_write
    from raters.models import Study

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    began, cpu = time.perf_counter(), time.process_time()
    built = export_write(
        export=EXPORTS["dpo"],
        form="jsonl",
        study=Study.objects.get(name=NAME),
        wishes=Wishes(),
        path=Path(os.environ["TRIPTYCH_VAR"]) / "dpo.jsonl",
        until=timezone.now(),
    )
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    sys.stdout.write(
        f"{built.tally.rows:,} rows, {built.bytes / 1e6:,.0f} MB in {took:.1f} s "
        f"({cpu:.1f} s of CPU): {built.bytes / 1e6 / took:.1f} MB/s, "
        f"{built.bytes / 1e6 / cpu:.1f} MB a second of CPU; {peak} MB at most ({before} before)\n"
    )


def pages(pairs: int) -> None:
    import statistics

    from django.test import Client
    from django.urls import reverse

    from raters.models import Study

    study = Study.objects.get(name=NAME)
    client = Client()
    client.force_login(study.owner)
    took = []
    for _ in range(40):
        began = time.perf_counter()
        assert client.get(reverse("studies")).status_code == 200
        took.append(1000 * (time.perf_counter() - began))
        time.sleep(0.02)
    took.sort()
    sys.stdout.write(f"p50 {statistics.median(took):.0f} ms, p95 {took[37]:.0f} ms\n")


if __name__ == "__main__":
    import django

    django.setup()
    {"make": make, "export": export, "pages": pages}[sys.argv[1]](int(sys.argv[2]))
