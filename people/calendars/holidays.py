"""Public holidays by country and region, from the `holidays` package.

It is imported at first use: it brings a module for each country, which a process that
never looks at holidays does not carry.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.core import UnknownLocaleError

from core.reader import gettext as _

BACK, AHEAD = 10, 30  # years that a version holds
LANGUAGES = {"en": "en_US"}


def dates(country: str, region: str, years: Iterable[int]) -> list[date]:
    """The public holidays of some years, in order; none without a country.

    ValueError with a sentence for a country or region that is not known.
    """
    if not country:
        return []
    _check(country, region)
    return sorted(_of(country, region, tuple(years), ""))


def names(
    country: str, region: str, year: int, language: str = ""
) -> Mapping[date, str]:
    """What the public holidays of a year are called, in the language where it is known
    in that country, else as people there say it."""
    if not country:
        return {}
    return _of(country, region, (year,), language)


@lru_cache(maxsize=256)
def _of(
    country: str, region: str, years: tuple[int, ...], language: str
) -> Mapping[date, str]:
    import holidays

    known: Any = type(holidays.country_holidays(country))
    wanted = LANGUAGES.get(language, language)
    spoken = wanted if wanted in known.supported_languages else known.default_language
    found = holidays.country_holidays(
        country, subdiv=region or None, years=years, language=spoken
    )
    return {day: name for day, name in found.items() if day.year in years}


@lru_cache(maxsize=1)
def places() -> Mapping[str, Mapping[str, str]]:
    """Every country with its regions by code, each with its name."""
    import holidays

    found = {}
    for country, codes in holidays.list_supported_countries(
        include_aliases=False
    ).items():
        known: Any = holidays.country_holidays(country)
        aliases: Mapping[str, str] = getattr(known, "subdivisions_aliases", {})
        called: dict[str, str] = {}
        for name, code in aliases.items():
            called.setdefault(code, name)
        found[country] = {code: called.get(code, code) for code in codes}
    return found


def country_name(country: str, language: str) -> str:
    """A country in a language; its code where nobody named it."""
    try:
        locale = Locale.parse(language or "en", sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    return str(locale.territories.get(country, country))


def place_name(country: str, region: str, language: str) -> str:
    """Berlin, Germany; or the country alone."""
    name = country_name(country, language)
    region_name = places().get(country, {}).get(region, region)
    return f"{region_name}, {name}" if region else name


def _check(country: str, region: str) -> None:
    known = places()
    if country not in known:
        raise ValueError(
            _("Holidays of “%(country)s” are not known.") % {"country": country}
        )
    if region and region not in known[country]:
        words = {"region": region, "country": country}
        raise ValueError(_("“%(region)s” is no region of %(country)s.") % words)
