"""QuickBooks Online as the sandbox plays it: a company whose objects have SyncTokens, asked for in its own SQL.

Sources: the pages named in integrations/quickbooks.py; what python-quickbooks sends and reads. Bookings between accounts,
tax and mails are not played; an invoice's total is that of its lines, and payments pay off the invoices they link to.
"""

from __future__ import annotations

from penstock.integrations.quickbooks import integration
from penstock.sandbox.rest.shape import Refusal, Shape
from penstock.sandbox.rest.turn import Turn
from penstock.sandbox.rest.vendor import RestVendor
from penstock.sandbox.vendors import Setup, Vendor
from penstock.sandbox.vendors.quickbooks import books, query
from penstock.sandbox.wire import Answer, Json, json_answer

REALM = "4620816365291273090"


def open_vendor(setup: Setup) -> Vendor:
    """Return QuickBooks."""
    return RestVendor(setup, integration, SHAPE)


def _error(refusal: Refusal) -> Answer:
    if refusal.kind == "unauthorized":
        said = {"message": "message=AuthenticationFailed; errorCode=003200; statusCode=401", "detail": refusal.message,
                "code": refusal.code, "element": None}  # fmt: skip
        return json_answer(
            401,
            {"warnings": None, "intuitObject": None, "fault": {"error": [said], "type": "AUTHENTICATION"}},
        )
    return json_answer(
        refusal.status, {"Fault": books.say_fault(refusal), "time": "2026-11-24T12:00:00.000-08:00"}
    )


def _report(turn: Turn) -> Json:
    name = turn.request.path.rpartition("/")[2]
    header = {"ReportName": name, "ReportBasis": turn.query.get("accounting_method", "Accrual"), "Currency": "USD",
              "StartPeriod": turn.query.get("start_date"), "EndPeriod": turn.query.get("end_date")}  # fmt: skip
    columns = [{"ColTitle": "", "ColType": "Account"}, {"ColTitle": "Total", "ColType": "Money"}]
    return {"Header": header, "Columns": {"Column": columns}, "Rows": {"Row": []}}


SHAPE = Shape(
    key="eyJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.sandbox{name}",
    parameters={"realm_id": REALM},
    seed=books.seed,
    error=_error,
    keeps=("DisplayName", "DocNumber", "Name", "TotalAmt", "CompanyName"),
    refusals={
        "unauthorized": (401, "3200", "Token expired: AB01"),
        "forbidden": (403, "5020", "Permission Denied Error"),
        "not_found": (400, "610", "Object Not Found : Something you're trying to use has been made inactive: {what}"),
        "no_route": (404, "404", "No resource found at {what}"),
        "invalid": (400, "2020", "Required parameter {what} is missing in the request"),
        "key_reuse": (400, "6000", "A business validation error has occurred: requestid {what} was used for another request"),
        "throttled": (429, "003001", "message=ThrottleExceeded; errorCode=003001; statusCode=429"),
        "failed": (500, "10000", "An application error has occurred while processing your request"),
    },
    handlers={
        **dict.fromkeys((one.name for one in integration.operations if one.name.endswith(".create")), books.write),
        **dict.fromkeys((one.name for one in integration.operations if one.name.endswith(".get")), books.read),
        **dict.fromkeys((one.name for one in integration.operations if one.name.endswith(".query")), query.answer_query),
        **dict.fromkeys((one.name for one in integration.operations if one.name.endswith(".send")), books.send),
        **dict.fromkeys((one.name for one in integration.operations if one.name.startswith("reports.")), _report),
        "invoices.pdf": books.print_invoice,
        "query.run": query.answer_query,
        "batch.run": query.run_batch,
        "changes.list": query.list_changes,
    },
    routes={"POST /query": "query.run"},
)  # fmt: skip
