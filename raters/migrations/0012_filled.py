"""How many places of a closed study were filled is kept: lists count it no more."""

from django.db import migrations, models
from django.db.models import Count, Q


def count(apps, schema_editor):
    Study = apps.get_model("raters", "Study")
    closed = Study.objects.filter(state="closed").order_by()
    counted = closed.annotate(n=Count("places", filter=Q(places__state="filled")))
    for pk, filled in counted.values_list("pk", "n"):
        Study.objects.filter(pk=pk).update(filled_count=filled)


class Migration(migrations.Migration):
    dependencies = [("raters", "0011_split")]

    operations = [
        migrations.AddField(
            model_name="study",
            name="filled_count",
            field=models.PositiveIntegerField(
                editable=False,
                help_text="places, when it closed: so that no list counts them",
                null=True,
            ),
        ),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
