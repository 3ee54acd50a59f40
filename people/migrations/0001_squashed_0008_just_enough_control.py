"""All tables as the eight migrations before left them, which stay for older databases.

Each migration that alters is another look at all models: a new database would wait
for theirs.
"""

from importlib import import_module

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from core.migrating import Together

calendars = import_module("people.migrations.0004_calendar_versions_are_immutable")


class Migration(migrations.Migration):

    replaces = [
        ('people', '0001_initial'),
        ('people', '0002_account'),
        ('people', '0003_calendars'),
        ('people', '0004_calendar_versions_are_immutable'),
        ('people', '0005_rotas'),
        ('people', '0006_machines'),
        ('people', '0007_limits_of_tokens'),
        ('people', '0008_just_enough_control'),
    ]

    initial = True

    dependencies = []

    operations = [
        Together(
            migrations.CreateModel(
                name='Organisation',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(unique=True)),
                    ('name', models.CharField(max_length=200)),
                    ('shares_tickets', models.BooleanField(default=False)),
                    ('is_active', models.BooleanField(default=True)),
                    ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='contact_of', to=settings.AUTH_USER_MODEL)),
                ],
            ),
            migrations.CreateModel(
                name='User',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('password', models.CharField(max_length=128, verbose_name='password')),
                    ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                    ('email', models.EmailField(max_length=254, unique=True)),
                    ('name', models.CharField(max_length=200)),
                    ('phone', models.CharField(blank=True, max_length=40)),
                    ('place', models.CharField(blank=True, max_length=200)),
                    ('roles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('requester', 'Requester'), ('agent', 'Agent'), ('expert', 'Expert'), ('dispatcher', 'Dispatcher'), ('commander', 'Incident commander'), ('change_authority', 'Change authority'), ('process_owner', 'Process owner'), ('service_owner', 'Service owner'), ('administrator', 'Administrator')], max_length=30), blank=True, default=list, size=None)),
                    ('is_vip', models.BooleanField(default=False)),
                    ('is_active', models.BooleanField(default=True)),
                    ('time_zone', models.CharField(blank=True, default='', max_length=60)),
                    ('keys', models.JSONField(blank=True, default=dict)),
                    ('created_at', models.DateTimeField()),
                    ('anonymised_at', models.DateTimeField(blank=True, null=True)),
                    ('manager', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reports', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='people.organisation')),
                    ('language', models.CharField(blank=True, default='', max_length=8)),
                    ('presence', models.CharField(choices=[('available', 'I can help'), ('busy', 'Do not disturb'), ('away', 'Away')], default='available', max_length=9)),
                    ('presence_until', models.DateTimeField(blank=True, null=True)),
                    ('theme', models.CharField(blank=True, choices=[('', 'As the device says'), ('light', 'Light'), ('dark', 'Dark')], default='', max_length=5)),
                    ('tour', models.PositiveSmallIntegerField(default=0)),
                    ('is_machine', models.BooleanField(default=False)),
                    ('cost_centre', models.CharField(blank=True, default='', max_length=40)),
                ],
                options={
                    'indexes': [models.Index(fields=['name'], name='user_name')],
                    'constraints': [models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_once')],
                },
            ),
            migrations.CreateModel(
                name='ApiToken',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=100)),
                    ('prefix', models.CharField(max_length=12)),
                    ('digest', models.CharField(max_length=64, unique=True)),
                    ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, size=None)),
                    ('created_at', models.DateTimeField()),
                    ('expires_at', models.DateTimeField(blank=True, null=True)),
                    ('last_used_at', models.DateTimeField(blank=True, null=True)),
                    ('revoked_at', models.DateTimeField(blank=True, null=True)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL)),
                    ('per_minute', models.PositiveIntegerField(blank=True, null=True)),
                ],
            ),
            migrations.CreateModel(
                name='Membership',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('is_lead', models.BooleanField(default=False)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                    ('team', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='people.team')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('team', 'user'), name='membership_once')],
                },
            ),
            migrations.CreateModel(
                name='Service',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(unique=True)),
                    ('name', models.CharField(max_length=200)),
                    ('description', models.CharField(blank=True, max_length=500)),
                    ('criticality', models.CharField(choices=[('critical', 'Critical'), ('high', 'High'), ('normal', 'Normal')], default='normal', max_length=10)),
                    ('support_model', models.CharField(choices=[('swarm', 'Swarm'), ('tiers', 'Tiers'), ('mix', 'Mix')], default='swarm', max_length=10)),
                    ('always_on', models.BooleanField(default=False)),
                    ('is_restricted', models.BooleanField(default=False)),
                    ('is_active', models.BooleanField(default=True)),
                    ('depends_on', models.ManyToManyField(blank=True, related_name='carries', to='people.service')),
                    ('organisations', models.ManyToManyField(blank=True, related_name='services', to='people.organisation')),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='services_owned', to=settings.AUTH_USER_MODEL)),
                    ('support_teams', models.ManyToManyField(blank=True, related_name='services', to='people.team')),
                ],
            ),
            migrations.CreateModel(
                name='Category',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(unique=True)),
                    ('name', models.CharField(max_length=200)),
                    ('is_active', models.BooleanField(default=True)),
                    ('services', models.ManyToManyField(blank=True, related_name='categories', to='people.service')),
                ],
                options={
                    'verbose_name_plural': 'categories',
                },
            ),
            migrations.CreateModel(
                name='Team',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(unique=True)),
                    ('name', models.CharField(max_length=200)),
                    ('purpose', models.CharField(blank=True, max_length=300)),
                    ('is_supplier', models.BooleanField(default=False)),
                    ('is_active', models.BooleanField(default=True)),
                    ('members', models.ManyToManyField(related_name='teams', through='people.Membership', to=settings.AUTH_USER_MODEL)),
                ],
            ),
            migrations.CreateModel(
                name='SignOn',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=40)),
                    ('issuer', models.URLField(max_length=500)),
                    ('client_id', models.CharField(max_length=191)),
                    ('secret', models.TextField(blank=True)),
                    ('domains', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=253), blank=True, default=list, size=None)),
                    ('is_active', models.BooleanField(default=True)),
                ],
            ),
            migrations.CreateModel(
                name='SignIn',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('session_key', models.CharField(max_length=40, unique=True)),
                    ('opened_at', models.DateTimeField()),
                    ('seen_at', models.DateTimeField()),
                    ('ip', models.GenericIPAddressField(null=True)),
                    ('agent', models.CharField(blank=True, max_length=300)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_ins', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(fields=['seen_at'], name='sign_in_seen')],
                },
            ),
            migrations.CreateModel(
                name='Calendar',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(unique=True)),
                    ('name', models.CharField(max_length=200)),
                    ('is_default', models.BooleanField(default=False)),
                    ('is_active', models.BooleanField(default=True)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('is_default',), name='calendar_default_once')],
                },
            ),
            migrations.CreateModel(
                name='CalendarVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveIntegerField()),
                    ('content', models.JSONField()),
                    ('made_at', models.DateTimeField()),
                    ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='people.calendar')),
                    ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('calendar', 'number'), name='calendar_version_once')],
                },
            ),
            migrations.CreateModel(
                name='Rota',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(unique=True)),
                    ('name', models.CharField(max_length=200)),
                    ('kind', models.CharField(choices=[('team', 'Of a team'), ('duty_manager', 'Duty manager')], default='team', max_length=12)),
                    ('time_zone', models.CharField(max_length=60)),
                    ('note', models.TextField(blank=True)),
                    ('is_active', models.BooleanField(default=True)),
                    ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='rotas', to='people.team')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('team',), name='rota_of_team_once'), models.UniqueConstraint(condition=models.Q(('is_active', True), ('kind', 'duty_manager')), fields=('kind',), name='rota_duty_manager_once'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'team'), ('team__isnull', False)), models.Q(('kind', 'duty_manager'), ('team__isnull', True)), _connector='OR'), name='rota_of_a_team_has_one')],
                },
            ),
            migrations.CreateModel(
                name='DutyLink',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('digest', models.CharField(max_length=64, unique=True)),
                    ('made_at', models.DateTimeField()),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='duty_links', to=settings.AUTH_USER_MODEL)),
                    ('rota', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='people.rota')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'rota'), name='duty_link_once', nulls_distinct=False)],
                },
            ),
            migrations.CreateModel(
                name='RotaLayer',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('position', models.PositiveSmallIntegerField()),
                    ('time_zone', models.CharField(max_length=60)),
                    ('people', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                    ('every', models.PositiveSmallIntegerField()),
                    ('unit', models.CharField(max_length=5)),
                    ('starts', models.DateField()),
                    ('hand_over', models.TimeField()),
                    ('hours', models.JSONField(blank=True, default=list)),
                    ('begins', models.DateTimeField()),
                    ('ends', models.DateTimeField(null=True)),
                    ('rota', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='layers', to='people.rota')),
                ],
                options={
                    'indexes': [models.Index(fields=['rota', 'position'], name='rota_layer_order')],
                },
            ),
            migrations.CreateModel(
                name='RotaOverride',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('position', models.PositiveSmallIntegerField()),
                    ('starts_at', models.DateTimeField()),
                    ('ends_at', models.DateTimeField()),
                    ('made_at', models.DateTimeField()),
                    ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('rota', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='overrides', to='people.rota')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(fields=['rota', 'ends_at'], name='rota_override_end')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='rota_override_forward')],
                },
            ),
            migrations.CreateModel(
                name='RotaSwap',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('one_turn', models.IntegerField()),
                    ('other_turn', models.IntegerField()),
                    ('state', models.CharField(choices=[('proposed', 'Proposed'), ('agreed', 'Agreed'), ('declined', 'Declined'), ('withdrawn', 'Withdrawn'), ('undone', 'Undone')], max_length=9)),
                    ('proposed_at', models.DateTimeField()),
                    ('agreed_at', models.DateTimeField(null=True)),
                    ('one_layer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.rotalayer')),
                    ('one_user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('other_layer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.rotalayer')),
                    ('other_user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('rota', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='swaps', to='people.rota')),
                ],
                options={
                    'indexes': [models.Index(fields=['rota', 'state'], name='rota_swap_state')],
                },
            ),
            migrations.CreateModel(
                name='Absence',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('starts_at', models.DateTimeField()),
                    ('ends_at', models.DateTimeField()),
                    ('note', models.CharField(blank=True, max_length=200)),
                    ('made_at', models.DateTimeField()),
                    ('cover', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='covers', to=settings.AUTH_USER_MODEL)),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(fields=['ends_at'], name='absence_end')],
                    'constraints': [models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='absence_forward')],
                },
            ),
        ),
        migrations.RunSQL(calendars.FORWARD, calendars.BACKWARD),
    ]
