"""Studies that are still being written down; triples of a question whose answer was wrong."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import raters.models.studies


class Migration(migrations.Migration):
    dependencies = [
        ("raters", "0009_practice"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="triple",
            name="why",
            field=models.TextField(
                blank=True, default="", help_text="why that one, of a check; raters never see it"
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="assignment",
            name="kind",
            field=models.CharField(
                choices=[
                    ("study", "study"),
                    ("practice", "practice"),
                    ("check", "check"),
                    ("repeat", "repeat"),
                    ("void", "of a question whose answer was wrong"),
                ],
                default="study",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="triple",
            name="kind",
            field=models.CharField(
                choices=[
                    ("study", "study"),
                    ("practice", "practice"),
                    ("check", "check"),
                    ("void", "of a question whose answer was wrong"),
                ],
                default="study",
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="triplerationale",
            name="kind",
            field=models.CharField(
                choices=[
                    ("study", "study"),
                    ("practice", "practice"),
                    ("check", "check"),
                    ("void", "of a question whose answer was wrong"),
                ],
                default="study",
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="StudyDraft",
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
                        default=raters.models.studies.new_code,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "answers",
                    models.JSONField(
                        default=dict, help_text="{field of the wizard: what was entered}"
                    ),
                ),
                ("step", models.CharField(help_text="where to go on", max_length=20)),
                ("changed_at", models.DateTimeField()),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-changed_at", "-id"],
            },
        ),
    ]
