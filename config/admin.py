"""Django's admin as a read-only window for administrators."""

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

SECRET = {"mfa.authenticator", "socialaccount.socialapp", "socialaccount.socialtoken"}


class ReadOnly(ModelAdmin):
    """Shows rows; changes happen in the product's own pages, through its actions."""

    actions = None

    def has_add_permission(self, request: HttpRequest, *about: Any) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class ReadOnlyAdminSite(AdminSite):
    """Administrators only, nothing to press, whatever an application registers."""

    site_header = site_title = "Beeline"
    index_title = "What the libraries keep, read-only"

    def register(
        self,
        model_or_iterable: Any,
        admin_class: Any = None,
        **options: Any,
    ) -> None:
        """As the application wants it shown, but never changed; secrets not at all."""
        base = admin_class or ModelAdmin
        shown = type(base.__name__, (ReadOnly, base), {})
        is_one = isinstance(model_or_iterable, type)
        models = [model_or_iterable] if is_one else model_or_iterable
        told = [one for one in models if one._meta.label_lower not in SECRET]
        super().register(told, shown, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Administrators."""
        user = request.user
        return bool(user.is_active and user.is_superuser)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """People sign in where everybody does: there the second step is asked for."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied
        return redirect_to_login(reverse("admin:index"), reverse("account_login"))
