"""What Salesforce answers and is asked, and what each means: data only.

Bodies as in https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm (2026-11).
"""

CREDENTIALS = [
    {
        "credential": {"access_token": "00Dxx!AQ", "instance_url": "https://acme.my.salesforce.com"},
        "authorization": "Bearer 00Dxx!AQ",
        "base": {"instance": "acme.my.salesforce.com"},
        "variant": "enterprise",
    },
    {
        "credential": {"token": "00Dxx!AQ", "instance": "acme--dev.sandbox.my.salesforce.com"},
        "authorization": "Bearer 00Dxx!AQ",
        "base": {"instance": "acme--dev.sandbox.my.salesforce.com", "plan": "developer"},
        "variant": "developer",
    },
    {"credential": {"access_token": "00Dxx!AQ"}, "base": {"instance": None}, "variant": "enterprise"},
]

BASES = [
    {
        "given": {"instance": "acme.my.salesforce.com"},
        "url": "https://acme.my.salesforce.com/services/data/v67.0",
        "headers": {},
    },
    {
        "given": {"instance": "acme.my.salesforce.com", "version": "v60.0"},
        "url": "https://acme.my.salesforce.com/services/data/v60.0",
        "headers": {},
    },
]


def _error(code: str, message: str) -> list:
    return [{"errorCode": code, "message": message}]


ANSWERS = [
    {
        "why": "a success, with the day's use",
        "status": 201,
        "headers": {"sforce-limit-info": "api-usage=10018/100000"},
        "body": {"id": "001xx000003DGb2AAG", "success": True, "errors": []},
        "verdict": "success",
        "hint": {"limit": 100000.0, "remaining": 89982.0, "scope": "api-usage", "reset_in_s": None, "retry_after_s": None},
    },
    {
        "why": "the app's own use beside the org's is not taken for it",
        "status": 204,
        "headers": {"sforce-limit-info": "per-app-api-usage=17/250(appName=penstock), api-usage=18/5000"},
        "body": "",
        "verdict": "success",
        "hint": {"limit": 5000.0, "remaining": 4982.0},
    },
    {
        "why": "too many long calls at once: a 403, and not a missing permission",
        "status": 403,
        "body": _error("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded."),
        "verdict": "throttled",
        "means": 429,
        "has_hint": True,
    },
    {
        "why": "the calls of the last 24 hours are used up: leave it alone for hours, not seconds",
        "status": 403,
        "headers": {"sforce-limit-info": "api-usage=100001/100000"},
        "body": _error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        "verdict": "throttled",
        "means": 429,
        "hint": {"retry_after_s": 7200.0, "remaining": 0.0, "scope": "api-usage"},
        "code": "REQUEST_LIMIT_EXCEEDED",
        "has_hint": True,
    },
    {
        "why": "a missing permission is a 403 too",
        "status": 403,
        "body": _error("API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."),
        "verdict": "permanent",
        "means": 403,
        "has_hint": True,
    },
    {
        "why": "another call holds the record: nothing was done",
        "status": 400,
        "body": _error("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record or 1 records"),
        "verdict": "transient",
        "has_hint": True,
    },
    {
        "why": "an ended session",
        "status": 401,
        "body": _error("INVALID_SESSION_ID", "Session expired or invalid"),
        "verdict": "auth",
        "message": "Session expired or invalid",
        "code": "INVALID_SESSION_ID",
        "has_hint": True,
    },
    {
        "why": "a duplicate rule",
        "status": 400,
        "body": _error("DUPLICATES_DETECTED", "Use one of these records?"),
        "verdict": "permanent",
        "has_hint": True,
    },
    {
        "why": "a flow that failed",
        "status": 200,
        "body": [{"actionName": "Send_Offer", "isSuccess": False, "outputValues": None,
                  "errors": [{"statusCode": "REQUIRED_FIELD_MISSING", "message": "Missing required input parameter: to"}]}],
        "verdict": "permanent",
        "means": 400,
        "code": "REQUIRED_FIELD_MISSING",
        "message": "Missing required input parameter: to",
        "has_hint": True,
    },
    {
        "why": "a collection: the rows are told apart in the answer",
        "status": 200,
        "body": [{"success": False, "errors": [{"statusCode": "MALFORMED_ID", "message": "bad id"}]},
                 {"id": "003xx000004TmiQAAS", "success": True, "errors": []}],
        "verdict": "success",
    },
    {
        "why": "a composite call of which nothing succeeded",
        "status": 200,
        "body": {"compositeResponse": [{"body": _error("INVALID_FIELD", "No such column 'Nme'"), "httpStatusCode": 400,
                                        "referenceId": "one"}]},
        "verdict": "permanent",
        "means": 400,
        "code": "INVALID_FIELD",
        "has_hint": True,
    },
    {
        "why": "the token end point's errors are no lists",
        "status": 400,
        "body": {"error": "invalid_grant", "error_description": "expired authorization code"},
        "verdict": "permanent",
        "message": "expired authorization code",
    },
    {
        "why": "their failure",
        "status": 500,
        "body": _error("UNKNOWN_EXCEPTION", "An unexpected error occurred."),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
    {
        "why": "too busy",
        "status": 503,
        "body": _error("SERVER_UNAVAILABLE", "The server is too busy."),
        "verdict": {"resendable": "transient", "otherwise": "uncertain"},
    },
]  # fmt: skip

_BASE = "https://acme.my.salesforce.com/services/data/v67.0"

REQUESTS = [
    {
        "operation": "contacts.create",
        "given": {"LastName": "Lovelace", "Email": "ada@example.com", "Phone": 33123456789.0, "Title": float("nan"),
                  "Level__c": "A"},
        "url": f"{_BASE}/sobjects/Contact",
        "body": {"LastName": "Lovelace", "Email": "ada@example.com", "Phone": "33123456789", "Level__c": "A"},
        "is_resendable": False,
    },
    {
        "operation": "contacts.upsert",
        "given": {"externalIdField": "Customer_Id__c", "externalId": 12.0, "LastName": "Lovelace"},
        "url": f"{_BASE}/sobjects/Contact/Customer_Id__c/12",
        "body": {"LastName": "Lovelace"},
        "is_resendable": True,
    },
    {
        "operation": "accounts.list",
        "given": {"fields": ["Id", "Name"], "where": "Industry = 'Energy'", "order_by": "Name", "limit": 10.0},
        "url": f"{_BASE}/query?q=SELECT+Id%2C+Name+FROM+Account+WHERE+Industry+%3D+%27Energy%27+ORDER+BY+Name+LIMIT+10",
        "is_resendable": True,
    },
    {"operation": "users.list", "given": {}, "url": f"{_BASE}/query?q=SELECT+FIELDS%28STANDARD%29+FROM+User"},
    {
        "operation": "records.create",
        "given": {"object": "Invoice__c", "Amount__c": 10.5},
        "url": f"{_BASE}/sobjects/Invoice__c",
        "body": {"Amount__c": 10.5},
    },
    {
        "operation": "attachments.create",
        "given": {"ParentId": "001xx", "Name": "a.txt", "Body": b"hello"},
        "body": {"ParentId": "001xx", "Name": "a.txt", "Body": "aGVsbG8="},
    },
    {
        "operation": "bulk_jobs.upload",
        "given": {"job_id": "750xx", "csv": "LastName\nLovelace\n"},
        "url": f"{_BASE}/jobs/ingest/750xx/batches",
        "body": "LastName\nLovelace\n",
        "headers": {"Content-Type": "text/csv"},
        "is_resendable": False,
    },
    {
        "operation": "collections.delete",
        "given": {"ids": ["001xx", "001xy"], "allOrNone": False},
        "url": f"{_BASE}/composite/sobjects?ids=001xx%2C001xy&allOrNone=false",
    },
]  # fmt: skip

REFUSED = [
    {"operation": "leads.create", "given": {"LastName": "Lovelace"}, "says": "needs Company"},
    {
        "operation": "contacts.create",
        "given": {"LastName": "L", "First_Name": "Ada"},
        "says": "Did you mean FirstName?",
    },
    {"operation": "accounts.get", "given": {"Id": "001xx"}, "says": "Did you mean id?"},
    {
        "operation": "bulk_jobs.create",
        "given": {"object": "Account", "operation": "add"},
        "says": "one of insert",
    },
]

PAGES = [
    {
        "operation": "query.soql",
        "asked": {"q": "SELECT Id FROM Account"},
        "body": {"totalSize": 3, "done": False, "nextRecordsUrl": "/services/data/v67.0/query/01gxx-2000",
                 "records": [{"Id": "001xx"}, {"Id": "001xy"}]},
        "items": [{"Id": "001xx"}, {"Id": "001xy"}],
        "next_url": "/services/data/v67.0/query/01gxx-2000",
    },
    {
        "operation": "accounts.list",
        "asked": {"q": "SELECT Id FROM Account"},
        "body": {"totalSize": 3, "done": True, "records": [{"Id": "001xz"}]},
        "items": [{"Id": "001xz"}],
    },
]  # fmt: skip
