"""People who write rationales, and what they wrote."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import generation.models.codes


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0004_comparison"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Writing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        default=generation.models.codes.new_code,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "invitation_code",
                    models.CharField(
                        default=None, editable=False, max_length=32, null=True, unique=True
                    ),
                ),
                ("questions_per_writer", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "shows_answer",
                    models.BooleanField(default=False, help_text="writers see the gold answer"),
                ),
                (
                    "consent",
                    models.TextField(
                        blank=True, help_text="plain text; a changed one is asked anew"
                    ),
                ),
                ("instructions", models.TextField(blank=True)),
                (
                    "minutes",
                    models.PositiveIntegerField(
                        blank=True, help_text="expected of a writer", null=True
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "question_set",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="writings",
                        to="generation.questionset",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="writings",
                        to="generation.source",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="Writer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(help_text="what the researcher calls them", max_length=100),
                ),
                (
                    "code",
                    models.CharField(
                        default=generation.models.codes.new_code,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("agreed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "agreed_sha256",
                    models.CharField(blank=True, help_text="of the consent text", max_length=64),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "deleted",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="texts that went with them; null: they let them stand",
                        null=True,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "writing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="writers",
                        to="generation.writing",
                    ),
                ),
            ],
            options={
                "ordering": ["writing", "id"],
            },
        ),
        migrations.CreateModel(
            name="WrittenText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.PositiveIntegerField(help_text="its turn with this writer, from 1"),
                ),
                ("text", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("written", "handed in"),
                            ("left", "left out"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("right", "right"),
                            ("wrong", "wrong"),
                            ("unparsed", "unparsed"),
                            ("declared", "declared"),
                        ],
                        max_length=20,
                    ),
                ),
                ("begun_at", models.DateTimeField(blank=True, help_text="first shown", null=True)),
                ("handed_in_at", models.DateTimeField(blank=True, null=True)),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="generation.question",
                    ),
                ),
                (
                    "rationale",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="written",
                        to="generation.rationale",
                    ),
                ),
                (
                    "writer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="generation.writer",
                    ),
                ),
            ],
            options={
                "ordering": ["writer", "number"],
            },
        ),
        migrations.AddConstraint(
            model_name="writing",
            constraint=models.UniqueConstraint(
                fields=("source", "question_set"), name="writing_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="writer",
            constraint=models.UniqueConstraint(fields=("writing", "name"), name="writer_name_once"),
        ),
        migrations.AddConstraint(
            model_name="writer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("deleted", None), ("withdrawn_at__isnull", False), _connector="OR"
                ),
                name="writer_deleted_once_withdrawn",
            ),
        ),
        migrations.AddConstraint(
            model_name="writtentext",
            constraint=models.UniqueConstraint(
                fields=("writer", "question"), name="written_question_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="writtentext",
            constraint=models.UniqueConstraint(
                fields=("writer", "number"), name="written_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="writtentext",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("handed_in_at__isnull", False), ("state", "written")),
                    models.Q(models.Q(("state", "written"), _negated=True), ("rationale", None)),
                    _connector="OR",
                ),
                name="written_taken_once_handed_in",
            ),
        ),
    ]
