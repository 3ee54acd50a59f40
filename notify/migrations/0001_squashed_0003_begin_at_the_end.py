"""All tables as the three migrations before left them, which stay for older databases.

Each migration that alters is another look at all models: a new database would wait
for theirs.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import Together



class Migration(migrations.Migration):

    replaces = [
        ('notify', '0001_initial'),
        ('notify', '0002_delivery'),
        ('notify', '0003_begin_at_the_end'),
    ]

    initial = True

    dependencies = [
        ('core', '0003_holds'),
        ('people', '0008_just_enough_control'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name='Reach',
                fields=[
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='reach', serialize=False, to=settings.AUTH_USER_MODEL)),
                    ('quiet_from', models.TimeField(null=True)),
                    ('quiet_until', models.TimeField(null=True)),
                    ('digest_at', models.TimeField(null=True)),
                    ('page_phone', models.CharField(blank=True, max_length=40)),
                    ('page_topic', models.CharField(blank=True, max_length=100)),
                    ('mail_paused_at', models.DateTimeField(null=True)),
                    ('mail_failure', models.CharField(blank=True, max_length=1000)),
                ],
            ),
            migrations.CreateModel(
                name='Route',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=100, unique=True)),
                    ('kind', models.CharField(choices=[('slack', 'Slack'), ('teams', 'Microsoft Teams'), ('mattermost', 'Mattermost'), ('sms', 'SMS or voice gateway'), ('ntfy', 'ntfy')], max_length=10)),
                    ('url', models.TextField()),
                    ('secret', models.TextField(blank=True)),
                    ('rules', models.JSONField(default=list)),
                    ('filters', models.JSONField(default=dict)),
                    ('is_active', models.BooleanField(default=True)),
                    ('paused_at', models.DateTimeField(null=True)),
                    ('failure', models.CharField(blank=True, max_length=1000)),
                ],
            ),
            migrations.CreateModel(
                name='Choice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('rule', models.CharField(max_length=40)),
                    ('channels', models.JSONField(default=list)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='choices', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'rule'), name='choice_once')],
                },
            ),
            migrations.CreateModel(
                name='Notice',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('rule', models.CharField(max_length=40)),
                    ('subject_type', models.CharField(max_length=20)),
                    ('subject_id', models.BigIntegerField()),
                    ('events', models.JSONField(default=list)),
                    ('is_urgent', models.BooleanField(default=False)),
                    ('at', models.DateTimeField()),
                    ('read_at', models.DateTimeField(null=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(fields=['user', '-at'], name='notice_of_user'), models.Index(condition=models.Q(('read_at', None)), fields=['user'], name='notice_unread')],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('read_at', None)), fields=('user', 'subject_type', 'subject_id'), name='notice_folded')],
                },
            ),
            migrations.CreateModel(
                name='Message',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('channel', models.CharField(choices=[('mail', 'E-mail'), ('chat', 'Chat'), ('page', 'Paging')], max_length=5)),
                    ('subject_type', models.CharField(max_length=20)),
                    ('subject_id', models.BigIntegerField()),
                    ('events', models.JSONField(default=list)),
                    ('is_urgent', models.BooleanField(default=False)),
                    ('is_digest', models.BooleanField(default=False)),
                    ('state', models.CharField(choices=[('waiting', 'Waiting'), ('sending', 'Being sent'), ('sent', 'Sent'), ('failed', 'Failed'), ('dropped', 'Not sent')], default='waiting', max_length=7)),
                    ('created_at', models.DateTimeField()),
                    ('due_at', models.DateTimeField()),
                    ('tries', models.PositiveSmallIntegerField(default=0)),
                    ('runner', models.UUIDField(null=True)),
                    ('claimed_at', models.DateTimeField(null=True)),
                    ('sent_at', models.DateTimeField(null=True)),
                    ('address', models.CharField(blank=True, max_length=300)),
                    ('reference', models.CharField(blank=True, max_length=300)),
                    ('failure', models.CharField(blank=True, max_length=1000)),
                    ('user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to=settings.AUTH_USER_MODEL)),
                    ('route', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='notify.route')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['user', 'subject_type', 'subject_id'], name='message_joinable'), models.Index(fields=['state', '-created_at'], name='message_state'), models.Index(condition=models.Q(('state__in', ['waiting', 'sending'])), fields=['channel', 'route', 'due_at'], name='message_due'), models.Index(condition=models.Q(('state', 'sent')), fields=['sent_at', 'channel'], name='message_sent')],
                },
            ),
            migrations.CreateModel(
                name='Wording',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('rule', models.CharField(max_length=40)),
                    ('language', models.CharField(max_length=8)),
                    ('title', models.CharField(max_length=200)),
                    ('body', models.TextField()),
                    ('at', models.DateTimeField()),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('rule', 'language'), name='wording_once')],
                },
            ),
            migrations.CreateModel(
                name='Lane',
                fields=[
                    ('name', models.CharField(max_length=30, primary_key=True, serialize=False)),
                    ('tokens', models.FloatField()),
                    ('filled_at', models.DateTimeField()),
                    ('failures', models.PositiveSmallIntegerField(default=0)),
                    ('failed_at', models.DateTimeField(null=True)),
                    ('rests_until', models.DateTimeField(null=True)),
                    ('failure', models.CharField(blank=True, max_length=1000)),
                ],
            ),
        ),
    ]
