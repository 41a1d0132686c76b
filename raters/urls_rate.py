"""The addresses of a rater, the front door, and the way in for researchers."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from raters import converters  # noqa: F401  (the kind `code`)
from raters.views import closing, crowd, enter, home, leaving, practice, rate

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", LoginView.as_view(redirect_authenticated_user=True), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("enter/<code:token>/", home.sign_in_link, name="sign-in-link"),
    path("r/<code:code>/", enter.personal_link, name="rater-link"),
    path("s/<code:code>/", enter.invitation, name="invitation"),
    path("c/<code:code>/", crowd.arrival, name="crowd-link"),
    path("c/<code:code>/full/", crowd.arrival_full, name="crowd-full"),
    path("rate/<code:study_code>/", rate.rate, name="rate"),
    path("rate/<code:study_code>/join/", enter.join, name="rate-join"),
    path("rate/<code:study_code>/practice/", practice.practice, name="rate-practice"),
    path("rate/<code:study_code>/submit/", rate.submit, name="rate-submit"),
    path("rate/<code:study_code>/skip/", rate.skip, name="rate-skip"),
    path("rate/<code:study_code>/flag/", rate.flag, name="rate-flag"),
    path("rate/<code:study_code>/beat/", rate.beat, name="rate-beat"),
    path("rate/<code:study_code>/leave/", rate.leave, name="rate-leave"),
    path("rate/<code:study_code>/return/", rate.give_back, name="rate-return"),
    path("rate/<code:study_code>/consent/", leaving.consent, name="rate-consent"),
    path("rate/<code:study_code>/closing/", closing.closing, name="rate-closing"),
    path("rate/<code:study_code>/reveal/", closing.reveal, name="rate-reveal"),
    path("rate/<code:study_code>/withdraw/", leaving.withdraw, name="rate-withdraw"),
]
