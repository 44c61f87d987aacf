"""What QuickBooks answers and is asked, and what each means: data only.

Bodies as in https://developer.intuit.com/app/developer/qbo/docs/develop/troubleshooting/error-codes (2026-11).
"""

CREDENTIALS = [
    {
        "credential": {"access_token": "eyJlbmMi", "realm_id": "1185883450"},
        "authorization": "Bearer eyJlbmMi",
        "base": {"realm_id": "1185883450"},
        "variant": "builder",
    },
    {
        "credential": {"token": "eyJlbmMi"},
        "authorization": "Bearer eyJlbmMi",
        "base": {"realm_id": None, "plan": "paid"},
        "variant": "paid",
    },
]

BASES = [
    {
        "given": {"realm_id": "1185883450"},
        "url": "https://quickbooks.api.intuit.com/v3/company/1185883450",
        "headers": {"Accept": "application/json"},
    },
    {
        "given": {"realm_id": "9341", "host": "sandbox-quickbooks"},
        "url": "https://sandbox-quickbooks.api.intuit.com/v3/company/9341",
        "headers": {},
    },
]


def _fault(code: str, message: str, detail: str | None = None, kind: str = "ValidationFault") -> dict:
    return {
        "Fault": {"Error": [{"Message": message, "Detail": detail or message, "code": code}], "type": kind}
    }


ANSWERS = [
    {"why": "a success", "status": 200, "body": {"Customer": {"Id": "67", "SyncToken": "0"}}, "verdict": "success"},
    {
        "why": "too fast: a minute to wait, which nothing says",
        "status": 429,
        "body": _fault("003001", "message=ThrottleExceeded; errorCode=003001; statusCode=429", kind="THROTTLING"),
        "verdict": "throttled",
        "hint": {"retry_after_s": 60.0},
        "has_hint": True,
    },
    {
        "why": "a time they do say goes first",
        "status": 429,
        "headers": {"retry-after": "5"},
        "body": "",
        "verdict": "throttled",
        "hint": {"retry_after_s": 5.0},
    },
    {
        "why": "the code for rate under another status",
        "status": 403,
        "body": _fault("003001", "ThrottleExceeded", kind="THROTTLING"),
        "verdict": "throttled",
        "means": 429,
        "hint": {"retry_after_s": 60.0},
    },
    {
        "why": "an ended token, in small letters",
        "status": 401,
        "body": {"warnings": None, "fault": {"error": [{"message": "message=AuthenticationFailed", "detail": "Token expired",
                 "code": "3200"}], "type": "AUTHENTICATION"}},
        "verdict": "auth",
        "message": "Token expired",
        "code": "3200",
        "has_hint": True,
    },
    {
        "why": "a stale SyncToken",
        "status": 400,
        "body": _fault("5010", "Stale Object Error", "Stale Object Error : You and root were working on this at the same time."),
        "verdict": "permanent",
        "code": "5010",
        "has_hint": True,
    },
    {
        "why": "the name is taken",
        "status": 400,
        "body": _fault("6240", "Duplicate Name Exists Error"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a batch of which nothing succeeded",
        "status": 200,
        "body": {"BatchItemResponse": [{"bId": "1", **_fault("6240", "Duplicate Name Exists Error")}], "time": "2026-11-23"},
        "verdict": "permanent",
        "means": 400,
        "code": "6240",
        "has_hint": True,
    },
    {
        "why": "a batch of which something succeeded: the rows are told apart in the answer",
        "status": 200,
        "body": {"BatchItemResponse": [{"bId": "1", "Customer": {"Id": "1"}}, {"bId": "2", **_fault("6240", "Duplicate")}]},
        "verdict": "success",
    },
    {
        "why": "their failure",
        "status": 500,
        "body": _fault("10000", "An application error has occurred", kind="SystemFault"),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
        "code": "10000",
    },
]  # fmt: skip

_BASE = "https://quickbooks.api.intuit.com/v3/company/1185883450"
_LINES = [
    {"Amount": 100.0, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
]

REQUESTS = [
    {
        "operation": "customers.create",
        "given": {"DisplayName": "Ada", "PrimaryEmailAddr": "ada@example.com", "PrimaryPhone": 33123456789.0, "Notes": None},
        "url": f"{_BASE}/customer?requestid=KEY",
        "body": {"DisplayName": "Ada", "PrimaryEmailAddr": {"Address": "ada@example.com"},
                 "PrimaryPhone": {"FreeFormNumber": "33123456789"}},
        "is_resendable": True,
    },
    {
        "operation": "customers.update",
        "given": {"Id": 67, "SyncToken": 0, "Notes": "good"},
        "url": f"{_BASE}/customer?requestid=KEY",
        "body": {"sparse": True, "Id": "67", "SyncToken": "0", "Notes": "good"},
    },
    {
        "operation": "customers.update",
        "given": {"Id": 67, "SyncToken": 0, "sparse": False},
        "body": {"sparse": False, "Id": "67", "SyncToken": "0"},
    },
    {
        "operation": "invoices.create",
        "given": {"CustomerRef": 67.0, "ClassRef": '{"value": "9", "name": "Shop"}', "Line": _LINES,
                  "BillEmail": {"Address": "ada@example.com"}, "CurrencyRef": float("nan")},
        "body": {"CustomerRef": {"value": "67"}, "ClassRef": {"value": "9", "name": "Shop"}, "Line": _LINES,
                 "BillEmail": {"Address": "ada@example.com"}},
    },
    {
        "operation": "invoices.delete",
        "given": {"Id": "145", "SyncToken": "2"},
        "url": f"{_BASE}/invoice?operation=delete&requestid=KEY",
        "body": {"Id": "145", "SyncToken": "2"},
    },
    {
        "operation": "invoices.send",
        "given": {"id": "145", "sendTo": "ada@example.com"},
        "url": f"{_BASE}/invoice/145/send?sendTo=ada%40example.com",
        "headers": {"Content-Type": "application/octet-stream"},
        "body": "",
        "is_resendable": False,
    },
    {
        "operation": "customers.query",
        "given": {"where": "Balance > '0'", "order_by": "DisplayName", "columns": ["Id", "DisplayName"]},
        "url": f"{_BASE}/query?query=select+Id%2C+DisplayName+from+Customer+where+Balance+%3E+%270%27+orderby+DisplayName"
        "+startposition+1+maxresults+1000",
    },
    {
        "operation": "customers.query",
        "given": {"query": "select count(*) from Customer"},
        "url": f"{_BASE}/query?query=select+count%28%2A%29+from+Customer",
    },
    {"operation": "company.get", "given": {}, "url": f"{_BASE}/query?query=select+*+from+CompanyInfo"},
]  # fmt: skip

REFUSED = [
    {"operation": "invoices.create", "given": {"CustomerRef": "67"}, "says": "needs Line"},
    {"operation": "customers.update", "given": {"Id": "67", "Notes": "good"}, "says": "needs SyncToken"},
    {"operation": "customers.create", "given": {"DisplayNme": "Ada"}, "says": "Did you mean DisplayName?"},
    {"operation": "query.run", "given": {}, "says": "needs query"},
]

_ASKED = "select * from Customer startposition 1 maxresults 2"

PAGES = [
    {
        "operation": "customers.query",
        "asked": {"query": _ASKED},
        "body": {"QueryResponse": {"Customer": [{"Id": "1"}, {"Id": "2"}], "startPosition": 1, "maxResults": 2}},
        "items": [{"Id": "1"}, {"Id": "2"}],
        "next": {"query": "select * from Customer startposition 3 maxresults 2"},
    },
    {
        "operation": "customers.query",
        "asked": {"query": "select * from Customer startposition 3 maxresults 2"},
        "body": {"QueryResponse": {"Customer": [{"Id": "3"}], "startPosition": 3, "maxResults": 1}},
        "items": [{"Id": "3"}],
    },
    {"operation": "customers.query", "asked": {"query": _ASKED}, "body": {"QueryResponse": {}, "time": "x"}, "items": []},
    {
        "operation": "query.run",
        "asked": {"query": "select * from Invoice STARTPOSITION 1 MAXRESULTS 1"},
        "body": {"QueryResponse": {"Invoice": [{"Id": "145"}], "startPosition": 1, "maxResults": 1}},
        "items": [{"Id": "145"}],
        "next": {"query": "select * from Invoice startposition 2 MAXRESULTS 1"},
    },
]  # fmt: skip
