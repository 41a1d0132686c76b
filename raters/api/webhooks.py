"""Webhooks, for scripts: where to tell that a batch ended or a study filled, and what was told."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.api.asked import Asked
from raters.models import Delivery, Event, Webhook
from raters.services.posting import LONGEST_URL, AddressRefused, url_check
from raters.services.webhooks import webhook_create, webhook_remove, webhooks_of


class WebhookShape(serializers.ModelSerializer[Webhook]):
    kinds = serializers.ListField(child=serializers.ChoiceField(choices=Event.Kind.choices))

    class Meta:
        model = Webhook
        fields = ("id", "url", "kinds", "created_at")


class WebhookMadeShape(WebhookShape):
    """`secret` signs what is sent there. It is said this once."""

    class Meta(WebhookShape.Meta):
        fields = (*WebhookShape.Meta.fields, "secret")  # type: ignore[assignment]


class WebhookAsked(Asked):
    url = serializers.CharField(max_length=LONGEST_URL)
    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=Event.Kind.choices), min_length=1, max_length=2
    )

    def validate_url(self, value: str) -> str:
        try:
            url_check(value)
        except AddressRefused as refused:
            raise serializers.ValidationError(str(refused)) from None
        return value


class DeliveryShape(serializers.ModelSerializer[Delivery]):
    kind = serializers.CharField(source="event.kind")
    happened_at = serializers.DateTimeField(source="event.at")

    class Meta:
        model = Delivery
        fields = ("code", "kind", "state", "attempts", "problem", "happened_at", "tried_at",
                  "next_at")  # fmt: skip


class Webhooks(ListAPIView[Webhook]):
    """Your webhooks."""

    scopes: ClassVar = {"GET": "webhooks", "POST": "webhooks"}
    serializer_class = WebhookShape

    def get_queryset(self) -> QuerySet[Webhook]:
        return _own(self.request)

    @extend_schema(request=WebhookAsked, responses={201: WebhookMadeShape})
    def post(self, request: Request) -> Response:
        """Add a webhook: from now on its address is told."""
        asked = WebhookAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        webhook = webhook_create(
            owner=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
            **asked.validated_data,
        )
        return Response(WebhookMadeShape(webhook).data, status.HTTP_201_CREATED)


class WebhookRead(APIView):
    scopes: ClassVar = {"GET": "webhooks", "DELETE": "webhooks"}

    @extend_schema(responses=WebhookShape)
    def get(self, request: Request, pk: int) -> Response:
        """One webhook."""
        return Response(WebhookShape(get_object_or_404(_own(request), pk=pk)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Remove a webhook; what was not delivered yet is dropped with it."""
        webhook_remove(webhook=get_object_or_404(_own(request), pk=pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Deliveries(ListAPIView[Delivery]):
    scopes: ClassVar = {"GET": "webhooks"}
    serializer_class = DeliveryShape
    queryset = Delivery.objects.none()

    @extend_schema(responses=DeliveryShape(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """What a webhook was told, or is about to be."""
        webhook = get_object_or_404(_own(request), pk=pk)
        page = self.paginate_queryset(webhook.deliveries.select_related("event"))
        return self.get_paginated_response(DeliveryShape(page, many=True).data)


def _own(request: Any) -> QuerySet[Webhook]:
    return webhooks_of(user=request.user)
