"""Built files: once, whole or not at all, stopped, sent again, swept."""

import time
from datetime import timedelta

import pytest
from django.conf import settings as django_settings

from raters.exports import ExportRefused, Wishes
from raters.models import StudyExport
from raters.services import export_files
from raters.services.export_files import (
    study_export_ask,
    study_export_build,
    study_export_drop,
    study_exports_sweep,
)
from raters.services.study_states import study_close
from tests.factories import NOW, make_raters, make_researcher, make_study, rate_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch, settings, tmp_path, django_capture_on_commit_callbacks):
    """What was sent to the broker, by the export's key."""
    settings.EXPORT_DIR = str(tmp_path / "built")
    found: list[int] = []
    monkeypatch.setattr(export_files, "_send", found.append)
    monkeypatch.setattr(export_files.transaction, "on_commit", lambda act: act())
    return found


@pytest.fixture
def study(sent):
    study = make_study(questions=2, raters_per_triple=2)
    rate_all(study, make_raters(study, 2))
    study_close(study=study, user=study.owner, now=NOW)
    return study


def ask(study, *, user=None, name="dpo", form="jsonl", now=NOW, **wishes):
    return study_export_ask(
        study=study, user=user or study.owner, name=name, form=form, wishes=wishes, now=now
    )


def test_asking_twice_is_one_file_sent_once(study, sent):
    first, again = ask(study), ask(study)
    assert first.pk == again.pk
    assert sent == [first.pk]
    study_export_build(export_id=first.pk, now=NOW)
    assert ask(study).state == "built"
    assert sent == [first.pk]


def test_other_wishes_people_and_ratings_are_other_files(study):
    keys = {ask(study).pk, ask(study, per_rater=True).pk, ask(study, form="csv").pk}
    keys.add(ask(study, user=make_researcher("bob")).pk)
    study.study_sources.first().source.__class__.objects.filter(name="S1").update(name="S9")
    keys.add(ask(study).pk)
    assert len(keys) == 5


def test_the_same_study_gives_the_same_bytes_to_everybody(study):
    for form in ("jsonl", "csv", "parquet"):
        built = [ask(study, form=form), ask(study, form=form, user=make_researcher("bob"))]
        for export in built:
            study_export_build(export_id=export.pk, now=NOW)
            export.refresh_from_db()
        assert built[0].sha256 == built[1].sha256 != ""
        assert built[0].path.read_bytes() == built[1].path.read_bytes()


def test_what_is_sent_twice_is_built_once(study):
    export = ask(study)
    study_export_build(export_id=export.pk, now=NOW)
    export.refresh_from_db()
    made = export.path.stat().st_mtime_ns
    study_export_build(export_id=export.pk, now=NOW)
    assert export.path.stat().st_mtime_ns == made
    export.refresh_from_db()
    assert (export.attempts, export.state) == (1, "built")


def test_a_lost_message_and_a_dead_worker_are_sent_again(study, sent):
    export = ask(study)
    study_exports_sweep(now=NOW)
    assert sent == [export.pk]
    later = NOW + timedelta(minutes=10)
    study_exports_sweep(now=later)
    assert sent == [export.pk] * 2
    StudyExport.objects.update(state="building", touched_at=NOW, attempts=1)
    much_later = later + timedelta(minutes=10)
    study_exports_sweep(now=much_later)
    assert sent == [export.pk] * 3
    study_export_build(export_id=export.pk, now=much_later)
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("built", 2)


@pytest.mark.parametrize("has_written", [False, True], ids=["before it wrote", "after"])
def test_of_two_builders_the_one_that_was_thought_dead_changes_nothing(
    study, monkeypatch, has_written
):
    export = ask(study, form="csv")
    write = export_files.export_write

    def taken_over(**asked):
        monkeypatch.setattr(export_files, "export_write", write)
        built = write(**asked) if has_written else None
        StudyExport.objects.update(touched_at=NOW - timedelta(minutes=3))
        study_export_build(export_id=export.pk, now=NOW)
        return built or write(**asked)

    monkeypatch.setattr(export_files, "export_write", taken_over)
    study_export_build(export_id=export.pk, now=NOW)
    export.refresh_from_db()
    assert (export.state, export.attempts) == ("built", 2)
    assert list(export.path.parent.iterdir()) == [export.path]
    assert export.path.stat().st_size == export.size


def test_what_breaks_a_builder_that_was_thought_dead_is_not_said_of_the_file(study, monkeypatch):
    export = ask(study)
    write = export_files.export_write

    def broken(**asked):
        monkeypatch.setattr(export_files, "export_write", write)
        StudyExport.objects.update(touched_at=NOW - timedelta(minutes=3), attempts=2)
        raise OSError("the disk is full")

    monkeypatch.setattr(export_files, "export_write", broken)
    study_export_build(export_id=export.pk, now=NOW)
    export.refresh_from_db()
    assert (export.state, export.problem) == ("building", "")


@pytest.mark.django_db(transaction=True)
def test_a_builder_gives_signs_of_life_whatever_it_is_at(study, monkeypatch):
    export = ask(study)
    monkeypatch.setattr(export_files, "SIGN_SECONDS", 0.05)
    write, signs = export_files.export_write, set()

    def slow(**asked):
        deadline = time.monotonic() + 20
        while len(signs) < 3 and time.monotonic() < deadline:
            signs.add(StudyExport.objects.get().touched_at)
            time.sleep(0.01)
        return write(**asked)

    monkeypatch.setattr(export_files, "export_write", slow)
    study_export_build(export_id=export.pk, now=NOW)
    export.refresh_from_db()
    assert (export.state, len(signs)) == ("built", 3)


def test_a_file_that_kills_its_workers_fails_with_a_sentence(study):
    export = ask(study)
    StudyExport.objects.update(attempts=export_files.MOST_ATTEMPTS)
    study_export_build(export_id=export.pk, now=NOW)
    export.refresh_from_db()
    assert (export.state, export.problem) == ("failed", "The worker that builds it ended 3 times.")


def test_stopping_half_way_leaves_no_file(study, monkeypatch):
    export = ask(study)
    monkeypatch.setattr(export_files.Wishes, "read", stopping(export, Wishes.read))
    study_export_build(export_id=export.pk, now=NOW)
    export.refresh_from_db()
    assert export.state == "expired"
    assert list(export.path.parent.iterdir()) == []


def stopping(export, read):
    """The person stops it just when the builder begins to write."""

    def reading(said):
        study_export_drop(export=export, now=NOW)
        return read(said)

    return reading


def test_a_full_disk_is_a_sentence_and_no_half_file(study, settings, tmp_path):
    (tmp_path / "file").write_text("no folder")
    settings.EXPORT_DIR = str(tmp_path / "file")
    export = ask(study)
    study_export_build(export_id=export.pk, now=NOW)
    export.refresh_from_db()
    assert export.state == "failed"
    assert export.problem.startswith("It could not be written:")


def test_a_file_expires_and_can_be_asked_for_anew(study):
    export = ask(study)
    study_export_build(export_id=export.pk, now=NOW)
    export.refresh_from_db()
    hours = django_settings.EXPORT_HOURS
    study_exports_sweep(now=export.built_at + timedelta(hours=hours - 1))
    assert export.path.exists()
    study_exports_sweep(now=export.built_at + timedelta(hours=hours))
    assert not export.path.exists()
    assert ask(study).pk != export.pk


def test_of_a_draft_nothing_leaves(sent):
    with pytest.raises(ExportRefused, match="once it is closed"):
        ask(make_study(name="draft", opened=False), name="ratings")
