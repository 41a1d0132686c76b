from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("raters", "0004_conduct")]
    operations = []
