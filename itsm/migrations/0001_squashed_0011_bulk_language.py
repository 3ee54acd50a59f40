"""All tables as the eleven migrations before left them, which stay for older databases.

Each migration that alters is another look at all models: a new database would wait
three seconds for theirs.
"""

import uuid
from importlib import import_module

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.migrating import Together

numbers = import_module("itsm.migrations.0002_numbers_and_counts")
views = import_module("itsm.migrations.0008_view_counts")


class Migration(migrations.Migration):

    replaces = [
        ('itsm', '0001_initial'),
        ('itsm', '0002_numbers_and_counts'),
        ('itsm', '0003_drafts_replies_mentions_tasks'),
        ('itsm', '0004_tags_bulk_joining'),
        ('itsm', '0005_words_of_search'),
        ('itsm', '0006_knowledge_feedback_outages'),
        ('itsm', '0007_saved_views_exports'),
        ('itsm', '0008_view_counts'),
        ('itsm', '0009_handovers'),
        ('itsm', '0010_indexes_of_saved_views'),
        ('itsm', '0011_bulk_language'),
    ]

    initial = True

    dependencies = [
        ('people', '0002_account'),
        ('processes', '0002_released_is_immutable'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        # not needed, but first: each alteration looks at all models that are there
        ('mfa', '0003_authenticator_type_uniq'),
        ('socialaccount', '0006_alter_socialaccount_extra_data'),
    ]

    operations = [
        Together(
            migrations.CreateModel(
                name='Ticket',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.CharField(max_length=16, unique=True)),
                    ('type', models.CharField(choices=[('incident', 'Incident'), ('request', 'Request'), ('change', 'Change'), ('problem', 'Problem')], max_length=10)),
                    ('title', models.CharField(max_length=250)),
                    ('description', models.TextField(blank=True, default='')),
                    ('channel', models.CharField(choices=[('portal', 'Portal'), ('phone', 'Phone'), ('walk_in', 'Walk-in'), ('mail', 'Mail'), ('machine', 'Machine'), ('agent', 'Agent')], default='agent', max_length=8)),
                    ('state', models.CharField(max_length=40)),
                    ('state_category', models.CharField(choices=[('new', 'New'), ('active', 'Active'), ('waiting', 'Waiting'), ('resolved', 'Resolved'), ('closed', 'Closed'), ('cancelled', 'Cancelled')], max_length=10)),
                    ('state_since', models.DateTimeField()),
                    ('wait_reason', models.CharField(blank=True, default='', max_length=40)),
                    ('wake_at', models.DateTimeField(blank=True, null=True)),
                    ('timer_at', models.DateTimeField(blank=True, null=True)),
                    ('timer_verb', models.CharField(blank=True, default='', max_length=40)),
                    ('impact', models.CharField(choices=[('high', 'High'), ('medium', 'Medium'), ('low', 'Low')], default='low', max_length=6)),
                    ('urgency', models.CharField(choices=[('high', 'High'), ('medium', 'Medium'), ('low', 'Low')], default='medium', max_length=6)),
                    ('priority', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)])),
                    ('priority_reason', models.CharField(blank=True, default='', max_length=500)),
                    ('size', models.PositiveSmallIntegerField(choices=[(1, '1'), (2, '2'), (3, '3'), (5, '5'), (8, '8')], default=2)),
                    ('affected', models.PositiveIntegerField(default=1)),
                    ('restricted', models.BooleanField(default=False)),
                    ('band', models.PositiveSmallIntegerField(default=1)),
                    ('start_by', models.DateTimeField()),
                    ('next_due_at', models.DateTimeField(blank=True, null=True)),
                    ('next_due_kind', models.CharField(blank=True, choices=[('response', 'First response'), ('update', 'Next update'), ('resolution', 'Resolution')], default='', max_length=10)),
                    ('responded_at', models.DateTimeField(blank=True, null=True)),
                    ('informed_at', models.DateTimeField(blank=True, null=True)),
                    ('paused_since', models.DateTimeField(blank=True, null=True)),
                    ('paused_for', models.DurationField(blank=True, null=True)),
                    ('opened_at', models.DateTimeField()),
                    ('updated_at', models.DateTimeField()),
                    ('resolved_at', models.DateTimeField(blank=True, null=True)),
                    ('closed_at', models.DateTimeField(blank=True, null=True)),
                    ('resolution', models.TextField(blank=True, default='')),
                    ('resolution_code', models.CharField(blank=True, default='', max_length=40)),
                    ('verified_by', models.CharField(blank=True, default='', max_length=10)),
                    ('handovers', models.PositiveSmallIntegerField(default=0)),
                    ('reopens', models.PositiveSmallIntegerField(default=0)),
                    ('external_ref', models.CharField(blank=True, default='', max_length=200)),
                    ('extra', models.JSONField(blank=True, default=dict)),
                    ('version', models.PositiveIntegerField(default=1)),
                    ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='people.category')),
                    ('offered_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='tickets_offered', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to='people.organisation')),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets_owned', to=settings.AUTH_USER_MODEL)),
                    ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='children', to='itsm.ticket')),
                    ('process_version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='processes.processversion')),
                    ('requester', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tickets_requested', to=settings.AUTH_USER_MODEL)),
                    ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='people.service')),
                    ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='people.team')),
                ],
                options={
                    'indexes': [
                        models.Index(condition=models.Q(('state_category__in', ['new', 'active'])), fields=['band', 'start_by', 'id'], name='ticket_order'),
                        models.Index(condition=models.Q(('state_category__in', ['new', 'active'])), fields=['type', 'band', 'start_by', 'id'], name='ticket_type_order'),
                        models.Index(condition=models.Q(('state_category__in', ['new', 'active'])), fields=['team', 'band', 'start_by', 'id'], name='ticket_team_order'),
                        models.Index(condition=models.Q(('state_category__in', ['new', 'active', 'waiting'])), fields=['owner', 'band', 'start_by', 'id'], name='ticket_owner_order'),
                        models.Index(condition=models.Q(('state_category__in', ['new', 'active', 'waiting'])), fields=['service', 'band', 'start_by', 'id'], name='ticket_service_order'),
                        models.Index(condition=models.Q(('state_category__in', ['new', 'active', 'waiting'])), fields=['next_due_at', 'id', 'restricted', 'requester', 'owner', 'team'], name='ticket_next_due'),
                        models.Index(condition=models.Q(('timer_at__isnull', False)), fields=['timer_at'], name='ticket_timer'),
                        models.Index(fields=['requester', '-id'], name='ticket_requester'),
                        models.Index(fields=['organisation', '-id'], name='ticket_organisation'),
                        models.Index(fields=['type', '-id'], name='ticket_type'),
                        models.Index(fields=['updated_at', 'id'], name='ticket_updated'),
                        models.Index(fields=['opened_at', 'id'], name='ticket_opened'),
                        models.Index(condition=models.Q(('state_category__in', ['resolved', 'closed', 'cancelled'])), fields=['type', 'state_category', 'opened_at', 'id'], name='ticket_ended'),
                        models.Index(condition=models.Q(('state_category__in', ['new', 'active', 'waiting'])), fields=['priority', 'start_by', 'id'], name='ticket_priority'),
                        models.Index(condition=models.Q(('owner__isnull', True), ('state_category__in', ['new', 'active', 'waiting'])), fields=['band', 'start_by', 'id'], name='ticket_unowned'),
                        models.Index(fields=['process_version', 'state'], name='ticket_version'),
                        models.Index(condition=models.Q(('restricted', True), ('state_category__in', ['new', 'active', 'waiting'])), fields=['team', 'owner', 'requester', 'type', 'state_category', 'id'], name='ticket_restricted'),
                        models.Index(condition=models.Q(('external_ref', ''), _negated=True), fields=['external_ref'], name='ticket_external_ref'),
                        models.Index(condition=models.Q(('state_category__in', ['new', 'active', 'waiting'])), fields=['category', 'band', 'start_by', 'id'], name='ticket_category_order'),
                        models.Index(condition=models.Q(('state_category__in', ['new', 'active', 'waiting'])), fields=['organisation', 'band', 'start_by', 'id'], name='ticket_organisation_order'),
                        models.Index(fields=['organisation', 'opened_at', 'id'], name='ticket_organisation_opened'),
                        models.Index(condition=models.Q(('state_category__in', ['new', 'active', 'waiting'])), fields=['state_since', 'id'], name='ticket_since'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='TicketCountDelta',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('type', models.CharField(max_length=10)),
                    ('state_category', models.CharField(max_length=10)),
                    ('team_id', models.BigIntegerField(null=True)),
                    ('owner_id', models.BigIntegerField(null=True)),
                    ('n', models.IntegerField()),
                ],
            ),
            migrations.CreateModel(
                name='Problem',
                fields=[
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='problem', serialize=False, to='itsm.ticket')),
                    ('workaround', models.TextField(blank=True, default='')),
                    ('causes', models.TextField(blank=True, default='')),
                    ('review_date', models.DateField(blank=True, null=True)),
                ],
            ),
            migrations.CreateModel(
                name='Approval',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=60)),
                    ('authority', models.CharField(max_length=40)),
                    ('asked_at', models.DateTimeField()),
                    ('decision', models.CharField(blank=True, default='', max_length=10)),
                    ('decided_at', models.DateTimeField(null=True)),
                    ('reason', models.CharField(blank=True, default='', max_length=1000)),
                    ('approver', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='approvals_asked', to=settings.AUTH_USER_MODEL)),
                    ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='approvals_decided', to=settings.AUTH_USER_MODEL)),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='approvals', to='itsm.ticket')),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('decision', '')), fields=['approver'], name='approval_pending')],
                },
            ),
            migrations.CreateModel(
                name='Comment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('body', models.TextField()),
                    ('is_public', models.BooleanField()),
                    ('channel', models.CharField(choices=[('portal', 'Portal'), ('phone', 'Phone'), ('walk_in', 'Walk-in'), ('mail', 'Mail'), ('machine', 'Machine'), ('agent', 'Agent')], max_length=8)),
                    ('at', models.DateTimeField()),
                    ('redacted_at', models.DateTimeField(null=True)),
                    ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='itsm.ticket')),
                ],
            ),
            migrations.CreateModel(
                name='Attachment',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('file', models.FileField(max_length=200, upload_to='attachments/%Y/%m/')),
                    ('name', models.CharField(max_length=200)),
                    ('content_type', models.CharField(max_length=100)),
                    ('size', models.PositiveIntegerField()),
                    ('digest', models.CharField(max_length=64)),
                    ('is_public', models.BooleanField(default=True)),
                    ('at', models.DateTimeField()),
                    ('redacted_at', models.DateTimeField(null=True)),
                    ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attachments', to='itsm.ticket')),
                    ('comment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='attachments', to='itsm.comment')),
                ],
            ),
            migrations.CreateModel(
                name='Link',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('duplicate_of', 'Duplicate of'), ('caused_by', 'Caused by'), ('caused_by_change', 'Caused by change'), ('fixed_by_change', 'Fixed by change'), ('related', 'Related to')], max_length=20)),
                    ('at', models.DateTimeField()),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links_from', to='itsm.ticket')),
                    ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links_to', to='itsm.ticket')),
                ],
                options={
                    'constraints': [
                        models.UniqueConstraint(fields=('source', 'target', 'kind'), name='link_once'),
                        models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='link_not_to_itself'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='Offering',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(unique=True)),
                    ('name', models.CharField(max_length=200)),
                    ('description', models.TextField(blank=True, default='')),
                    ('approval', models.CharField(blank=True, choices=[('', 'Nobody'), ('manager', "The requester's manager"), ('service_owner', "The service's owner"), ('data_owner', 'The data owner'), ('hr', 'Human resources')], default='', max_length=20)),
                    ('promise', models.DurationField()),
                    ('tasks', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), blank=True, default=list, size=None)),
                    ('is_active', models.BooleanField(default=True)),
                    ('approver', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='people.service')),
                    ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='people.team')),
                ],
            ),
            migrations.CreateModel(
                name='Participant',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('role', models.CharField(choices=[('watcher', 'Watcher'), ('copied', 'Copied on')], max_length=8)),
                    ('at', models.DateTimeField()),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participants', to='itsm.ticket')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='participations', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'ticket', 'role'), name='participant_once')],
                },
            ),
            migrations.CreateModel(
                name='Task',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('position', models.PositiveSmallIntegerField()),
                    ('title', models.CharField(max_length=200)),
                    ('done_at', models.DateTimeField(null=True)),
                    ('waived_reason', models.CharField(blank=True, default='', max_length=500)),
                    ('done_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tasks', to='itsm.ticket')),
                    ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='tasks', to=settings.AUTH_USER_MODEL)),
                    ('due_on', models.DateField(blank=True, null=True)),
                ],
                options={
                    'ordering': ['position'],
                    'indexes': [models.Index(condition=models.Q(('done_at', None), ('waived_reason', '')), fields=['assignee', 'due_on'], name='task_open')],
                },
            ),
            migrations.CreateModel(
                name='TicketCount',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('type', models.CharField(max_length=10)),
                    ('state_category', models.CharField(max_length=10)),
                    ('team_id', models.BigIntegerField(null=True)),
                    ('owner_id', models.BigIntegerField(null=True)),
                    ('n', models.BigIntegerField()),
                ],
                options={
                    'indexes': [models.Index(fields=['owner_id'], name='ticket_count_owner')],
                    'constraints': [models.UniqueConstraint(fields=('type', 'state_category', 'team_id', 'owner_id'), name='ticket_count_once', nulls_distinct=False)],
                },
            ),
            migrations.CreateModel(
                name='Change',
                fields=[
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='change', serialize=False, to='itsm.ticket')),
                    ('model', models.CharField(choices=[('standard', 'Standard'), ('normal', 'Normal'), ('emergency', 'Emergency')], default='normal', max_length=10)),
                    ('plan', models.TextField(blank=True, default='')),
                    ('test', models.TextField(blank=True, default='')),
                    ('way_back', models.TextField(blank=True, default='')),
                    ('window_start', models.DateTimeField(blank=True, null=True)),
                    ('window_end', models.DateTimeField(blank=True, null=True)),
                    ('threat', models.CharField(blank=True, default='', max_length=500)),
                    ('result', models.CharField(blank=True, choices=[('success', 'Success'), ('issues', 'Success with issues'), ('rolled_back', 'Rolled back'), ('failed', 'Failed')], default='', max_length=12)),
                ],
                options={
                    'indexes': [models.Index(fields=['window_start'], name='change_window')],
                },
            ),
            migrations.CreateModel(
                name='Request',
                fields=[
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='request', serialize=False, to='itsm.ticket')),
                    ('offering', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='itsm.offering')),
                ],
            ),
            migrations.CreateModel(
                name='TicketSearch',
                fields=[
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='search', serialize=False, to='itsm.ticket')),
                    ('document', django.contrib.postgres.search.SearchVectorField()),
                ],
                options={
                    'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['document'], name='ticket_search_document')],
                },
            ),
            migrations.CreateModel(
                name='TicketCountFold',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('stamp', models.UUIDField()),
                ],
            ),
            migrations.CreateModel(
                name='Draft',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('form', models.CharField(max_length=40)),
                    ('body', models.TextField(blank=True, default='')),
                    ('fields', models.JSONField(blank=True, default=dict)),
                    ('why', models.CharField(blank=True, default='', max_length=500)),
                    ('at', models.DateTimeField()),
                    ('due_at', models.DateTimeField(null=True)),
                    ('discarded_at', models.DateTimeField(null=True)),
                    ('ticket', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to='itsm.ticket')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='drafts', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [
                        models.Index(condition=models.Q(('due_at', None), _negated=True), fields=['due_at'], name='draft_due'),
                        models.Index(condition=models.Q(('discarded_at', None), _negated=True), fields=['discarded_at'], name='draft_discarded'),
                    ],
                    'constraints': [models.UniqueConstraint(condition=models.Q(('due_at', None)), fields=('user', 'ticket', 'form'), name='draft_once', nulls_distinct=False)],
                },
            ),
            migrations.CreateModel(
                name='Mention',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField()),
                    ('read_at', models.DateTimeField(null=True)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('comment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to='itsm.comment')),
                    ('team', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to='people.team')),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to='itsm.ticket')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(condition=models.Q(('read_at', None)), fields=['user', '-at'], name='mention_unread')],
                    'constraints': [models.UniqueConstraint(fields=('comment', 'user'), name='mention_once')],
                },
            ),
            migrations.CreateModel(
                name='Reference',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField()),
                    ('source', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='references_from', to='itsm.ticket')),
                    ('target', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='references_to', to='itsm.ticket')),
                ],
                options={
                    'constraints': [
                        models.UniqueConstraint(fields=('target', 'source'), name='reference_once'),
                        models.CheckConstraint(condition=models.Q(('source', models.F('target')), _negated=True), name='reference_not_to_itself'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ReplyTemplate',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(unique=True)),
                    ('name', models.CharField(max_length=100)),
                    ('body', models.TextField(max_length=10000)),
                    ('is_active', models.BooleanField(default=True)),
                    ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reply_templates', to=settings.AUTH_USER_MODEL)),
                    ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='reply_templates', to='people.team')),
                ],
                options={
                    'ordering': ['name'],
                    'constraints': [models.CheckConstraint(condition=models.Q(('owner', None), ('team', None), _connector='XOR'), name='reply_template_of_one')],
                },
            ),
            migrations.CreateModel(
                name='Upload',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('file', models.FileField(max_length=200, upload_to='uploads/%Y/%m/')),
                    ('name', models.CharField(max_length=200)),
                    ('content_type', models.CharField(max_length=100)),
                    ('size', models.PositiveIntegerField()),
                    ('digest', models.CharField(max_length=64)),
                    ('at', models.DateTimeField()),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uploads', to='itsm.ticket')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uploads', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(fields=['at'], name='upload_age')],
                },
            ),
            migrations.CreateModel(
                name='Tag',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('slug', models.SlugField(max_length=40, unique=True)),
                    ('name', models.CharField(max_length=40)),
                    ('colour', models.CharField(blank=True, choices=[('', 'Plain'), ('info', 'Blue'), ('good', 'Green'), ('wait', 'Violet'), ('soon', 'Orange'), ('late', 'Red')], default='', max_length=8)),
                    ('is_active', models.BooleanField(default=True)),
                ],
            ),
            migrations.CreateModel(
                name='Bulk',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='queued', max_length=8)),
                    ('done', models.PositiveIntegerField(default=0)),
                    ('total', models.PositiveIntegerField(default=0)),
                    ('created_at', models.DateTimeField()),
                    ('started_at', models.DateTimeField(null=True)),
                    ('finished_at', models.DateTimeField(null=True)),
                    ('stamped_at', models.DateTimeField(null=True)),
                    ('runner', models.UUIDField(null=True)),
                    ('tries', models.PositiveSmallIntegerField(default=0)),
                    ('failure', models.TextField(blank=True, default='')),
                    ('key', models.UUIDField(default=uuid.uuid4, unique=True)),
                    ('phase', models.CharField(choices=[('do', 'Do'), ('undo', 'Undo')], default='do', max_length=4)),
                    ('verb', models.CharField(max_length=40)),
                    ('fields', models.JSONField(default=dict)),
                    ('door', models.CharField(max_length=8)),
                    ('undo_until', models.DateTimeField(null=True)),
                    ('undone_at', models.DateTimeField(null=True)),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('language', models.CharField(blank=True, default='', max_length=10)),
                ],
                options={
                    'indexes': [
                        models.Index(fields=['by', '-id'], name='bulk_by'),
                        models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['stamped_at'], name='bulk_to_do'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='BulkItem',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('place', models.PositiveIntegerField()),
                    ('number', models.CharField(max_length=16)),
                    ('state', models.CharField(choices=[('pending', 'To do'), ('done', 'Done'), ('refused', 'Refused'), ('undone', 'Undone'), ('kept', 'Could not be undone')], default='pending', max_length=8)),
                    ('status', models.PositiveSmallIntegerField(null=True)),
                    ('detail', models.CharField(blank=True, default='', max_length=1000)),
                    ('before', models.JSONField(null=True)),
                    ('version', models.PositiveIntegerField(null=True)),
                    ('bulk', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='items', to='itsm.bulk')),
                    ('ticket', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bulk_items', to='itsm.ticket')),
                ],
                options={
                    'indexes': [models.Index(fields=['bulk', 'state', 'place'], name='bulk_item_do')],
                    'constraints': [models.UniqueConstraint(fields=('bulk', 'place'), name='bulk_item_once')],
                },
            ),
            migrations.CreateModel(
                name='FormerNumber',
                fields=[
                    ('number', models.CharField(max_length=16, primary_key=True, serialize=False)),
                    ('at', models.DateTimeField()),
                    ('before', models.JSONField(null=True)),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='former_numbers', to='itsm.ticket')),
                ],
            ),
            migrations.CreateModel(
                name='Merged',
                fields=[
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='merged', serialize=False, to='itsm.ticket')),
                    ('at', models.DateTimeField()),
                    ('before', models.JSONField()),
                    ('followers', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('into', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='merged_here', to='itsm.ticket')),
                ],
            ),
            migrations.CreateModel(
                name='Split',
                fields=[
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='split', serialize=False, to='itsm.ticket')),
                    ('at', models.DateTimeField()),
                    ('comments', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                    ('attachments', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None)),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('origin', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='split_off', to='itsm.ticket')),
                ],
            ),
            migrations.CreateModel(
                name='TicketTag',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField()),
                    ('by', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('tag', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tagged', to='itsm.tag')),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tagged', to='itsm.ticket')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('tag', 'ticket'), name='ticket_tag_once')],
                },
            ),
            migrations.CreateModel(
                name='SearchWord',
                fields=[
                    ('text', models.TextField(primary_key=True, serialize=False)),
                    ('documents', models.IntegerField()),
                    ('near', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ],
                options={
                    'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['near'], name='search_word_near')],
                },
            ),
            migrations.CreateModel(
                name='Article',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.CharField(max_length=16, unique=True)),
                    ('title', models.CharField(max_length=250)),
                    ('body', models.TextField(blank=True, default='')),
                    ('state', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published'), ('retired', 'Retired')], default='draft', max_length=10)),
                    ('audience', models.CharField(choices=[('everybody', 'Everybody'), ('organisation', 'One organisation'), ('staff', 'People who work here')], default='staff', max_length=12)),
                    ('review_on', models.DateField(blank=True, null=True)),
                    ('created_at', models.DateTimeField()),
                    ('updated_at', models.DateTimeField()),
                    ('published_at', models.DateTimeField(null=True)),
                    ('version', models.PositiveIntegerField(default=1)),
                    ('document', models.GeneratedField(db_persist=True, expression=django.contrib.postgres.search.CombinedSearchVector(django.contrib.postgres.search.SearchVector('title', config=models.Value('simple'), weight='A'), '||', django.contrib.postgres.search.SearchVector('body', config=models.Value('simple'), weight='B'), django.contrib.postgres.search.SearchConfig(models.Value('simple'))), output_field=django.contrib.postgres.search.SearchVectorField())),
                    ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='articles_written', to=settings.AUTH_USER_MODEL)),
                    ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='people.organisation')),
                    ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='articles_owned', to=settings.AUTH_USER_MODEL)),
                    ('service', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='people.service')),
                ],
                options={
                    'indexes': [
                        django.contrib.postgres.indexes.GinIndex(fields=['document'], name='article_document'),
                        models.Index(fields=['state', '-updated_at'], name='article_state'),
                    ],
                    'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('audience', 'organisation'), ('organisation__isnull', False)), models.Q(models.Q(('audience', 'organisation'), _negated=True), ('organisation__isnull', True)), _connector='OR'), name='article_audience')],
                },
            ),
            migrations.CreateModel(
                name='ArticleLink',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('is_source', models.BooleanField(default=False)),
                    ('at', models.DateTimeField()),
                    ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='links', to='itsm.article')),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='article_links', to='itsm.ticket')),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('ticket', 'article'), name='article_link_once')],
                },
            ),
            migrations.CreateModel(
                name='ArticleUse',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('day', models.DateField()),
                    ('at', models.DateTimeField()),
                    ('helped', models.BooleanField()),
                    ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='uses', to='itsm.article')),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                    ('ticket', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='article_uses', to='itsm.ticket')),
                ],
                options={
                    'constraints': [
                        models.UniqueConstraint(condition=models.Q(('ticket__isnull', False)), fields=('article', 'ticket'), name='article_use_ticket_once'),
                        models.UniqueConstraint(condition=models.Q(('ticket__isnull', True)), fields=('article', 'by', 'day'), name='article_use_day_once'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ArticleVersion',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('number', models.PositiveIntegerField()),
                    ('title', models.CharField(max_length=250)),
                    ('body', models.TextField(blank=True)),
                    ('at', models.DateTimeField()),
                    ('redacted_at', models.DateTimeField(null=True)),
                    ('article', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='itsm.article')),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('article', 'number'), name='article_version_once')],
                },
            ),
            migrations.CreateModel(
                name='Feedback',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('satisfaction', models.PositiveSmallIntegerField(validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)])),
                    ('effort', models.PositiveSmallIntegerField(null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(5)])),
                    ('words', models.TextField(blank=True, default='')),
                    ('at', models.DateTimeField()),
                    ('answer', models.TextField(blank=True, default='')),
                    ('answered_at', models.DateTimeField(null=True)),
                    ('redacted_at', models.DateTimeField(null=True)),
                    ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='feedback_answered', to=settings.AUTH_USER_MODEL)),
                    ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='feedback_owned', to=settings.AUTH_USER_MODEL)),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='feedback_given', to=settings.AUTH_USER_MODEL)),
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='feedback', to='itsm.ticket')),
                ],
                options={
                    'indexes': [
                        models.Index(fields=['owner', '-id'], name='feedback_owner'),
                        models.Index(fields=['person', '-at'], name='feedback_person'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='FeedbackAsk',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField()),
                    ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='feedback_asks', to=settings.AUTH_USER_MODEL)),
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='feedback_ask', to='itsm.ticket')),
                ],
                options={
                    'indexes': [models.Index(fields=['person', '-at'], name='feedback_ask_person')],
                },
            ),
            migrations.CreateModel(
                name='MeToo',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('at', models.DateTimeField()),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='also_affected', to='itsm.ticket')),
                    ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='me_toos', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'constraints': [models.UniqueConstraint(fields=('user', 'ticket'), name='me_too_once')],
                },
            ),
            migrations.CreateModel(
                name='Outage',
                fields=[
                    ('ticket', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='outage', serialize=False, to='itsm.ticket')),
                    ('shown', models.BooleanField(default=True)),
                    ('wording', models.CharField(choices=[('known', 'We know about a problem'), ('slow', 'It is slow'), ('down', 'It does not work'), ('some', 'It does not work for some'), ('supplier', 'A supplier has a problem')], default='known', max_length=10)),
                    ('expected_at', models.DateTimeField(blank=True, null=True)),
                    ('at', models.DateTimeField()),
                    ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(fields=['shown'], name='outage_shown')],
                },
            ),
            migrations.CreateModel(
                name='ListWish',
                fields=[
                    ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to=settings.AUTH_USER_MODEL)),
                    ('order', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                    ('hidden', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                    ('start', models.CharField(blank=True, default='', max_length=20)),
                    ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                    ('density', models.CharField(blank=True, default='', max_length=12)),
                ],
            ),
            migrations.CreateModel(
                name='ViewCountDelta',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('rule_id', models.BigIntegerField(db_index=True)),
                    ('n', models.IntegerField()),
                ],
            ),
            migrations.CreateModel(
                name='Export',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('state', models.CharField(choices=[('queued', 'Queued'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed')], default='queued', max_length=8)),
                    ('done', models.PositiveIntegerField(default=0)),
                    ('total', models.PositiveIntegerField(default=0)),
                    ('created_at', models.DateTimeField()),
                    ('started_at', models.DateTimeField(null=True)),
                    ('finished_at', models.DateTimeField(null=True)),
                    ('stamped_at', models.DateTimeField(null=True)),
                    ('runner', models.UUIDField(null=True)),
                    ('tries', models.PositiveSmallIntegerField(default=0)),
                    ('failure', models.TextField(blank=True, default='')),
                    ('format', models.CharField(choices=[('csv', 'CSV'), ('json', 'JSON')], max_length=4)),
                    ('title', models.CharField(max_length=100)),
                    ('type', models.CharField(blank=True, default='', max_length=10)),
                    ('query', models.CharField(blank=True, default='', max_length=1000)),
                    ('language', models.CharField(blank=True, default='', max_length=10)),
                    ('cursor', models.CharField(blank=True, default='', max_length=200)),
                    ('is_cut', models.BooleanField(default=False)),
                    ('expires_at', models.DateTimeField()),
                    ('dropped_at', models.DateTimeField(null=True)),
                    ('dropped_why', models.CharField(blank=True, default='', max_length=10)),
                    ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [
                        models.Index(fields=['by', '-id'], name='export_by'),
                        models.Index(condition=models.Q(('state__in', ['queued', 'running'])), fields=['stamped_at'], name='export_to_do'),
                    ],
                },
            ),
            migrations.CreateModel(
                name='ExportPart',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('body', models.TextField()),
                    ('export', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='itsm.export')),
                ],
            ),
            migrations.CreateModel(
                name='SavedView',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('name', models.CharField(max_length=60)),
                    ('type', models.CharField(blank=True, default='', max_length=10)),
                    ('query', models.CharField(blank=True, default='', max_length=1000)),
                    ('created_at', models.DateTimeField()),
                    ('updated_at', models.DateTimeField()),
                    ('deleted_at', models.DateTimeField(null=True)),
                    ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='people.team')),
                ],
                options={
                    'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='saved_view_named')],
                },
            ),
            migrations.CreateModel(
                name='ViewRule',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), null=True, size=None)),
                    ('states', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=10), size=None)),
                    ('priorities', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), null=True, size=None)),
                    ('teams', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None)),
                    ('is_unowned', models.BooleanField(default=False)),
                    ('owner', models.BigIntegerField(null=True)),
                    ('requester', models.BigIntegerField(null=True)),
                    ('service', models.BigIntegerField(null=True)),
                    ('category', models.BigIntegerField(null=True)),
                    ('organisation', models.BigIntegerField(null=True)),
                    ('channel', models.CharField(max_length=8, null=True)),
                    ('wait_reason', models.CharField(max_length=40, null=True)),
                    ('ready_after', models.BigIntegerField(null=True)),
                    ('n', models.BigIntegerField(null=True)),
                    ('view', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='rule', to='itsm.savedview')),
                ],
            ),
            migrations.CreateModel(
                name='Handover',
                fields=[
                    ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                    ('kind', models.CharField(choices=[('asked', 'Asked'), ('offered', 'Offered'), ('moved', 'Moved'), ('declined', 'Declined'), ('kept', 'Kept')], max_length=8)),
                    ('said', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='itsm.comment')),
                    ('at', models.DateTimeField()),
                    ('about', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='handover_rows', to='itsm.ticket')),
                    ('to', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ],
                options={
                    'indexes': [models.Index(fields=['to', '-at'], name='handover_to')],
                    'constraints': [models.UniqueConstraint(fields=('ticket', 'kind', 'to', 'about'), name='handover_once')],
                },
            ),
        ),
        migrations.RunSQL(numbers.FORWARD, numbers.BACKWARD),
        migrations.RunSQL(views.FORWARD, views.BACKWARD),
    ]
