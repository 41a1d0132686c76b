"""A researcher at a real screen: from a file to a closed study, its results and its pairs."""

import hashlib
import json
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from raters.models import Flag, Rating, Study, StudyExport
from raters.services.export_files import study_export_build
from raters.services.people import sign_in_link_create
from tests.browser import assert_accessible, begin_rating, follow, press
from tests.factories import (
    NOW,
    as_lines,
    claim,
    make_raters,
    make_researcher,
    make_study,
    question_record,
    rate_all,
    rationale_text,
)
from tests.raters.reports import make_report

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def alice(page, live_server, transactional_db):
    """Signed in by a link that works once, as `make run` prints it."""
    user = make_researcher()
    token = sign_in_link_create(user=user, now=timezone.now(), hours=1)
    page.goto(f"{live_server.url}/enter/{token}/")
    if page.get_by_role("button").count():
        follow(page.locator("main button").first)
    page.goto(f"{live_server.url}/studies/")
    return user


@pytest.fixture
def upload(tmp_path):
    """Ten questions with three nested rationales each, in one file."""
    sources = ("human", "few-shot", "STaR")
    path = tmp_path / "triples.jsonl"
    records = [
        question_record(number)
        | {
            "rationales": [
                {"source": source, "text": rationale_text(number, wording)}
                for wording, source in enumerate(sources)
            ]
        }
        for number in range(10)
    ]
    path.write_text("\n".join(as_lines(records)))
    return path


def step(page):
    """On to the wizard's next step."""
    follow(page.locator(".actions").get_by_role("button", name="Next"))


def test_from_a_file_to_pairs(page, live_server, alice, upload, tmp_path, settings):
    settings.EXPORT_DIR = str(tmp_path / "exports")
    follow(page.get_by_role("link", name="Import a file"))
    page.get_by_label("Question set").fill("sums")
    page.get_by_label("What is in the file").select_option("rationales:jsonl")
    page.get_by_label("File", exact=True).set_input_files(upload)
    follow(page.get_by_role("button", name="Import"))
    expect(page.get_by_role("row", name=re.compile("human 10 10 "))).to_be_visible()
    assert_accessible(page)

    follow(page.get_by_role("link", name="Make a study of sums"))
    page.get_by_label("Name").fill("Whose reasoning")
    step(page)
    for source in ("human", "few-shot", "STaR"):
        page.get_by_role("checkbox", name=source).check()
    step(page)
    step(page)
    page.get_by_label("Ratings per triple").fill("2")
    for _ in ("raters", "checks", "texts"):
        step(page)
    follow(page.get_by_role("button", name="Make it, open it later"))
    expect(page.get_by_text("10 were drawn as triples")).to_be_visible()

    page.get_by_label("More raters").fill("2")
    follow(page.get_by_role("button", name="Add raters"))
    follow(page.get_by_role("link", name="Open the study…"))
    expect(page.get_by_text("20 ratings become available")).to_be_visible()
    follow(page.get_by_role("button", name="Open the study"))
    assert_accessible(page)

    study = Study.objects.get()
    address = page.url
    links = [rater.code for rater in study.raters.all()]
    for code, keys in zip(links, ("1231231231", "222n1t3211"), strict=True):
        begin_rating(page, live_server.url, code)
        for key in keys:
            press(page, key)

    page.goto(f"{address}results/")
    expect(page.get_by_text("Results are shown once the study is closed")).to_be_visible()
    page.goto(address)
    expect(page.get_by_text("20 of 20", exact=True)).to_be_visible()
    follow(page.get_by_role("link", name="Close the study…"))
    follow(page.get_by_role("button", name="Close the study for good"))
    follow(page.get_by_role("link", name="Read the results"))
    expect(page.get_by_text("The figures are being computed")).to_be_visible()
    assert_accessible(page)
    make_report(study, draws=True)
    expect(page.locator("figure.chart svg").first).to_be_visible()  # the page looked by itself
    assert_accessible(page)
    with page.expect_download() as started:
        page.get_by_role("link", name="PNG of share-best").click()
    assert started.value.path().read_bytes().startswith(b"\x89PNG")

    follow(page.get_by_role("link", name=re.compile("^Files: ratings")))
    follow(page.get_by_role("button", name="jsonl of dpo"))
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    assert_accessible(page)
    study_export_build(export_id=StudyExport.objects.get().pk, now=timezone.now())
    with page.expect_download() as started:  # the page looked by itself
        page.get_by_role("link", name="whose-reasoning-dpo.jsonl", exact=True).click()
    assert started.value.suggested_filename == "whose-reasoning-dpo.jsonl"
    rows = [json.loads(line) for line in started.value.path().read_text().splitlines()]
    assert rows
    assert {"prompt", "chosen", "rejected"} <= set(rows[0])


def test_bad_lines_and_long_names_stay_within_the_page(page, live_server, alice, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text("{" + "x" * 500 + "\n" + "{}\n" * 120)
    page.goto(f"{live_server.url}/import/")
    page.get_by_label("Question set").fill("w" * 200)
    page.get_by_label("What is in the file").select_option("questions:jsonl")
    page.get_by_label("File", exact=True).set_input_files(path)
    follow(page.get_by_role("button", name="Import"))
    expect(page.get_by_text("121 lines cannot be read")).to_be_visible()
    assert_accessible(page)

    names = ["s" * 100, "t" * 100, "u" * 100]
    study = make_study(name="n" * 190, owner=alice, questions=3, sources=names)
    rate_all(study, make_raters(study, 3))
    for part in ("", "close/"):
        page.goto(f"{live_server.url}/studies/{study.code}/{part}")
        assert_accessible(page)
    follow(page.get_by_role("button", name="Close the study for good"))
    make_report(study, draws=True)
    follow(page.get_by_role("link", name="Read the results"))
    expect(page.locator("figure.chart svg").first).to_be_visible()
    assert_accessible(page)
    page.goto(f"{live_server.url}/studies/")
    assert_accessible(page)


def test_the_papers_study_from_its_preset_to_a_pause(page, live_server, alice):
    """50 questions, ten triples a rater: the numbers are said before anything is made."""
    sample = make_study(name="another", owner=alice, questions=50)
    page.goto(f"{live_server.url}/studies/new/?set={sample.question_set.pk}")
    page.get_by_label("Name").fill("As in the paper")
    page.get_by_role("radio", name="The STaR paper's").check()
    assert_accessible(page)
    step(page)
    for source in ("S1", "S2", "S3"):
        page.get_by_role("checkbox", name=source).check()
    expect(page.get_by_label("Questions", exact=True)).to_have_value("50")
    step(page)
    expect(page.get_by_label("Rank them all")).to_be_checked()
    page.get_by_label("Criteria").fill("clarity")
    step(page)
    expect(page.get_by_text("does not end in a number of points")).to_be_visible()
    page.get_by_label("Criteria").fill("clarity 5")
    assert_accessible(page)
    step(page)
    expect(page.get_by_label("Triples per rater")).to_have_value("10")
    page.get_by_label("Minutes in hand").fill("30")
    follow(page.get_by_role("button", name="Back"))
    follow(page.get_by_role("button", name="Checks"))
    step(page)
    page.get_by_label("Consent text").fill("Do you agree?")
    page.get_by_label("Reward").fill("3.50")
    step(page)
    expect(page.get_by_role("status")).to_contain_text(
        "50 triples, 200 ratings: 20 bundles of 10, so 20 raters who finish."
    )
    expect(page.get_by_text("Minutes in hand")).to_be_visible()
    assert_accessible(page)
    follow(page.get_by_role("button", name="Make the study and open it"))
    expect(page.get_by_text("Answer: rank them all")).to_be_visible()

    study = Study.objects.get(name="As in the paper")
    assert study.lease_minutes == 30
    make_raters(study, 2)
    follow(page.get_by_role("link", name="Pause the study…"))
    assert_accessible(page)
    follow(page.get_by_role("button", name="Pause the study"))
    expect(page.get_by_role("link", name="Go on with the study…")).to_be_visible()
    assert_accessible(page)
    page.get_by_label("Ratings per triple").fill("5")
    page.get_by_role("button", name="Raise or lower…").click()
    expect(page.get_by_text("50 ratings more can be given, 250 in all")).to_be_visible()
    assert_accessible(page)
    follow(page.get_by_role("button", name="Ask for more"))
    expect(page.get_by_text("each to be judged by 5 raters")).to_be_visible()


def test_a_question_called_broken_is_read_by_who_runs_the_study(page, live_server, alice):
    study = make_study(owner=alice, questions=3, asks_comment=True, check_percent=5)
    held = claim(make_raters(study, 1)[0])
    Flag.objects.create(assignment=held, reason="unclear", comment="which box? " * 40, at=NOW)
    page.goto(f"{live_server.url}/studies/{study.code}/")
    expect(page.get_by_text(held.triple.question.text)).to_be_visible()
    expect(page.get_by_text("the question cannot be understood")).to_be_visible()
    assert_accessible(page)


def test_a_plan_is_frozen_and_a_fast_rater_is_left_out_by_its_rule(page, live_server, alice):
    study = make_study(owner=alice, questions=4, raters_per_triple=2)
    page.goto(f"{live_server.url}/studies/{study.code}/")
    follow(page.get_by_role("link", name="Write a plan"))
    assert_accessible(page)
    page.get_by_label("Hypothesis").fill("S1 is picked most often.")
    page.get_by_label("Headline").select_option("0")
    page.get_by_label("Median below, in seconds").fill("3")
    follow(page.get_by_role("button", name="Keep the plan"))
    follow(page.get_by_role("link", name="Freeze the plan…"))
    assert_accessible(page)
    follow(page.get_by_role("button", name="Freeze the plan"))
    expect(page.get_by_text("Nothing was done otherwise")).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("link", name="Take the frozen plan").click()
    digest = hashlib.sha256(started.value.path().read_bytes()).hexdigest()
    expect(page.get_by_text(digest)).to_be_visible()
    assert_accessible(page)

    rate_all(study, make_raters(study, 2))
    fast = Rating.objects.filter(assignment__rater__name="Rater 1")
    fast.update(visible_ms=1000)
    page.goto(f"{live_server.url}/studies/{study.code}/")
    follow(page.get_by_role("link", name="Exclusions"))
    expect(page.get_by_text("1 rater falls under a rule")).to_be_visible()
    assert_accessible(page)
    follow(page.get_by_role("button", name="Exclude this rater"))
    page.get_by_text("Rater 1 (r001): let in again").click()
    page.get_by_label("Why", exact=True).fill("The clock was wrong.")
    assert_accessible(page)
    follow(page.get_by_role("button", name="Lift the exclusion"))
    expect(page.get_by_text("The clock was wrong.")).to_be_visible()
    follow(page.get_by_role("button", name="Exclude this rater"))

    page.goto(f"{live_server.url}/studies/{study.code}/close/")
    page.get_by_label("Why").fill("The rater left out is not replaced.")
    follow(page.get_by_role("button", name="Close the study for good"))
    make_report(study, draws=True)
    page.goto(f"{live_server.url}/studies/{study.code}/results/")
    expect(page.get_by_text("1 rater with 4 ratings left out")).to_be_visible()
    assert_accessible(page)
