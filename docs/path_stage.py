"""A study with consent, pay and a crowd link, for pictures of how raters come and go; a plan."""

from datetime import timedelta
from decimal import Decimal


def ask_for_consent(study, now) -> tuple[str, str]:  # type: ignore[no-untyped-def]
    """Consent, pay and a crowd link for a study; who has begun has agreed. Addresses: the text as a
    new rater meets it, and the page of a crowd link where nothing is left."""
    from raters.services.consent import consent_give, consent_text_save
    from raters.services.crowd import crowd_switch
    from raters.services.paying import path_save
    from raters.services.study_states import raters_add

    text = (
        "# Who asks\n\nThe reasoning group of a university. We ask whose reasoning convinces "
        "people.\n\n- It takes about **fifteen minutes**.\n- You may stop at any time.\n"
        "- No name is kept; answers are published without any.\n"
    )
    consent_text_save(study=study, text=text, language="en", now=now)
    crowd_switch(study=study, user=study.owner, on=True, now=now)
    study.refresh_from_db()
    path_save(
        study=study,
        user=study.owner,
        now=now,
        exits=study.path.exits,
        minutes=15,
        reward=Decimal("2.25"),
        currency="GBP",
        least_hourly=Decimal("9.00"),
    )
    for rater in study.raters.all():
        consent_give(rater=rater, version="1", now=now - timedelta(hours=1))
    (new,) = raters_add(study=study, count=1, now=now)
    crowd = f"/c/{study.path.crowd_code}/full/"
    return f"/r/{new.code}/ /rate/{study.code}/", crowd


def plan_for(study, owner, when) -> None:  # type: ignore[no-untyped-def]
    """A plan that was frozen before anybody rated; then more ratings were asked for."""
    from raters.services.freezing import plan_save, study_freeze
    from raters.services.places import raters_per_triple_change

    rules = {"too-fast": {"seconds": 12}, "often-fast": {"percent": 40, "seconds": 22}}
    plan_save(
        study=study, user=owner, rules=rules, now=when, sides="two-sided", headline="0",
        hypothesis="A careful wording is picked as the best more often than the others.",
        ratings=96, raters=8, stopping="When every rating is given.",
    )  # fmt: skip
    study_freeze(study=study, user=owner, now=when)
    study.refresh_from_db()
    raters_per_triple_change(
        study=study, user=owner, raters=9, now=when + timedelta(hours=1),
        why="One more rater volunteered.",
    )  # fmt: skip
