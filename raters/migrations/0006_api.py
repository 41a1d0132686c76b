from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("raters", "0005_exports")]
    operations = []
