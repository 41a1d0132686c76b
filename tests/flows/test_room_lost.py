"""Nothing is lost and nothing counts twice: cut network, crash, drafts, two tabs, old tokens."""

import pytest
from playwright.sync_api import Page, expect

from raters.models import Assignment, Rating
from raters.services.study_states import study_close
from tests.browser import DESKTOP, another_screen, begin_rating, confirmed, follow, press, ready
from tests.factories import NOW, make_rater, make_study

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def study(transactional_db):
    return make_study(questions=10)


@pytest.fixture
def rater(study):
    return make_rater(study)


def slots() -> list[int | None]:
    return list(Rating.objects.order_by("id").values_list("slot", flat=True))


def status(page: Page):
    return page.get_by_role("status")


def refuse(page: Page) -> None:
    page.route("**/submit/", lambda route: route.abort())


def test_what_is_in_hand_is_rated_offline_kept_and_sent_once(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    page.context.set_offline(True)
    page.keyboard.press("2")
    expect(page.locator(".count")).to_have_text("2 of 10")
    expect(status(page)).to_contain_text("No connection. Your answers are kept here")
    ready(page)
    page.keyboard.press("3")
    expect(status(page)).to_contain_text("What was in hand is rated and kept here")
    page.keyboard.press("1")  # nothing is in hand to be rated
    assert slots() == []
    page.context.set_offline(False)
    ready(page)
    expect(page.locator(".count")).to_have_text("3 of 10")
    expect(status(page)).to_have_text("Saved. 3 of 10")
    assert slots() == [1, 2]


def test_an_answer_whose_receipt_was_lost_is_stored_once(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    lost = []

    def lose_the_first(route):
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/submit/", lose_the_first)
    press(page, "2")
    expect(status(page)).to_have_text("Saved. 2 of 10")
    assert (lost, slots()) == ([200], [1])


def test_nothing_is_said_to_be_saved_before_the_server_has_said_so(page, live_server, rater):
    held = []
    page.route("**/submit/", lambda route: held.append(route))
    begin_rating(page, live_server.url, rater.code)
    page.keyboard.press("2")
    ready(page)
    expect(page.locator(".count")).to_have_text("2 of 10")
    expect(status(page)).to_have_text("")
    held[0].continue_()
    expect(status(page)).to_have_text("Saved. 2 of 10")


def test_an_answer_outlives_a_reload(page, live_server, rater):
    refuse(page)
    begin_rating(page, live_server.url, rater.code)
    page.keyboard.press("2")
    expect(status(page)).to_contain_text("No connection")
    warned = []
    page.on("dialog", lambda dialog: (warned.append(dialog.type), dialog.accept()))
    page.unroute("**/submit/")
    page.reload()
    confirmed(page)
    expect(page.locator(".count")).to_have_text("2 of 10")
    assert (warned, slots()) == (["beforeunload"], [1])
    ready(page)
    page.reload()
    assert warned == ["beforeunload"], "all is sent: nobody is asked whether to stay"


def test_what_a_crashed_page_left_is_sent_by_the_next(page, live_server, rater):
    refuse(page)
    begin_rating(page, live_server.url, rater.code)
    for key in "21":
        page.keyboard.press(key)
        expect(status(page)).to_contain_text("No connection")
        page.wait_for_timeout(300)
    room = page.url
    page.close(run_before_unload=False)
    after = page.context.new_page()
    after.goto(room)
    ready(after)
    confirmed(after)
    expect(after.locator(".count")).to_have_text("3 of 10")
    assert slots() == [1, 0]


def test_what_a_rater_left_is_not_sent_from_anothers_page_but_once_they_are_back(
    page, live_server, study, rater
):
    refuse(page)
    begin_rating(page, live_server.url, rater.code)
    page.keyboard.press("2")
    expect(status(page)).to_contain_text("No connection")
    page.close(run_before_unload=False)
    after = page.context.new_page()
    begin_rating(after, live_server.url, make_rater(study).code)
    after.wait_for_timeout(500)
    assert slots() == []
    expect(after.locator("#answer")).to_be_visible()
    expect(after.locator(".count")).to_have_text("1 of 10")
    after.goto(f"{live_server.url}/r/{rater.code}/")
    follow(after.get_by_role("button", name="Begin"))
    confirmed(after)
    expect(after.locator(".count")).to_have_text("2 of 10")
    assert slots() == [1]


def test_what_is_refused_three_times_is_set_aside_and_its_triple_asked_once_more(
    page, live_server, rater
):
    sent = []

    def refuse_the_first(route):
        sent.append(route.request.post_data)
        if "answer=2" in sent[-1]:
            route.fulfill(status=400, body="<h1>Bad request</h1>")
        else:
            route.continue_()

    page.route("**/submit/", refuse_the_first)
    begin_rating(page, live_server.url, rater.code)
    page.keyboard.press("2")
    ready(page)
    page.keyboard.press("3")
    expect(page.get_by_role("alert")).to_contain_text("refused three times", timeout=15000)
    confirmed(page)
    assert sum("answer=2" in body for body in sent) == 3
    assert slots() == [2]
    ready(page)
    press(page, "1")
    assert slots() == [2, 0]
    assert Rating.objects.order_by("id").last().assignment.pk == Assignment.objects.first().pk


def test_damaged_notes_of_an_earlier_visit_do_not_break_this_one(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    page.evaluate("""() => {
        const { room, rater } = document.body.dataset, { token } = Room.screen().dataset;
        for (const [at, damage] of ["{", "null", "{}"].entries()) {
            localStorage.setItem(`rating-queue ${room} ${rater} 00${at}`, damage);
            localStorage.setItem(`rating-draft old${at}`, damage);
        }
        localStorage.setItem(`rating-draft ${token}`, '{"at": 1e15, "fields": [null]}');
        localStorage.setItem("rating-keys", "{");
        localStorage.setItem(`rating-clock ${token}`, '{"at": 1e15}');
        sessionStorage.setItem("rating-since-rest", "{");
    }""")
    page.reload()
    ready(page)
    press(page, "2")
    assert slots() == [1]
    assert page.evaluate("Object.keys(localStorage).filter(name => / old/.test(name))") == []


def test_the_clock_goes_on_after_a_reload(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    page.wait_for_timeout(2000)
    page.reload()
    ready(page)
    press(page, "2")
    rating = Rating.objects.get()
    assert rating.elapsed_ms >= rating.visible_ms >= 2000
    clock = "Object.keys(localStorage).filter(name => name.startsWith('rating-clock'))"
    left = page.evaluate(clock)
    assert not any(str(rating.assignment.token) in name for name in left)


def test_a_draft_outlives_a_crash(page, live_server):
    study = make_study(
        questions=3,
        protocol="ranking",
        reasons=[{"key": "q", "name": "wordy"}],
        asks_comment=True,
    )
    begin_rating(page, live_server.url, make_rater(study).code)
    for key in ["3", "ArrowRight", "q", "c"]:
        page.keyboard.press(key)
    page.keyboard.type("not yet")
    room = page.url
    page.close(run_before_unload=False)
    after = page.context.new_page()
    after.goto(room)
    ready(after)
    expect(status(after)).to_have_text("What you had begun is here again.")
    expect(after.get_by_label("wordy").first).to_be_checked()
    expect(after.get_by_role("textbox", name="Comment")).to_have_value("not yet")
    press(after, "1", "Enter")
    rating = Rating.objects.get()
    assert (rating.ranks, rating.reasons, rating.comment) == ("231", [[0, "q"]], "not yet")
    drafts = "Object.keys(localStorage).filter(name => name.startsWith('rating-draft'))"
    assert after.evaluate(drafts) == []


def test_undo_keeps_what_was_begun_of_the_next(page, live_server):
    study = make_study(questions=3, protocol="ranking")
    begin_rating(page, live_server.url, make_rater(study).code)
    press(page, "1", "2", "Enter")
    page.keyboard.press("3")
    press(page, "u")
    expect(page.get_by_role("heading", name="Question, once more")).to_be_visible()
    press(page, "u")
    expect(page.locator(".ranked")).to_have_text(["A3"])


def test_two_tabs_do_not_disturb_each_other(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    other = page.context.new_page()
    other.goto(page.url)
    ready(other)
    press(page, "2")
    other.keyboard.press("3")  # the same triple: what is stored is shown, not overwritten
    expect(other.get_by_role("alert")).to_be_visible()
    expect(other.get_by_role("button", name="your answer")).to_contain_text("Pick A2")
    assert slots() == [1]
    ready(other)
    press(other, "u")
    press(other, "1")
    press(page, "3")
    assert len(slots()) == Rating.objects.filter(is_current=True).count()
    assert slots()[0] == 1


def test_an_answer_that_nobody_takes_is_kept_and_said_not_to_be_stored(page, live_server, rater):
    page.route("**/submit/", lambda route: route.fulfill(status=403, body="<h1>Who are you?</h1>"))
    begin_rating(page, live_server.url, rater.code)
    page.keyboard.press("2")
    expect(status(page)).to_contain_text("Your answer was not stored")
    assert slots() == []
    page.unroute("**/submit/")
    confirmed(page)
    assert slots() == [1]


def test_an_answer_is_stored_after_the_cookie_is_gone(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    page.context.clear_cookies(name="rater")
    page.keyboard.press("2")
    expect(page.get_by_role("heading", name="Saved")).to_be_visible()
    confirmed(page)
    assert slots() == [1]
    begin_again = f"{live_server.url}/r/{rater.code}/"
    page.goto(begin_again)
    expect(page.locator(".count")).to_have_text("2 of 10")


def test_an_answer_to_a_study_that_closed_meanwhile_says_so(page, live_server, study, rater):
    begin_rating(page, live_server.url, rater.code)
    study_close(study=study, user=study.owner, now=NOW)
    page.keyboard.press("2")
    expect(page.get_by_role("heading", name="Closed")).to_be_visible()
    confirmed(page)
    assert Rating.objects.count() == 1


def test_what_is_in_hand_is_kept_while_somebody_reads_and_given_back_when_they_go(
    page, live_server, rater
):
    begin_rating(page, live_server.url, rater.code)
    sent = []
    page.on("request", lambda request: sent.append((request.url, request.post_data)))
    page.clock.install()
    page.reload()
    ready_with_a_clock(page)

    def beats() -> list[str]:
        page.wait_for_timeout(200)
        return [body for url, body in sent if url.endswith("/beat/")]

    page.clock.run_for(6000)
    at_once = beats()
    assert len(at_once) >= 2, "each page says at once what it holds"
    page.clock.fast_forward("10:00")
    page.clock.fast_forward("10:00")
    assert beats() == at_once, "nobody is there"
    with page.expect_request("**/beat/"):
        page.mouse.move(200, 200)
    assert len(beats()) == len(at_once) + 1
    assert beats()[-1].count("token=") == 2
    held = Assignment.objects.filter(state=Assignment.State.HELD)
    assert held.count() == 2
    page.goto("about:blank")
    for _ in range(50):
        if held.count() == 1:
            break
        page.wait_for_timeout(100)
    assert held.count() == 1, "the one that was never shown is free for others"


def test_a_reload_keeps_what_is_in_hand_and_what_is_ahead(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    held = Assignment.objects.filter(state=Assignment.State.HELD).order_by("pk")
    before = list(held)
    with page.expect_response(lambda response: response.url.endswith("/beat/")):
        page.reload()
    ready(page)
    page.wait_for_timeout(300)
    assert list(held) == before
    leases = [(each.lease_until - each.claimed_at).total_seconds() for each in held]
    assert min(leases) > 600


def test_a_second_tab_that_is_closed_takes_nothing_from_the_first(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    held = Assignment.objects.filter(state=Assignment.State.HELD).order_by("pk")
    before = list(held)
    other = page.context.new_page()
    other.goto(page.url)
    ready(other)
    with other.expect_event("close"):
        other.close(run_before_unload=True)
    page.wait_for_timeout(1000)
    with page.expect_response(lambda response: response.url.endswith("/beat/")):
        page.evaluate("dispatchEvent(new Event('focus'))")
    assert list(held) == before
    leases = [(each.lease_until - each.claimed_at).total_seconds() for each in held]
    assert min(leases) > 600


def test_that_an_answer_was_late_is_said_once(page, live_server, rater):
    begin_rating(page, live_server.url, rater.code)
    press(page, "2")
    page.goto(page.url.partition("?")[0] + "?late")
    ready(page)
    expect(page.get_by_role("alert")).to_contain_text("run out")
    page.reload()
    ready(page)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_room_that_stands_at_the_address_of_a_form_works_as_any_other(page, live_server):
    rater = make_rater(make_study(questions=3, protocol="ranking"))
    begin_rating(page, live_server.url, rater.code)
    room = page.url.partition("?")[0]
    page.evaluate("HTMLFormElement.prototype.submit.call(document.getElementById('answer'))")
    expect(page.get_by_role("alert")).to_be_visible()
    ready(page)
    assert page.url == f"{room}?begin", "a reload looks, and sends nothing again"
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    press(page, "1", "2", "Enter")
    assert f"{room}submit/" in sent
    page.wait_for_timeout(500)
    page.goto("about:blank")
    assert {url for url in sent if url.startswith(room)} <= {
        f"{room}{name}/" for name in ("submit", "beat", "leave")
    }
    assert len(slots()) == 1


def ready_with_a_clock(page: Page) -> None:
    page.clock.run_for(1000)
    ready(page)


def test_a_lease_that_was_lost_brings_what_is_in_hand_now(page, live_server, rater):
    page.route("**/beat/", lambda route: route.fulfill(status=410))
    page.clock.install()
    begin_url = f"{live_server.url}/r/{rater.code}/"
    page.goto(begin_url)
    follow(page.get_by_role("button", name="Begin"))
    ready_with_a_clock(page)
    page.set_viewport_size(DESKTOP)
    with page.expect_response(lambda response: "begin" in response.url):
        page.clock.fast_forward("08:00")
    ready_with_a_clock(page)
    with another_screen(page):
        page.keyboard.press("1")
        page.clock.run_for(1000)
    assert slots() == [0]
