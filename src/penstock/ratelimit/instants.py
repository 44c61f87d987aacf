"""Dates and durations as services write them in header fields. Text in, a number or None out; never an exception."""

from __future__ import annotations

import calendar
import re

LONGEST_TEXT = 64  # no date or number is longer; what is, is not looked at
LONGEST_S = 10 * 366 * 86_400.0  # beyond ten years it is not a wait but a mistake

_MONTH_NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"  # whatever language this machine speaks
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES.split(), 1)}
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_LONG_DAY = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)"
_MONTH = f"({_MONTH_NAMES.replace(' ', '|')})"
_TIME = "([0-9]{2}):([0-9]{2}):([0-9]{2})"
# RFC 9110 §5.6.7: IMF-fixdate, and the two obsolete forms a recipient must accept.
_IMF = re.compile(f"{_DAY}, ([0-9]{{2}}) {_MONTH} ([0-9]{{4}}) {_TIME} GMT")
_RFC_850 = re.compile(f"{_LONG_DAY}, ([0-9]{{2}})-{_MONTH}-([0-9]{{2}}) {_TIME} GMT")
_ASCTIME = re.compile(f"{_DAY} {_MONTH} ([0-9]{{2}}| [0-9]) {_TIME} ([0-9]{{4}})")
_ISO = re.compile(
    "([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})([.,][0-9]{1,9})?"
    "([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_NUMBER = re.compile(r"[+-]?[0-9]{1,17}(?:\.[0-9]{0,9})?")
_DURATION = re.compile(  # "6m0s", "1h2m3.5s", "120ms", "1d": Go's notation, with days
    r"(?:([0-9]{1,6})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m(?!s))?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)s)?"
    r"(?:([0-9]{1,12}(?:\.[0-9]{1,9})?)ms)?"
)


def parse_number(text: str) -> float | None:
    """Return a plain decimal number; the first of a list ("100, 100;w=60")."""
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT]
    text = text.partition(",")[0].partition(";")[0].strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def parse_http_date(text: str, *, wall: float) -> float | None:
    """Return the seconds since 1970 of an HTTP date in any of its three forms (RFC 9110 §5.6.7), as UTC.

    A year of two digits is taken to be the one that is not more than 50 years after `wall`.
    """
    text = text.strip() if len(text) <= LONGEST_TEXT else ""
    if match := _IMF.fullmatch(text):
        day, month, year, *clock = match.groups()
    elif match := _RFC_850.fullmatch(text):
        day, month, short, *clock = match.groups()
        this_year = 1970 + int(wall // (365.2425 * 86_400))
        full = this_year - this_year % 100 + int(short)
        year = str(full - 100 if full > this_year + 50 else full)
    elif match := _ASCTIME.fullmatch(text):
        month, day, *clock, year = match.groups()
    else:
        return None
    return _instant(int(year), _MONTHS[month], int(day), *map(int, clock))


def parse_iso(text: str) -> float | None:
    """Return the seconds since 1970 of an ISO 8601 instant, as UTC where no offset is given."""
    match = _ISO.fullmatch(text.strip()) if len(text) <= LONGEST_TEXT else None
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    instant = _instant(*map(int, (year, month, day, hour, minute, second)))
    if instant is None:
        return None
    if fraction:
        instant += float(f"0.{fraction[1:]}")
    if offset and offset not in "Zz":
        hours, minutes = int(offset[1:3]), int(offset[-2:])
        instant -= (hours * 3600 + minutes * 60) * (-1 if offset[0] == "-" else 1)
    return instant


def _instant(year: int, month: int, day: int, hour: int, minute: int, second: int) -> float | None:
    if not (1 <= month <= 12 and hour < 24 and minute < 60 and second <= 60 and year >= 1970):
        return None
    if not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    return float(calendar.timegm((year, month, day, hour, minute, min(second, 59))))


def parse_duration(text: str) -> float | None:
    """Return the seconds of a duration with units: "6m0s" (OpenAI's), "120ms", "1h"."""
    text = text.strip()
    if not text or len(text) > LONGEST_TEXT or not (match := _DURATION.fullmatch(text)):
        return None
    days, hours, minutes, seconds, milliseconds = (float(part or 0) for part in match.groups())
    return days * 86_400 + hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
