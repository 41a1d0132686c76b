from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("generation", "0003_training")]

    operations = []
