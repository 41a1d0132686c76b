import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("raters", "0008_workshop")]

    operations = [
        migrations.CreateModel(
            name='Guess',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slot', models.PositiveSmallIntegerField(help_text='0 is A1')),
                ('kind', models.CharField(blank=True, help_text='of a source; empty: do not know', max_length=20)),
                ('at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'guesses',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='PracticeAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slot', models.PositiveSmallIntegerField(blank=True, help_text='the one they called the best; null where none alone', null=True)),
                ('is_passed', models.BooleanField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='PracticeTriple',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text='its turn, from 0')),
                ('question', models.TextField()),
                ('gold_answer', models.TextField(blank=True, help_text='shown as the correct answer')),
                ('rationales', models.JSONField(help_text='two to six texts, A1 first, as they were written')),
                ('expected', models.PositiveSmallIntegerField(help_text='slot of the one to pick: 0 is A1')),
                ('why', models.TextField(help_text='the planted defect, shown as feedback')),
                ('qualifies', models.BooleanField(default=True, help_text='counts towards qualification')),
            ],
            options={
                'ordering': ['study', 'number'],
            },
        ),
        migrations.AddField(
            model_name='rater',
            name='practised_at',
            field=models.DateTimeField(blank=True, help_text='through all practice, passed or not', null=True),
        ),
        migrations.AddField(
            model_name='study',
            name='practice_sha256',
            field=models.CharField(blank=True, help_text='of its practice triples; empty: none', max_length=64),
        ),
        migrations.AddField(
            model_name='studypath',
            name='asks_guesses',
            field=models.BooleanField(default=False, help_text='who wrote what, of the last triples, once all is rated'),
        ),
        migrations.AddField(
            model_name='studypath',
            name='debrief',
            field=models.TextField(blank=True, help_text='Markdown, shown at the end'),
        ),
        migrations.AddField(
            model_name='studypath',
            name='qualification_percent',
            field=models.PositiveSmallIntegerField(default=0, help_text='share of the practice to pass, or screened out; 0: nobody is'),
        ),
        migrations.AddField(
            model_name='studypath',
            name='rater_limit',
            field=models.PositiveIntegerField(blank=True, help_text='how many may come by the invitation or the crowd link', null=True),
        ),
        migrations.AddField(
            model_name='studypath',
            name='reveals',
            field=models.BooleanField(default=False, help_text="each rater's own preferences by source, once closed"),
        ),
        migrations.AddConstraint(
            model_name='studypath',
            constraint=models.CheckConstraint(condition=models.Q(('qualification_percent__lte', 100)), name='path_qualification'),
        ),
        migrations.AddField(
            model_name='guess',
            name='assignment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='guesses', to='raters.assignment'),
        ),
        migrations.AddField(
            model_name='practiceanswer',
            name='rater',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='practice_answers', to='raters.rater'),
        ),
        migrations.AddField(
            model_name='practicetriple',
            name='study',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='practice', to='raters.study'),
        ),
        migrations.AddField(
            model_name='practiceanswer',
            name='triple',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='raters.practicetriple'),
        ),
        migrations.AddConstraint(
            model_name='guess',
            constraint=models.UniqueConstraint(fields=('assignment', 'slot'), name='guess_once_per_slot'),
        ),
        migrations.AddConstraint(
            model_name='practicetriple',
            constraint=models.UniqueConstraint(fields=('study', 'number'), name='practice_number_once'),
        ),
        migrations.AddConstraint(
            model_name='practiceanswer',
            constraint=models.UniqueConstraint(fields=('rater', 'triple'), name='practice_answer_once'),
        ),
    ]
