"""Django's own errors: a problem for programs, the product's page for people."""

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.http import HttpResponsePermanentRedirect as Moved
from django.http.multipartparser import MultiPartParserError
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt

from core.api.problems import failed, problem, unknown

API = "/api/"


@csrf_exempt  # it changes nothing, and a program has to be told what is wrong
def no_such_address(request: HttpRequest) -> HttpResponse:
    """For everything under /api/ that nobody has; reads without the slash move on."""
    path = request.path_info
    if not path.endswith("/") and request.method in {"GET", "HEAD"}:
        try:
            found = resolve(f"{path}/")
        except Resolver404:
            return unknown(request)
        if found.func is not no_such_address:
            query = request.META.get("QUERY_STRING", "")
            return Moved(f"{path}/" + (f"?{query}" if query else ""))
    return unknown(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400 before any view could look."""
    if not request.path.startswith(API):
        return defaults.bad_request(request, exception)
    if (
        isinstance(exception, SuspiciousOperation)
        and "TooBig" in type(exception).__name__
    ):
        return problem(413, detail=_("The request is larger than is taken at once."))
    return problem(400, detail=_("The request cannot be read."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404."""
    if request.path.startswith(API):
        return unknown(request)
    try:
        return defaults.page_not_found(request, exception)
    except (MultiPartParserError, SuspiciousOperation) as broken:  # what was posted
        return defaults.bad_request(request, broken)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """403."""
    if request.path.startswith(API):
        return problem(403, detail=_("This is not yours to do."))
    return defaults.permission_denied(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500: logged, and answered without a trace of why."""
    if request.path.startswith(API):
        return failed(request)
    return defaults.server_error(request)
