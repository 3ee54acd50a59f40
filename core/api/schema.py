"""OpenAPI 3.1 from what each view says of itself; drf-spectacular serves it.

Answers are built as plain dicts for speed, so views describe them as JSON Schema beside
the code that builds them; tests hold every answer to its description.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.views import SpectacularAPIView

from core.api.deprecation import Deprecated

Schema = Mapping[str, Any]
TEXT: Schema = {"type": "string"}
OPTIONAL_TEXT: Schema = {"type": ["string", "null"]}
INSTANT: Schema = {"type": "string", "format": "date-time"}
OPTIONAL_INSTANT: Schema = {"type": ["string", "null"], "format": "date-time"}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
READ_ERRORS = (400, 401, 403, 404, 405, 429)
WRITE_ERRORS = (400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 429)
SAYS = {
    400: "Malformed, or a parameter nobody knows",
    401: "No token or session, or not a valid one",
    403: "Seen, but not yours to do",
    404: "Not there, or not yours to see",
    405: "Not a method of this address",
    409: "Not possible in this state; `allowed` lists what is",
    412: "Somebody saved a newer version than `If-Match` names",
    413: "Too large",
    415: "Not a media type that is read here",
    422: "Fields that are unknown or wrong, each in `errors`",
    429: "Too many requests; wait `Retry-After` seconds",
}
RATE_HEADERS = {  # draft-ietf-httpapi-ratelimit-headers-10
    "RateLimit-Policy": "How often one may ask: q requests within w seconds",
    "RateLimit": "What is left of it: r requests for t seconds",
}
PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": WHOLE,
        "detail": TEXT,
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": TEXT},
        },
        "allowed": {"type": "array", "items": TEXT},
        "current": TEXT,
        "versions": {
            "type": "object",
            "description": "Of a 412: for each field that differs, yours and the saved",
            "additionalProperties": {"type": "object"},
        },
    },
}
SECURITY: Sequence[Mapping[str, Sequence[str]]] = [{"token": []}, {"session": []}]
_components: dict[str, Schema] = {"Error": PROBLEM}


def component(name: str, schema: Schema) -> Schema:
    """Name a schema; answers the reference to it."""
    if _components.setdefault(name, schema) != schema:
        raise ValueError(f"two schemas are called {name}")
    return ref(name)


def ref(name: str, kind: str = "schemas") -> Schema:
    """The reference to a named schema, or to another named part."""
    return {"$ref": f"#/components/{kind}/{name}"}


def page_of(name: str) -> Schema:
    """A page of a list of these."""
    link: Schema = {"type": ["string", "null"], "format": "uri"}
    return component(
        f"{name}Page",
        obj({"next": link, "previous": link, "results": array(ref(name))}),
    )


def array(items: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": items}


def obj(
    properties: Mapping[str, Schema], required: Sequence[str] | None = None
) -> Schema:
    """An object with exactly these; all are required unless `required` says which."""
    names = list(properties) if required is None else list(required)
    found: dict[str, Any] = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    return {**found, "required": names} if names else found


def one_of(*words: str, empty: bool = False) -> Schema:
    """One of these words, or none."""
    plain = [str(word) for word in words]  # not the members of an enumeration
    if not empty:
        return {"type": "string", "enum": plain}
    return {"type": ["string", "null"], "enum": [*plain, None]}


@dataclass(frozen=True, slots=True)
class Param:
    """One query parameter."""

    name: str
    schema: Schema = field(default_factory=lambda: TEXT)
    says: str = ""


@dataclass(frozen=True, slots=True)
class Doc:
    """What one method of a view takes and answers."""

    summary: str
    answer: Schema | None
    status: int = 200
    body: Schema | None = None
    query: tuple[Param, ...] = ()
    media: str = "application/json"  # of the body
    answered_as: str = "application/json"
    has_etag: bool = False
    is_guarded: bool = False  # a POST that takes If-Match, as every PATCH does
    is_keyed: bool = False  # takes Idempotency-Key
    needs_body: bool = False
    more: Mapping[int, str] = field(default_factory=dict)
    deprecated: Deprecated | None = None
    refused: Mapping[int, Any] | None = None  # whole answers, where no problem is told


class ApiSchema(AutoSchema):
    """Asks the view's `docs` instead of guessing from serializers."""

    def get_operation(
        self,
        path: str,
        path_regex: str,
        path_prefix: str,
        method: str,
        registry: Any,
    ) -> dict[str, Any] | None:
        """One operation; None for methods that are not described."""
        docs: Mapping[str, Doc] = getattr(self.view, "docs", {})
        doc = docs.get(method.lower())
        if doc is None:
            return None
        short = path.removeprefix("/api/v1/").removeprefix("/api/now/")
        words = re.sub(r"[{}]", "", short).strip("/")
        name = re.sub(r"\W+", "_", words)
        operation: dict[str, Any] = {
            "operationId": f"{name}_{method.lower()}",
            "summary": doc.summary,
            "tags": [words.split("/")[0]],
            "parameters": _parameters(path, method, doc),
            "security": getattr(self.view, "security", SECURITY),
            "responses": _responses(method, doc),
            **({"deprecated": True} if doc.deprecated else {}),
        }
        if doc.body is not None:
            operation["requestBody"] = {
                "content": {doc.media: {"schema": doc.body}},
                "required": doc.needs_body,
            }
        return operation


def _parameters(path: str, method: str, doc: Doc) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": _path_schema(name)}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    for param in doc.query:
        described = {"name": param.name, "in": "query", "schema": param.schema}
        if param.says:
            described["description"] = param.says
        found.append(described)
    if doc.is_keyed:
        found.append(_header("Idempotency-Key", "The work is done once for 24 hours"))
    if doc.is_guarded or (doc.has_etag and method == "PATCH"):
        found.append(_header("If-Match", "The ETag of the version you saw"))
    if doc.has_etag and method == "GET":
        found.append(_header("If-None-Match", "The ETag you have"))
    return found


def _path_schema(name: str) -> Schema:
    return {"type": "integer", "minimum": 1} if name in {"version", "id"} else TEXT


def _header(name: str, says: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 255}
    if name == "Idempotency-Key":
        schema["pattern"] = "^[!-~]+$"
    return {"name": name, "in": "header", "schema": schema, "description": says}


def _responses(method: str, doc: Doc) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done" if method != "GET" else "Found"}
    if doc.answer is not None:
        good["content"] = {doc.answered_as: {"schema": doc.answer}}
    good["headers"] = {name: ref(name, "headers") for name in RATE_HEADERS}
    if doc.has_etag:
        good["headers"]["ETag"] = {"schema": TEXT}
    found = {str(doc.status): good}
    if doc.has_etag and method == "GET":
        found["304"] = {"description": "You have it already"}
    if doc.refused is not None:
        return found | {str(status): says for status, says in doc.refused.items()}
    errors = READ_ERRORS if method == "GET" else WRITE_ERRORS
    for status, says in doc.more.items():
        found[str(status)] = {**good, "description": says}
    for status in errors:
        found[str(status)] = {"$ref": f"#/components/responses/Error{status}"}
    return found


def _errors() -> dict[str, Any]:
    """The errors that operations refer to."""
    found: dict[str, Any] = {
        f"Error{status}": {
            "description": says,
            "content": {"application/problem+json": {"schema": ref("Error")}},
            "headers": {name: ref(name, "headers") for name in RATE_HEADERS},
        }
        for status, says in SAYS.items()
    }
    found["Error429"]["headers"]["Retry-After"] = {"schema": WHOLE}
    return found


class Generator(SchemaGenerator):
    """Adds the named schemas and how one signs in."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        """The whole document."""
        document = super().get_schema(request=request, public=public)
        components = document.setdefault("components", {})
        components["schemas"] = dict(sorted(_components.items()))
        components["responses"] = _errors()
        components["headers"] = {
            name: {"schema": TEXT, "description": says}
            for name, says in RATE_HEADERS.items()
        }
        components["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer"},
            "basic": {"type": "http", "scheme": "basic"},
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        }
        return document


class PlainJson(OpenApiJsonRenderer):
    """For who asks for JSON by its usual name."""

    media_type = "application/json"

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        """Without spaces: programs read it."""
        return json.dumps(data, separators=(",", ":")).encode()


class SchemaView(SpectacularAPIView):
    """The document: JSON unless YAML is asked for (`?format=yaml`, or by Accept)."""

    generator_class = Generator
    renderer_classes = [PlainJson, OpenApiJsonRenderer, OpenApiYamlRenderer]
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []


def docs_page(request: HttpRequest) -> HttpResponse:
    """Swagger, from our own files, under the product's content policy."""
    return render(request, "api/docs.html", using="jinja2")
