"""Django's admin as a read-only window for administrators."""

from typing import Any

from django.apps import apps
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


class ReadOnlyAdmin(ModelAdmin):
    """Shows rows; changes happen in the product's own pages, through its actions."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class ReadOnlyAdminSite(AdminSite):
    """Administrators only, nothing to press."""

    site_header = site_title = "Beeline"
    index_title = "Everything in the database, read-only"

    def has_permission(self, request: HttpRequest) -> bool:
        """Administrators."""
        user = request.user
        return bool(user.is_active and user.is_superuser)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """People sign in where everybody does: there the second step is asked for."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect_to_login(reverse("admin:index"), reverse("account_login"))

    def register_rooms(self) -> None:
        """Show each model of our rooms."""
        for label in ("core", "notify", "people", "processes", "itsm", "backlog"):
            for model in apps.get_app_config(label).get_models():
                if not self.is_registered(model):
                    self.register(model, ReadOnlyAdmin)
