"""The API's pages at a real screen, large and small, light and dark: usable by everybody."""

import pytest
from django.utils import timezone

from raters.services.people import sign_in_link_create
from tests.browser import assert_accessible, follow
from tests.factories import make_researcher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_tokens_webhooks_and_the_description_are_accessible(page, live_server):
    token = sign_in_link_create(user=make_researcher(), now=timezone.now(), hours=1)
    page.goto(f"{live_server.url}/enter/{token}/")
    follow(page.get_by_role("button", name="Sign in"))
    page.goto(f"{live_server.url}/api-tokens/")
    assert_accessible(page)
    page.get_by_label("Name", exact=True).fill("my script")
    page.get_by_label("read:").check()
    follow(page.get_by_role("button", name="Make the token"))
    assert page.get_by_label("The new token").input_value().startswith("triptych_")
    assert_accessible(page)
    follow(page.get_by_role("link", name="Webhooks"))
    assert_accessible(page)
    follow(page.get_by_role("link", name="What it can do"))
    page.locator("#studies_post summary").click()
    assert page.locator("#studies_post table").first.is_visible()
    assert_accessible(page)
