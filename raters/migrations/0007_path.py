
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('raters', '0006_api'),
    ]

    operations = [
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('given_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='ConsentText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('language', models.CharField(max_length=10)),
                ('text', models.TextField(help_text='Markdown')),
                ('sha256', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['study', 'version'],
            },
        ),
        migrations.CreateModel(
            name='CrowdIdentity',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64)),
                ('participant', models.CharField(max_length=64)),
                ('submission', models.CharField(blank=True, max_length=64)),
                ('platform_study', models.CharField(blank=True, max_length=64)),
                ('first_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'crowd identities',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='StudyPath',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('crowd_code', models.CharField(default=None, editable=False, max_length=32, null=True, unique=True)),
                ('exits', models.JSONField(blank=True, default=dict, help_text='{way out: completion code}')),
                ('minutes', models.PositiveIntegerField(blank=True, help_text='expected of a rater', null=True)),
                ('reward', models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True)),
                ('currency', models.CharField(default='GBP', max_length=3)),
                ('least_hourly', models.DecimalField(blank=True, decimal_places=2, help_text='topped up to this', max_digits=8, null=True)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Withdrawal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('deleted', models.PositiveIntegerField(blank=True, null=True)),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.AddField(
            model_name='rater',
            name='crowd_digest',
            field=models.CharField(blank=True, help_text="keyed hash of a crowd platform's id, of this study", max_length=64),
        ),
        migrations.AddField(
            model_name='rater',
            name='way_out',
            field=models.CharField(blank=True, choices=[('done', 'done'), ('screened-out', 'screened out'), ('full', 'full on arrival'), ('nothing-left', 'nothing left'), ('refused', 'consent refused'), ('returned', 'returned'), ('fault', 'something did not work'), ('withdrawn', 'withdrawn')], max_length=20),
        ),
        migrations.AddConstraint(
            model_name='rater',
            constraint=models.UniqueConstraint(condition=models.Q(('crowd_digest', ''), _negated=True), fields=('study', 'crowd_digest'), name='rater_once_per_crowd_identity'),
        ),
        migrations.AddField(
            model_name='consent',
            name='rater',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consents', to='raters.rater'),
        ),
        migrations.AddField(
            model_name='consenttext',
            name='study',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='consent_texts', to='raters.study'),
        ),
        migrations.AddField(
            model_name='consent',
            name='text',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='given', to='raters.consenttext'),
        ),
        migrations.AddField(
            model_name='crowdidentity',
            name='study',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='crowd_identities', to='raters.study'),
        ),
        migrations.AddField(
            model_name='studypath',
            name='consent',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='raters.consenttext'),
        ),
        migrations.AddField(
            model_name='studypath',
            name='study',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='path', to='raters.study'),
        ),
        migrations.AddField(
            model_name='withdrawal',
            name='rater',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='withdrawal', to='raters.rater'),
        ),
        migrations.AddConstraint(
            model_name='consenttext',
            constraint=models.UniqueConstraint(fields=('study', 'version'), name='consent_version_once'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(fields=('rater', 'text'), name='consent_once_per_version'),
        ),
        migrations.AddConstraint(
            model_name='crowdidentity',
            constraint=models.UniqueConstraint(fields=('study', 'digest'), name='crowd_identity_once'),
        ),
    ]
