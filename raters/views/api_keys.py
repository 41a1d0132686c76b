"""A researcher's API tokens and webhooks: made, looked after, taken away.

A token's text, and a webhook's secret, are shown once, on the page that answers to its making.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from raters.api.forms import TokenForm, WebhookForm
from raters.models import ApiToken, Delivery, Event, Webhook
from raters.services.tokens import SCOPES, TokenRefused, token_create, token_revoke
from raters.services.webhooks import WebhookRefused, webhook_create, webhook_remove, webhooks_of
from raters.views.access import StaffRequest, researcher_required

DELIVERIES_SHOWN = 10


# --- tokens --------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
@never_cache
@researcher_required
def tokens(request: StaffRequest) -> HttpResponseBase:
    form = TokenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made, text = token_create(user=request.user, now=timezone.now(), **form.cleaned_data)
        except TokenRefused as refused:
            form.add_error(None, str(refused))
        else:
            return _tokens_page(request, TokenForm(), made={"name": made.name, "text": text})
    return _tokens_page(request, form, status=422 if form.errors else 200)


def _tokens_page(
    request: StaffRequest, form: TokenForm, *, status: int = 200, made: Any = None
) -> HttpResponse:
    now = timezone.now()
    lines = [
        {
            "pk": token.pk,
            "name": token.name,
            "scopes": token.scopes,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "last_used_at": token.last_used_at,
            "ended": "revoked"
            if token.revoked_at
            else ("expired" if token.expires_at and token.expires_at <= now else ""),
        }
        for token in ApiToken.objects.filter(user=request.user)
    ]
    page = {"tokens": lines, "form": form, "made": made, "scopes": SCOPES.items()}
    return render(request, "research/tokens.html", page, status=status)


@require_http_methods(["GET", "POST"])
@researcher_required
def token_revoking(request: StaffRequest, pk: int) -> HttpResponseBase:
    """GET says what will happen; POST does it."""
    token = get_object_or_404(ApiToken, pk=pk, user=request.user)
    if request.method == "POST":
        token_revoke(token=token, now=timezone.now())
        messages.success(request, f"“{token.name}” is revoked.")
        return redirect("api-tokens")
    page = {"token": {"name": token.name, "last_used_at": token.last_used_at}}
    return render(request, "research/token_revoke.html", page)


# --- webhooks ------------------------------------------------------------------------------------
@require_http_methods(["GET", "POST"])
@never_cache
@researcher_required
def webhooks(request: StaffRequest) -> HttpResponseBase:
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = webhook_create(owner=request.user, now=timezone.now(), **form.cleaned_data)
        except WebhookRefused as refused:
            form.add_error(None, str(refused))
        else:
            shown = {"url": made.url, "secret": made.secret}
            return _webhooks_page(request, WebhookForm(), made=shown)
    return _webhooks_page(request, form, status=422 if form.errors else 200)


def _webhooks_page(
    request: StaffRequest, form: WebhookForm, *, status: int = 200, made: Any = None
) -> HttpResponse:
    lines = [_webhook_line(webhook) for webhook in webhooks_of(user=request.user)]
    page = {"webhooks": lines, "form": form, "made": made}
    return render(request, "research/webhooks.html", page, status=status)


def _webhook_line(webhook: Webhook) -> dict[str, Any]:
    kinds = dict(Event.Kind.choices)
    latest = webhook.deliveries.select_related("event")[:DELIVERIES_SHOWN]
    return {
        "pk": webhook.pk,
        "url": webhook.url,
        "kinds": [kinds[kind] for kind in webhook.kinds],
        "deliveries": [
            {
                "what": each.event.get_kind_display(),
                "at": each.event.at,
                "state": each.get_state_display(),
                "attempts": each.attempts,
                "next_at": each.next_at,
                "problem": each.problem,
            }
            for each in latest
        ],
    }


@require_http_methods(["GET", "POST"])
@researcher_required
def webhook_removing(request: StaffRequest, pk: int) -> HttpResponseBase:
    """GET says in numbers what will happen; POST does it."""
    webhook = get_object_or_404(webhooks_of(user=request.user), pk=pk)
    if request.method == "POST":
        webhook_remove(webhook=webhook)
        messages.success(request, f"{webhook.url} is told nothing more.")
        return redirect("webhooks")
    waiting = webhook.deliveries.filter(state=Delivery.State.WAITING).count()
    page = {"webhook": {"url": webhook.url}, "waiting": waiting}
    return render(request, "research/webhook_remove.html", page)
