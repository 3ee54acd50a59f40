"""Django's admin, read-only and at /admin/ for administrators."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    """The admin site whose every model is read-only."""

    default_site = "config.admin.ReadOnlyAdminSite"
