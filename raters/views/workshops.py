"""A presenter's workshops: the list, the controls, the large screen, and where the room is now.

Thin. The controls and the screen are rendered from the same blind scene as the phones, so that a
laptop that mirrors the wrong window tells the room nothing before the reveal.
"""

import json
from typing import Any

import segno
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from generation.access import StaffRequest
from raters.models import Workshop
from raters.services.workshops.making import WorkshopRefused
from raters.services.workshops.moving import MOVES, moves_of, workshop_move
from raters.services.workshops.showing import counts_of, scene_of, workshop_lines
from raters.views.access import researcher_required
from raters.views.workshop_room import unless_known


@require_safe
@researcher_required
def workshop_list(request: StaffRequest) -> HttpResponseBase:
    page = {"workshops": workshop_lines(user=request.user)}
    return render(request, "workshop/list.html", page)


@never_cache
@require_safe
@researcher_required
def workshop_control(request: StaffRequest, code: str) -> HttpResponseBase:
    return _page(request, code, "control")


@never_cache
@require_safe
@researcher_required
def workshop_screen(request: StaffRequest, code: str) -> HttpResponseBase:
    return _page(request, code, "screen")


@require_POST
@researcher_required
def workshop_moving(request: StaffRequest, code: str) -> HttpResponseBase:
    """One move. Who pressed a button of an older page sees where the room is, and moves nothing."""
    workshop = _own(request, code)
    to, seen = request.POST.get("to", ""), request.POST.get("version", "")
    page = "workshop-screen" if request.POST.get("from") == "screen" else "workshop"
    if to in MOVES and seen.isascii() and seen.isdecimal() and len(seen) < 10:
        try:
            workshop_move(
                workshop=workshop, to=to, seen=int(seen), user=request.user, now=timezone.now()
            )
        except WorkshopRefused as refused:
            messages.error(request, str(refused))
    return redirect(page, code=workshop.code)


@require_safe
@researcher_required
def workshop_now(request: StaffRequest, code: str) -> HttpResponseBase:
    """What the controls and the screen poll: the version and two counts."""
    workshop = _own(request, code)
    counts = counts_of(workshop)
    said = {"version": workshop.version, "here": counts.here, "given": counts.given}
    tag = f'"{workshop.version}.{counts.here}.{counts.given}"'
    return unless_known(request, tag, json.dumps(said), "application/json")


def _own(request: StaffRequest, code: str) -> Workshop:
    return get_object_or_404(Workshop.objects.of(request.user), code=code)


def _page(request: StaffRequest, code: str, name: str) -> HttpResponse:
    """Context: workshop (code, name, version), scene, counts, moves, and the way in."""
    workshop = _own(request, code)
    way_in = request.build_absolute_uri(reverse("workshop-room"))
    page: dict[str, Any] = {
        "workshop": {"code": workshop.code, "name": workshop.name, "version": workshop.version},
        "scene": scene_of(workshop),
        "counts": counts_of(workshop),
        "moves": moves_of(workshop) if workshop.ended_at is None else (),
        "join_code": workshop.join_code or "",
        "address": way_in.partition("://")[2].rstrip("/"),
        "qr": _qr(f"{way_in}?code={workshop.join_code}") if workshop.join_code else "",
        "from": name,
    }
    fragment = "X-Fragment" in request.headers
    template = f"workshop/_{name}.html" if fragment else f"workshop/{name}.html"
    return render(request, template, page)


def _qr(address: str) -> str:
    drawn = segno.make(address, micro=False, error="m")
    svg = drawn.svg_inline(border=2, omitsize=True, light="#fff", dark="#000")
    return mark_safe(svg)  # noqa: S308  (segno's own drawing: a path of digits)
