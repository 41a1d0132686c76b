from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0003_training")]

    operations = [
        migrations.RemoveConstraint(
            model_name="trainingpart",
            name="part_batch_unless_it_trains",
        ),
        migrations.AlterField(
            model_name="trainingpart",
            name="name",
            field=models.CharField(
                choices=[
                    ("write", "write"),
                    ("train", "train"),
                    ("measure", "measure"),
                    ("score", "score"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="trainingrun",
            name="kind",
            field=models.CharField(
                choices=[
                    ("star", "STaR"),
                    ("dpo", "preferences (DPO)"),
                    ("sft", "the best rated"),
                    ("all", "all right ones"),
                    ("compare", "comparison"),
                ],
                default="star",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="trainingpart",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("batch", None), ("name__in", ["train", "score"])),
                    models.Q(
                        models.Q(("name__in", ["train", "score"]), _negated=True),
                        ("batch__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="part_batch_unless_leased",
            ),
        ),
    ]
