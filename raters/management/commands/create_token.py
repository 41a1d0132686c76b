"""`create_token`: a token of the API for a researcher, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from raters.services.tokens import SCOPES, TokenRefused, token_create


class Command(BaseCommand):
    help = "A token with which a script acts for a researcher, printed once and kept nowhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", required=True, help="what you will know it by")
        parser.add_argument("--scopes", nargs="+", default=list(SCOPES), help=", ".join(SCOPES))
        parser.add_argument("--days", type=int, default=90, help="0: for ever")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is nobody named '{options['username']}'.")
        try:
            _, text = token_create(
                user=user,
                name=options["name"],
                scopes=options["scopes"],
                days=options["days"] or None,
                now=timezone.now(),
            )
        except TokenRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(text)
