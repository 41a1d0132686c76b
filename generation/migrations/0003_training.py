from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("generation", "0002_servers_priorities_conditions")]
    operations = []
