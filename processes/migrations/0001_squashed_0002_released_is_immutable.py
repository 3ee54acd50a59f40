"""All tables as the two migrations before left them, which stay for older databases.

Each migration that alters is another look at all models: a new database would wait
for theirs.
"""

from importlib import import_module

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import Together

released = import_module("processes.migrations.0002_released_is_immutable")


class Migration(migrations.Migration):

    replaces = [
        ('processes', '0001_initial'),
        ('processes', '0002_released_is_immutable'),
    ]

    initial = True

    dependencies = [
        ('people', '0008_just_enough_control'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name='Process',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(unique=True)),
                    ('name', models.CharField(max_length=200)),
                    ('purpose', models.CharField(blank=True, max_length=500)),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='processes', to=settings.AUTH_USER_MODEL)),
                    ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='people.team')),
                ],
                options={
                    'verbose_name_plural': 'processes',
                },
            ),
            migrations.CreateModel(
                name='ProcessVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveIntegerField()),
                    ('definition', models.JSONField()),
                    ('note', models.CharField(blank=True, max_length=500)),
                    ('status', models.CharField(choices=[('draft', 'Draft'), ('released', 'Released'), ('retired', 'Retired')], default='draft', max_length=10)),
                    ('created_at', models.DateTimeField()),
                    ('released_at', models.DateTimeField(null=True)),
                    ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('process', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='processes.process')),
                    ('released_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('process', 'number'), name='process_version_once')],
                },
            ),
            migrations.CreateModel(
                name='Rollout',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('scope', models.CharField(choices=[('team', 'One team'), ('share', 'A share of new tickets'), ('all', 'All new tickets')], max_length=5)),
                    ('percent', models.PositiveSmallIntegerField(blank=True, null=True)),
                    ('started_at', models.DateTimeField()),
                    ('ended_at', models.DateTimeField(null=True)),
                    ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='people.team')),
                    ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rollouts', to='processes.processversion')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['version'], name='rollout_running')],
                },
            ),
        ),
        migrations.RunSQL(released.FORWARD, released.BACKWARD),
    ]
