"""`manage.py create_token`: an API token, alone on the last line of the output."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from people import tokens
from people.models import User


class Command(BaseCommand):
    help = "Make an API token for somebody. It is shown once: only its hash is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, metavar="EMAIL")
        parser.add_argument(
            "--scope",
            action="append",
            default=[],
            metavar="SCOPE",
            help="read, or a collection such as incidents; may be repeated",
        )
        parser.add_argument("--name", default="From the command line")
        parser.add_argument("--days", type=int, help="how long it is valid")
        parser.add_argument(
            "--per-minute", type=int, help="how often it may ask; 12,000 unless said"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["user"]).first()
        if user is None:
            raise CommandError(f"Nobody has the e-mail {options['user']}.")
        if not user.is_active:
            raise CommandError(f"{user.email} is not active, so no token would work.")
        scopes = [part for one in options["scope"] for part in one.split(",") if part]
        days, at = options["days"], timezone.now()
        if days is not None and days < 1:
            raise CommandError("--days has to be at least 1.")
        if (often := options["per_minute"]) is not None and often < 1:
            raise CommandError("--per-minute has to be at least 1.")
        _row, secret = tokens.issue(
            user=user,
            name=options["name"][:100],
            at=at,
            scopes=scopes,
            expires_at=None if days is None else at + timedelta(days=days),
            per_minute=often,
        )
        self.stdout.write(secret)
