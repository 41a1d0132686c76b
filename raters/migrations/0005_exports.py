import django.db.models.deletion
import raters.models.studies
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('raters', '0004_conduct'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='StudyExport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=raters.models.studies.new_code, editable=False, max_length=32, unique=True)),
                ('name', models.CharField(help_text='which export: ratings, dpo, ...', max_length=30)),
                ('form', models.CharField(help_text='jsonl, csv, parquet or zip', max_length=10)),
                ('wishes', models.JSONField(blank=True, default=dict)),
                ('key', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('queued', 'queued'), ('building', 'building'), ('built', 'built'), ('failed', 'failed'), ('expired', 'expired')], default='queued', max_length=10)),
                ('is_snapshot', models.BooleanField(default=False, help_text='of a study that was still running')),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('share_done', models.FloatField(default=0, help_text="of the study's triples, 0 to 1")),
                ('rows_done', models.PositiveBigIntegerField(default=0)),
                ('size', models.PositiveBigIntegerField(blank=True, null=True)),
                ('sha256', models.CharField(blank=True, max_length=64)),
                ('manifest', models.JSONField(blank=True, default=dict)),
                ('problem', models.CharField(blank=True, max_length=300)),
                ('asked_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(blank=True, help_text='to the broker, the last time', null=True)),
                ('began_at', models.DateTimeField(blank=True, null=True)),
                ('touched_at', models.DateTimeField(blank=True, help_text="its worker's last sign", null=True)),
                ('built_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                ('study', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exports', to='raters.study')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['state', 'expires_at'], name='raters_stud_state_cd5be3_idx')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'building', 'built'])), fields=('owner', 'key'), name='export_alive_once'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'built'), _negated=True), models.Q(('built_at__isnull', False), ('expires_at__isnull', False), ('size__isnull', False), models.Q(('sha256', ''), _negated=True)), _connector='OR'), name='export_built_is_whole')],
            },
        ),
    ]
