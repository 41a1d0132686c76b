from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("raters", "0009_practice")]

    operations = []
