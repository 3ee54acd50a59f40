"""All tables as the three migrations before left them, which stay for older databases.

Each migration that alters is another look at all models: a new database would wait
for theirs.
"""

from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from core.migrating import Together

log = import_module("core.migrations.0002_append_only")


class Migration(migrations.Migration):

    replaces = [
        ('core', '0001_initial'),
        ('core', '0002_append_only'),
        ('core', '0003_holds'),
    ]

    initial = True

    dependencies = []

    operations = [
        Together(
            migrations.CreateModel(
                name='Consumer',
                fields=[
                    ('name', models.CharField(max_length=40, primary_key=True, serialize=False)),
                    ('cursor', models.BigIntegerField(default=0)),
                    ('advanced_at', models.DateTimeField(null=True)),
                    ('failure', models.TextField(blank=True, default='')),
                ],
            ),
            migrations.CreateModel(
                name='Event',
                fields=[
                    ('id', models.BigAutoField(primary_key=True, serialize=False)),
                    ('kind', models.CharField(max_length=60)),
                    ('at', models.DateTimeField()),
                    ('actor_id', models.BigIntegerField(null=True)),
                    ('door', models.CharField(max_length=8)),
                    ('subject_type', models.CharField(max_length=20)),
                    ('subject_id', models.BigIntegerField()),
                    ('public', models.BooleanField(default=False)),
                    ('changes', models.JSONField(default=dict)),
                    ('request_id', models.UUIDField(null=True)),
                    ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ],
                options={
                    'indexes': [models.Index(fields=['subject_type', 'subject_id', 'id'], name='event_subject'), models.Index(fields=['kind', 'at'], name='event_kind_at')],
                },
            ),
            migrations.CreateModel(
                name='IdempotencyKey',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('user_id', models.BigIntegerField()),
                    ('key', models.CharField(max_length=255)),
                    ('fingerprint', models.CharField(max_length=64)),
                    ('status', models.SmallIntegerField(null=True)),
                    ('body', models.JSONField(null=True)),
                    ('headers', models.JSONField(default=dict)),
                    ('created_at', models.DateTimeField()),
                ],
                options={
                    'indexes': [models.Index(fields=['created_at'], name='idempotency_age')],
                    'constraints': [models.UniqueConstraint(fields=('user_id', 'key'), name='idempotency_once')],
                },
            ),
            migrations.CreateModel(
                name='TextVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('subject_type', models.CharField(max_length=20)),
                    ('subject_id', models.BigIntegerField()),
                    ('field', models.CharField(max_length=40)),
                    ('body', models.TextField()),
                    ('at', models.DateTimeField()),
                    ('by_id', models.BigIntegerField(null=True)),
                    ('redacted_at', models.DateTimeField(null=True)),
                ],
                options={
                    'indexes': [models.Index(fields=['subject_type', 'subject_id'], name='text_subject')],
                },
            ),
            migrations.CreateModel(
                name='Hold',
                fields=[
                    ('key', models.UUIDField(primary_key=True, serialize=False)),
                    ('until', models.DateTimeField(null=True)),
                    ('closed_at', models.DateTimeField(null=True)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['until'], name='hold_open')],
                },
            ),
            migrations.CreateModel(
                name='HeldEvent',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('consumer', models.CharField(max_length=40)),
                    ('event_id', models.BigIntegerField()),
                    ('subject_type', models.CharField(max_length=20)),
                    ('subject_id', models.BigIntegerField()),
                    ('hold', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='core.hold')),
                ],
                options={
                    'indexes': [models.Index(fields=['consumer', 'subject_type', 'subject_id'], name='held_subject')],
                    'constraints': [models.UniqueConstraint(fields=('consumer', 'event_id'), name='held_event_once')],
                },
            ),
            migrations.CreateModel(
                name='TakenBack',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('subject_type', models.CharField(max_length=20)),
                    ('subject_id', models.BigIntegerField()),
                    ('hold', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='core.hold')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('hold', 'subject_type', 'subject_id'), name='taken_back_once')],
                },
            ),
        ),
        migrations.RunSQL(log.FORWARD, log.BACKWARD),
    ]
