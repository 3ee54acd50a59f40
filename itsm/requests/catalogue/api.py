"""The catalogue over REST: shelves, prices, forms, orders that come again, charges."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from core.api import answers
from core.api.filters import containing, named, since
from core.api.pages import BY_SLUG, Order
from core.api.resources import Resource, routes
from core.api.schema import (
    FLAG,
    INSTANT,
    OPTIONAL_INSTANT,
    OPTIONAL_TEXT,
    TEXT,
    WHOLE,
    Doc,
    Schema,
    array,
    component,
    obj,
    one_of,
)
from core.api.views import ApiView
from core.errors import Forbidden, Invalid
from itsm.requests.catalogue import pictures, prices, recurring, rights, shelves
from itsm.requests.catalogue.api_fields import (
    AMOUNT,
    DAY,
    FIELDS,
    OPTIONAL_DAY,
    amount,
    content,
    day,
)
from itsm.requests.catalogue.pricing import amount_of
from itsm.requests.catalogue.standing import may_change
from itsm.requests.forms import actions as forms
from itsm.requests.models import (
    Charge,
    Form,
    Offering,
    OfferingCategory,
    Price,
    Recurring,
)
from people import api_fields as fields
from people.models import User
from people.policy import allows, require

PRICE = component(
    "Price",
    obj(
        {
            "id": WHOLE,
            "basis": one_of(*Price.Basis.values),
            "amount": TEXT,
            "plus_percent": OPTIONAL_TEXT,
            "comes_to": TEXT,
            "currency": TEXT,
            "organisation": OPTIONAL_TEXT,
            "valid_from": DAY,
            "valid_until": OPTIONAL_DAY,
        }
    ),
)
FORM = component(
    "Form",
    obj({"version": WHOLE, "fields": FIELDS, "released_at": OPTIONAL_INSTANT}),
)


def tell_price(row: Price) -> dict[str, Any]:
    """A price; its organisation has to be at hand."""
    rate = prices.rate_of(row)
    return {
        "id": row.pk,
        "basis": row.basis,
        "amount": str(row.amount),
        "plus_percent": None if row.plus_percent is None else str(row.plus_percent),
        "comes_to": str(amount_of(rate)),
        "currency": row.currency,
        "organisation": row.organisation.slug if row.organisation else None,
        "valid_from": row.valid_from.isoformat(),
        "valid_until": row.valid_until.isoformat() if row.valid_until else None,
    }


class OfferingView(ApiView):
    """What hangs on an offering: seen by who sees that, changed by who may."""

    collection = "offerings"

    def find(self, key: str = "", **kwargs: Any) -> Offering:
        """The offering, or Http404."""
        rows = Offering.objects.all()
        if not self.user.is_staff:
            rows = rights.for_person(self.user)
        found = rows.select_related("service").filter(slug=key).first()
        if found is None:
            raise Http404(_("There is no “%(key)s” for you.") % {"key": key})
        return found

    def check_allowed(self) -> None:
        """Administrators, and the owner of its service."""
        is_read = self.request.method in ("GET", "HEAD", "OPTIONS")
        if not is_read and not may_change(self.subject, self.user):
            raise Forbidden(_("This is not yours to do."))


PRICE_READERS: Mapping[str, fields.Reader] = {
    "basis": fields.choice(*Price.Basis.values),
    "amount": amount,
    "plus_percent": fields.optional(amount),
    "currency": fields.choice(*prices.CURRENCIES),
    "organisation": fields.optional(fields.ORGANISATION),
    "valid_from": day,
    "valid_until": fields.optional(day),
}
NEW_PRICE = component(
    "NewPrice",
    obj(
        {
            "basis": one_of(*Price.Basis.values),
            "amount": {"type": "string", "pattern": AMOUNT},
            "plus_percent": {"type": ["string", "null"], "pattern": AMOUNT},
            "currency": one_of(*prices.CURRENCIES),
            "organisation": OPTIONAL_TEXT,
            "valid_from": DAY,
            "valid_until": OPTIONAL_DAY,
        },
        ("basis", "amount", "valid_from"),
    ),
)


class PricesView(OfferingView):
    """`/offerings/<slug>/prices/`."""

    docs = {
        "get": Doc("Its prices, oldest first", obj({"results": array(PRICE)})),
        "post": Doc(
            "What it costs from a day on",
            PRICE,
            status=201,
            body=NEW_PRICE,
            is_keyed=True,
            needs_body=True,
        ),
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """All of them, also those that are over."""
        rows = self.subject.prices.select_related("organisation")
        found = rows.order_by("valid_from", "pk")
        return answers.answer({"results": [tell_price(row) for row in found]})

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Enter one."""
        return self.once(self._add)

    def _add(self) -> HttpResponse:
        given = fields.read(self.fields(), PRICE_READERS)
        needed = ("basis", "amount", "valid_from")
        if missing := [name for name in needed if name not in given]:
            raise Invalid({name: [_("This is needed.")] for name in missing})
        row = prices.add_price(offering=self.subject, by=self.user, at=self.at, **given)
        return answers.answer(tell_price(row), status=201)


class PriceView(OfferingView):
    """`/offerings/<slug>/prices/<id>/`."""

    http_method_names = ["delete", "options"]
    docs = {
        "delete": Doc(
            "Today is its last day; one yet to come is taken back", None, status=204
        )
    }

    def delete(self, request: Any, id: int = 0, **kwargs: Any) -> HttpResponse:
        """End it."""
        self.check_query()
        if not self.subject.prices.filter(pk=id).exists():
            raise Http404(_("There is no such price."))
        prices.end_price(offering=self.subject, price=id, by=self.user, at=self.at)
        return HttpResponse(status=204)


def _tell_form(row: Form) -> dict[str, Any]:
    return {
        "version": row.number,
        "fields": row.fields,
        "released_at": row.released_at,
    }


class FormsView(OfferingView):
    """`/offerings/<slug>/forms/`: the versions; a draft, released at once by choice."""

    docs = {
        "get": Doc(
            "The versions of its form, newest first; the draft for who may change it",
            obj({"results": array(FORM)}),
        ),
        "post": Doc(
            "Keep a draft of its questions, and release it by choice",
            FORM,
            status=201,
            body=obj({"fields": FIELDS, "release": FLAG}, ("fields",)),
            is_keyed=True,
            needs_body=True,
        ),
    }

    def get(self, request: Any, **kwargs: Any) -> HttpResponse:
        """The versions."""
        rows = Form.objects.filter(offering=self.subject).order_by("-number")
        if not may_change(self.subject, self.user):
            rows = rows.exclude(released_at=None)
        return answers.answer({"results": [_tell_form(row) for row in rows]})

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """One domain call: keep, or keep and release."""
        return self.once(self._keep)

    def _keep(self) -> HttpResponse:
        raw = self.fields()
        given = fields.read(raw, {"fields": lambda v: v, "release": fields.flag})
        if "fields" not in given:
            raise Invalid({"fields": [_("This is needed.")]})
        form = forms.write_form(
            offering=self.subject,
            by=self.user,
            at=self.at,
            fields=given["fields"],
            release=given.get("release", False),
        )
        return answers.answer(_tell_form(form), status=201)


class PictureView(OfferingView):
    """`/offerings/<slug>/picture/`; a page shows it at the address `picture` names."""

    http_method_names = ["put", "delete", "options"]
    docs = {
        "put": Doc(
            "Show this picture: PNG, JPEG or WebP, at most 200 KB",
            obj({"picture": OPTIONAL_TEXT}),
            body=obj({"content": {"type": "string", "description": "base64"}}),
            needs_body=True,
        ),
        "delete": Doc("Show its icon again", None, status=204),
    }

    def put(self, request: Any, **kwargs: Any) -> HttpResponse:
        """Another one."""
        given = fields.read(self.fields(), {"content": content})
        if "content" not in given:
            raise Invalid({"content": [_("This is needed.")]})
        file = ContentFile(given["content"], name="picture")
        row = pictures.set_picture(
            offering=self.subject, by=self.user, at=self.at, file=file
        )
        return answers.answer({"picture": pictures.url(row)})

    def delete(self, request: Any, **kwargs: Any) -> HttpResponse:
        """None."""
        self.check_query()
        pictures.remove_picture(offering=self.subject, by=self.user, at=self.at)
        return HttpResponse(status=204)


def _recurring(user: User) -> QuerySet[Recurring]:
    return recurring.visible_to(user).select_related("offering", "requester", "by")


def _tell_recurring(row: Recurring) -> Mapping[str, Any]:
    return {
        "id": row.pk,
        "offering": row.offering.slug,
        "requester": row.requester.email,
        "ordered_by": row.by.email,
        "every_months": row.months,
        "next_on": row.next_on.isoformat(),
        "created_at": row.created_at,
        "ended_at": row.ended_at,
        "ended_why": row.ended_why or None,
    }


RECURRING_SHAPE: dict[str, Schema] = {
    "id": WHOLE,
    "offering": TEXT,
    "requester": TEXT,
    "ordered_by": TEXT,
    "every_months": WHOLE,
    "next_on": DAY,
    "created_at": INSTANT,
    "ended_at": OPTIONAL_INSTANT,
    "ended_why": OPTIONAL_TEXT,
}
RECURRING = Resource(
    name="recurring",
    shape="Recurring",
    key="pk",
    rows=_recurring,
    tell=_tell_recurring,
    told=RECURRING_SHAPE,
    order=Order(columns={"id": "pk", "next_on": "next_on"}, first="id"),
    filters=(named("offering", "offering__slug"),),
)


class EndView(ApiView):
    """`POST /recurring/<id>/end/`."""

    collection = "recurring"
    docs = {
        "post": Doc(
            "It does not come again",
            {"$ref": "#/components/schemas/Recurring"},
            body=obj({}),
            is_keyed=True,
        )
    }

    def find(self, id: int = 0, **kwargs: Any) -> Recurring:
        """One of theirs, or Http404."""
        found = _recurring(self.user).filter(pk=id).first()
        if found is None:
            raise Http404(_("There is no such order for you."))
        return found

    def post(self, request: Any, **kwargs: Any) -> HttpResponse:
        """End it."""
        return self.once(self._end)

    def _end(self) -> HttpResponse:
        fields.read(self.fields(), {})
        recurring.end(recurring=self.subject, by=self.user, at=self.at)
        return answers.answer(
            _tell_recurring(_recurring(self.user).get(pk=self.subject.pk))
        )


def _charges(user: User) -> QuerySet[Charge]:
    if not allows(user, "charge.see"):
        return Charge.objects.none()
    return Charge.objects.select_related("offering", "ticket")


def _tell_charge(row: Charge) -> Mapping[str, Any]:
    return {
        "id": row.pk,
        "at": row.at,
        "cost_centre": row.cost_centre,
        "amount": str(row.amount),
        "currency": row.currency,
        "basis": row.basis,
        "offering": row.offering.slug,
        "request": row.ticket.number,
    }


CHARGES = Resource(
    name="charges",
    shape="Charge",
    key="pk",
    rows=_charges,
    tell=_tell_charge,
    told={
        "id": WHOLE,
        "at": INSTANT,
        "cost_centre": TEXT,
        "amount": TEXT,
        "currency": TEXT,
        "basis": one_of(*Price.Basis.values),
        "offering": TEXT,
        "request": TEXT,
    },
    order=Order(columns={"id": "pk", "at": "at"}, first="id"),
    filters=(
        named("cost_centre", "cost_centre"),
        named("offering", "offering__slug"),
        since("since", "at"),
    ),
)


def _tell_shelf(row: OfferingCategory) -> Mapping[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        "icon": row.icon,
        "position": row.position,
        "is_active": row.is_active,
    }


def _place(value: Any) -> int:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not 0 <= value <= 1000:
        raise ValueError(_("Send a whole number, 0 to 1000."))
    return int(value)


SHELF: Mapping[str, fields.Reader] = {
    "name": fields.NAME,
    "icon": fields.text(40),
    "position": _place,
    "is_active": fields.flag,
}


def _make_shelf(raw: Mapping[str, Any], *, by: User, at: datetime) -> OfferingCategory:
    given = {"name": "", **fields.read(raw, SHELF)}
    return shelves.create_shelf(by=by, at=at, **given)


def _change_shelf(
    row: OfferingCategory, raw: Mapping[str, Any], *, by: User, at: datetime
) -> OfferingCategory:
    return shelves.change_shelf(shelf=row, by=by, at=at, **fields.read(raw, SHELF))


def _shelves(user: User) -> QuerySet[OfferingCategory]:
    rows = OfferingCategory.objects.all()
    return rows if user.is_staff else rows.filter(is_active=True)


SHELF_SHAPE: dict[str, Schema] = {
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "icon": {"type": "string", "maxLength": 40},
    "position": {"type": "integer", "minimum": 0, "maximum": 1000},
    "is_active": FLAG,
}
SHELVES = Resource(
    name="shelves",
    shape="Shelf",
    key="slug",
    rows=_shelves,
    tell=_tell_shelf,
    told={
        "slug": TEXT,
        "name": TEXT,
        "icon": TEXT,
        "position": WHOLE,
        "is_active": FLAG,
    },
    order=BY_SLUG,
    filters=(containing("q", "name"),),
    create=_make_shelf,
    change=_change_shelf,
    may_write=lambda user, row: require(user, "offering.change"),
    taken=SHELF_SHAPE,
    required=("name",),
)


def urls() -> list[URLPattern]:
    """The addresses of the catalogue besides offerings themselves."""
    here = "offerings/<str:key>/"
    return [
        path(f"{here}prices/", PricesView.as_view()),
        path(f"{here}prices/<int:id>/", PriceView.as_view()),
        path(f"{here}forms/", FormsView.as_view()),
        path(f"{here}picture/", PictureView.as_view()),
        *routes(SHELVES),
        *routes(RECURRING),
        path("recurring/<int:id>/end/", EndView.as_view()),
        *routes(CHARGES),
    ]
