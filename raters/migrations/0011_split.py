"""Which questions a study's set held when the study was made: its splits are drawn among these."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("raters", "0010_authoring")]

    operations = []
