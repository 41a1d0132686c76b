"""The addresses of a workshop: one short one for the room, and the presenter's."""

from django.urls import path

from raters import converters  # noqa: F401  (the kind `code`)
from raters.views import workshop_new, workshop_room, workshops

urlpatterns = [
    path("w/", workshop_room.room, name="workshop-room"),
    path("w/join/", workshop_room.join, name="workshop-join"),
    path("w/respond/", workshop_room.respond, name="workshop-respond"),
    path("w/now/", workshop_room.now, name="workshop-room-now"),
    path("workshops/", workshops.workshop_list, name="workshops"),
    path("workshops/new/", workshop_new.workshop_new, name="workshop-new"),
    path("workshops/<code:code>/", workshops.workshop_control, name="workshop"),
    path("workshops/<code:code>/screen/", workshops.workshop_screen, name="workshop-screen"),
    path("workshops/<code:code>/move/", workshops.workshop_moving, name="workshop-move"),
    path("workshops/<code:code>/now/", workshops.workshop_now, name="workshop-now"),
]
