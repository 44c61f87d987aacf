"""Shopify's search syntax as far as lists commonly use it: field:value, comparisons, words, AND and OR."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from penstock.sandbox.state import Record

Test = Callable[[Record], bool]
_TERM = re.compile(r"""(-)?(?:(\w+):)?([<>]=?)?(?:"([^"]*)"|'([^']*)'|(\S+))""")
_FIELDS = {
    "created_at": "createdAt",
    "updated_at": "updatedAt",
    "processed_at": "processedAt",
    "product_type": "productType",
    "first_name": "firstName",
    "last_name": "lastName",
    "financial_status": "displayFinancialStatus",
    "fulfillment_status": "displayFulfillmentStatus",
    "tag": "tags",
    "id": "legacyResourceId",
    "customer_id": "customer_number",
}
_WORDS = {
    "Product": ("title", "handle", "vendor", "productType"),
    "ProductVariant": ("title", "sku", "barcode"),
    "Customer": ("firstName", "lastName", "email", "phone"),
    "Order": ("name", "email"),
    "DraftOrder": ("name", "email"),
}


def read_search(text: str | None, kind: str) -> tuple[Test | None, str | None]:
    """Return the test a search makes, None for no search, and the e-mail all its finds must have, if there is one."""
    if not text or not text.strip():
        return None, None
    branches = re.split(r"\s+OR\s+", text.strip())
    read = [_read_branch(branch, kind) for branch in branches]
    emails = [email for _, email in read]
    email = emails[0] if len(read) == 1 and kind == "Customer" else None
    if len(read) == 1:
        return read[0][0], email
    tests = [test for test, _ in read]
    return (lambda record: any(test(record) for test in tests)), None


def _read_branch(text: str, kind: str) -> tuple[Test, str | None]:
    tests: list[Test] = []
    email: str | None = None
    for negated, name, operator, double, single, plain in _TERM.findall(re.sub(r"\s+AND\s+", " ", text)):
        value = double or single or plain
        test = _compare(name, operator, value) if name else _contains(value, kind)
        if negated:
            test = _not(test)
        elif name == "email" and not operator and "*" not in value:
            email = value.lower()
        tests.append(test)
    return (lambda record: all(test(record) for test in tests)), email


def _not(test: Test) -> Test:
    return lambda record: not test(record)


def _contains(word: str, kind: str) -> Test:
    word = word.lower().rstrip("*")
    names = _WORDS.get(kind, ("title", "name"))
    return lambda record: any(word in str(record.get(name) or "").lower() for name in names)


def _compare(name: str, operator: str, value: str) -> Test:
    field = _FIELDS.get(name, name)
    wanted = value.lower()

    def test(record: Record) -> bool:
        known: Any = record.get(field)
        if isinstance(known, list):
            return any(str(element).lower() == wanted for element in known)
        text = "" if known is None else str(known).lower()
        if operator:
            return _is_beyond(text, operator, wanted)
        if wanted.endswith("*"):
            return text.startswith(wanted[:-1])
        if field.endswith("At"):
            return text.startswith(wanted)
        return text == wanted

    return test


def _is_beyond(text: str, operator: str, wanted: str) -> bool:
    if not text:
        return False
    try:
        left: Any = float(text)
        right: Any = float(wanted)
    except ValueError:
        left, right = text, wanted
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator])
