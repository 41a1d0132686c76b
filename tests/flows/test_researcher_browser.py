"""People who write, practice and checks, a corrected answer and the system, at a real screen."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from generation.models import WrittenText
from raters.models import Flag
from raters.services.people import sign_in_link_create
from tests.browser import PHONE, assert_accessible, follow
from tests.factories import (
    NOW,
    claim,
    make_admin,
    make_question_set,
    make_raters,
    make_researcher,
    make_study,
    submit,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def sign_in(page, live_server, user):
    token = sign_in_link_create(user=user, now=timezone.now(), hours=1)
    page.goto(f"{live_server.url}/enter/{token}/")
    follow(page.locator("main button").first)
    return user


def test_people_are_asked_to_write_and_what_they_write_is_a_source(
    page, live_server, chromium, transactional_db
):
    alice = sign_in(page, live_server, make_researcher())
    make_question_set("sums", questions=2, user=alice)
    page.goto(f"{live_server.url}/writing/")
    page.get_by_label("Source", exact=True).fill("our experts")
    page.get_by_label("Question set").select_option(label="sums (2 questions)")
    page.get_by_label("Consent text").fill("Do you agree?")
    assert_accessible(page)
    follow(page.get_by_role("button", name="Make it"))
    follow(page.get_by_role("button", name="Invite by an open link"))
    invitation = page.get_by_label("Invitation").input_value()
    assert_accessible(page)

    context = chromium.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    phone = context.new_page()
    phone.goto(invitation)
    assert_accessible(phone)
    follow(phone.get_by_role("button", name="I agree"))
    box = phone.get_by_label("How do you get to the answer?")
    box.fill("I count them all")
    expect(phone.get_by_role("status")).to_have_text("Draft saved.")
    phone.reload()
    expect(box).to_have_value("I count them all")
    follow(phone.get_by_role("button", name="Hand in and go on"))
    expect(phone.get_by_role("alert")).to_contain_text("states no answer yet")
    assert_accessible(phone)
    for _ in range(2):
        number = phone.locator("input[name=number]").input_value()
        gold = WrittenText.objects.get(number=number).question.gold_answer
        box.fill(f"I count them all. The answer is {gold}.")
        follow(phone.get_by_role("button", name="Hand in and go on"))
    expect(phone.get_by_role("heading", name="That was the last")).to_be_visible()
    assert_accessible(phone)
    follow(phone.get_by_role("link", name="Withdraw"))
    assert_accessible(phone)
    context.close()

    page.reload()
    follow(page.get_by_role("button", name="Take over 2 texts"))
    expect(page.get_by_text("2 texts taken over: 2 right, 0 wrong.")).to_be_visible()


def test_practice_and_checks_are_written_and_a_wrong_answer_is_corrected(
    page, live_server, transactional_db
):
    alice = sign_in(page, live_server, make_researcher())
    study = make_study(owner=alice, questions=3, check_percent=10)
    held = claim(make_raters(study, 1)[0])
    page.goto(f"{live_server.url}/studies/{study.code}/authoring/")
    page.get_by_label("Question", exact=True).first.fill("What is 3 × 4?")
    for name, text in (("A1", "It is 13."), ("A2", "It is 12."), ("A3", "It is 14.")):
        page.get_by_label(name, exact=True).fill(text)
    page.get_by_label("The one to pick").select_option("A2")
    page.get_by_label("Why", exact=True).fill("The others are not 12.")
    follow(page.locator("#practice ~ details").get_by_role("button", name="Add it").first)
    expect(page.get_by_text("Why: The others are not 12.")).to_be_visible()
    page.get_by_text("Write a check").click()
    assert_accessible(page)

    Flag.objects.create(assignment=held, reason="wrong-answer", at=NOW)
    page.goto(f"{live_server.url}/studies/{study.code}/")
    expect(page.get_by_text("0 of 9", exact=True)).to_be_visible()
    submit(held.rater, held)
    expect(page.get_by_text("1 of 9", exact=True)).to_be_visible()  # the page looked by itself
    follow(page.get_by_role("link", name="Correct it…"))
    page.get_by_label("The right answer").fill("99")
    follow(page.get_by_role("button", name="What would happen?"))
    expect(page.get_by_text("not every text reaches the new answer")).to_be_visible()
    page.get_by_label("Why").fill("A box is missing.")
    assert_accessible(page)
    follow(page.get_by_role("button", name="Correct the answer"))
    expect(page.get_by_text("its ratings do not count")).to_be_visible()
    follow(page.get_by_role("link", name="All questions and their answers"))
    assert_accessible(page)


def test_an_admin_adds_somebody_and_sees_how_the_system_is(page, live_server, transactional_db):
    sign_in(page, live_server, make_admin())
    page.goto(f"{live_server.url}/system/")
    page.get_by_label("Name to sign in with").fill("eve")
    follow(page.get_by_role("button", name="Add and make a link"))
    expect(page.get_by_role("textbox", name="Link for eve")).to_be_visible()
    assert_accessible(page)
    page.goto(f"{live_server.url}/system/")
    follow(page.get_by_role("link", name="Disable… eve"))
    assert_accessible(page)
    follow(page.get_by_role("button", name="Disable eve"))
    expect(page.get_by_role("button", name="Enable eve")).to_be_visible()
