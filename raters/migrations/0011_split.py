"""Which questions a study's set held when the study was made: its splits are drawn among these."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    """Of studies made before, what their set holds now."""
    theirs = apps.get_model("generation", "Question").objects.filter(
        question_set=OuterRef("question_set")
    )
    last = theirs.order_by("-pk").values("pk")[:1]
    apps.get_model("raters", "Study").objects.update(last_question=Subquery(last))


class Migration(migrations.Migration):
    dependencies = [("raters", "0010_authoring")]

    operations = [
        migrations.AddField(
            model_name="study",
            name="last_question",
            field=models.PositiveBigIntegerField(
                editable=False,
                help_text="of its set, when it was made: splits know no later",
                null=True,
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
