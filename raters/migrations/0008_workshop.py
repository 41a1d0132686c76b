import django.db.models.deletion
import raters.models.studies
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('generation', '0001_initial'),
        ('raters', '0007_path'),
    ]

    operations = [
        migrations.CreateModel(
            name='Workshop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=raters.models.studies.new_code, editable=False, max_length=32, unique=True)),
                ('join_code', models.CharField(editable=False, max_length=12, null=True, unique=True)),
                ('name', models.CharField(max_length=200)),
                ('seed', models.BigIntegerField()),
                ('position', models.PositiveIntegerField(blank=True, null=True)),
                ('stage', models.PositiveSmallIntegerField(choices=[(1, 'question'), (2, 'triple'), (3, 'bars'), (4, 'reveal')], default=1)),
                ('version', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ('study', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='raters.study')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='WorkshopItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('reached', models.PositiveSmallIntegerField(blank=True, choices=[(1, 'question'), (2, 'triple'), (3, 'bars'), (4, 'reveal')], null=True)),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='generation.question')),
                ('workshop', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='raters.workshop')),
            ],
            options={
                'ordering': ['workshop', 'position'],
            },
        ),
        migrations.CreateModel(
            name='WorkshopParticipant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('joined_at', models.DateTimeField()),
                ('workshop', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participants', to='raters.workshop')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='WorkshopResponse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('answer', models.CharField(blank=True, help_text='a number or a label', max_length=200)),
                ('slot', models.PositiveSmallIntegerField(blank=True, help_text='the pick; 0 is A1', null=True)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='responses', to='raters.workshopitem')),
                ('participant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='responses', to='raters.workshopparticipant')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='WorkshopText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slot', models.PositiveSmallIntegerField()),
                ('shown_text', models.TextField(help_text='normalised as in studies')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='texts', to='raters.workshopitem')),
                ('rationale', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='generation.rationale')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='generation.source')),
            ],
            options={
                'ordering': ['item', 'slot'],
            },
        ),
        migrations.AddConstraint(
            model_name='workshop',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('join_code__isnull', False)), models.Q(('ended_at__isnull', False), ('join_code', None)), _connector='OR'), name='workshop_code_until_it_ends'),
        ),
        migrations.AddConstraint(
            model_name='workshopitem',
            constraint=models.UniqueConstraint(fields=('workshop', 'position'), name='item_position_once'),
        ),
        migrations.AddConstraint(
            model_name='workshopitem',
            constraint=models.UniqueConstraint(fields=('workshop', 'question'), name='item_question_once'),
        ),
        migrations.AddConstraint(
            model_name='workshopresponse',
            constraint=models.UniqueConstraint(fields=('item', 'participant'), name='response_once'),
        ),
        migrations.AddConstraint(
            model_name='workshoptext',
            constraint=models.UniqueConstraint(fields=('item', 'slot'), name='workshop_slot_once'),
        ),
    ]
