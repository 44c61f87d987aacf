"""QuickBooks Online: customers, invoices, payments, bills of a company's books (Accounting API v3).

docs        https://developer.intuit.com/app/developer/qbo/docs/api/accounting/most-commonly-used/account
checked     2026-11, v3; minorversion may be left out, all calls are answered as of 75 since 2025-08
quirks      Names begin with a capital: DisplayName, CustomerRef. An update is a POST of the object with its Id and its
            SyncToken as it is now, an older one is refused (5010); without sparse, what is not sent is cleared, so
            sparse=True is sent here. Lists are asked for in a language like SQL, 1,000 rows at most at a time:
            customers.query(where="Balance > '0'"), with ' inside a text written as \\'. A call is known again by
            requestid in the address. Throttled means a minute to wait, and nothing says so. A batch answers 200 with
            faults inside; a 401 writes its fault in small letters. The refresh token changes about once a day: keep
            the one that came last, an older one ends the connection. realm_id is the company, and comes with the
            sign-in's answer. The sandbox is another host: host="sandbox-quickbooks".
unverified  how long a requestid is remembered (a day is ours), and that updates and deletes know it; the code 003001; ten
            calls a second or ten at once (a second is declared); limits of changes.list; names in CloudEvents; that the
            pdf comes although JSON is asked for beside it; the paths, as there is no description.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from penstock.catalog.check import is_missing
from penstock.catalog.definition import (
    BaseParameter,
    ErrorShape,
    Idempotency,
    Integration,
    Json,
    Limit,
    NextCall,
    OAuth2,
    Operation,
    RateLimitHint,
    Response,
    Signature,
    WebhookSource,
    dig,
    fields,
    read,
)

_RATES = "https://developer.intuit.com/app/developer/qbo/docs/learn/limits-and-throttles, 2026-11"
_PAGE_SIZE = 1000
_WAIT_S = 60.0
_POSITION = re.compile(r"\bstartposition\s+(\d+)", re.IGNORECASE)
_SIZE = re.compile(r"\bmaxresults\s+(\d+)", re.IGNORECASE)
_ENTITIES = {
    "accounts": "Account", "bills": "Bill", "customers": "Customer", "employees": "Employee", "estimates": "Estimate",
    "invoices": "Invoice", "items": "Item", "payments": "Payment", "purchases": "Purchase", "vendors": "Vendor",
}  # fmt: skip
_ADDRESSES = "BillAddr:object ShipAddr:object"
_PERSON = """
    GivenName MiddleName FamilyName Title Suffix PrintOnCheckName PrimaryPhone:object Mobile:object PrimaryEmailAddr:object
    BillAddr:object Active:boolean
"""
_CUSTOMER = f"""
    DisplayName CompanyName {_PERSON} ShipAddr:object AlternatePhone:object Fax:object WebAddr:object Notes Taxable:boolean
    DefaultTaxCodeRef:object ParentRef:object Job:boolean BillWithParent:boolean CurrencyRef:object SalesTermRef:object
    PaymentMethodRef:object PreferredDeliveryMethod CustomerTypeRef:object ResaleNum
"""
_VENDOR = f"""
    DisplayName CompanyName {_PERSON} AlternatePhone:object Fax:object WebAddr:object AcctNum Vendor1099:boolean TaxIdentifier
    TermRef:object CurrencyRef:object APAccountRef:object
"""
_EMPLOYEE = f"""
    DisplayName {_PERSON} SSN EmployeeNumber BirthDate HiredDate ReleasedDate Gender BillableTime:boolean BillRate:number
"""
_ITEM = """
    Type=Inventory|NonInventory|Service|Group|Category Description Active:boolean Taxable:boolean UnitPrice:number Sku
    PurchaseDesc PurchaseCost:number IncomeAccountRef:object ExpenseAccountRef:object AssetAccountRef:object
    TrackQtyOnHand:boolean QtyOnHand:number InvStartDate SubItem:boolean ParentRef:object SalesTaxIncluded:boolean
"""
_SALE = f"""
    DocNumber TxnDate {_ADDRESSES} BillEmail:object CustomerMemo:object PrivateNote CurrencyRef:object ExchangeRate:number
    ClassRef:object DepartmentRef:object SalesTermRef:object ShipMethodRef:object TxnTaxDetail:object CustomField:array
    GlobalTaxCalculation=TaxExcluded|TaxInclusive|NotApplicable ApplyTaxAfterDiscount:boolean EmailStatus PrintStatus
"""
_INVOICE = f"""
    {_SALE} DueDate ShipDate TrackingNum Deposit:number DepositToAccountRef:object LinkedTxn:array BillEmailCc:object
    BillEmailBcc:object AllowOnlineCreditCardPayment:boolean AllowOnlineACHPayment:boolean
"""
_ESTIMATE = f"{_SALE} ExpirationDate AcceptedBy AcceptedDate TxnStatus"
_BILL = """
    DocNumber TxnDate DueDate PrivateNote CurrencyRef:object ExchangeRate:number APAccountRef:object SalesTermRef:object
    DepartmentRef:object LinkedTxn:array TxnTaxDetail:object GlobalTaxCalculation
"""
_PAYMENT = """
    TxnDate PrivateNote PaymentRefNum PaymentMethodRef:object DepositToAccountRef:object ARAccountRef:object CurrencyRef:object
    ExchangeRate:number Line:array
"""
_REPORT = """
    start_date end_date date_macro accounting_method=Cash|Accrual summarize_column_by columns:csv customer vendor item
    account department class sort_by sort_order
"""
_MADE_WITH = {"PrimaryEmailAddr": "Address", "BillEmail": "Address", "BillEmailCc": "Address", "BillEmailBcc": "Address",
              "PrimaryPhone": "FreeFormNumber", "Mobile": "FreeFormNumber", "AlternatePhone": "FreeFormNumber",
              "Fax": "FreeFormNumber", "CustomerMemo": "value"}  # fmt: skip


def classify(response: Response) -> int | None:
    """Read the code for throttling under whatever status, and a batch of which nothing succeeded as refused."""
    if response.status == 200:
        if not response.body.startswith(b'{"BatchItemResponse"'):
            return None
        done = read(response, "BatchItemResponse")
        return 400 if isinstance(done, list) and done and all(dig(one, "Fault") for one in done) else None
    code = str(read(response, "Fault.Error.0.code")).lstrip("0")
    return 429 if code == "3001" and response.status in (400, 403) else None


def read_hint(response: Response) -> RateLimitHint | None:
    """Say that a refusal for rate lasts a minute: nothing in the answer does."""
    is_refused = response.status == 429 or classify(response) == 429
    return (
        RateLimitHint(retry_after_s=_WAIT_S) if is_refused and "retry-after" not in response.headers else None
    )


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write a list's query, and make of an id the reference, of an address the object that QuickBooks wants."""
    group, _, action = operation.rpartition(".")
    if action in ("query", "run") and group in (*_ENTITIES, "query"):
        return _write_query(_ENTITIES.get(group), parameters)
    for name, value in parameters.items():
        inner = "value" if name.endswith("Ref") else _MADE_WITH.get(name)
        if inner is None or value == "" or isinstance(value, (dict, list)) or is_missing(value):
            continue
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        if not text.lstrip().startswith("{"):
            parameters[name] = {inner: text}
    return parameters


def _write_query(entity: str | None, parameters: dict[str, Any]) -> dict[str, Any]:
    columns, where, order_by = (parameters.pop(name, None) for name in ("columns", "where", "order_by"))
    text = parameters.get("query")
    if not isinstance(text, str) or not text.strip():
        if entity is None:
            return parameters
        names = ", ".join(columns) if isinstance(columns, (list, tuple)) else columns
        text = f"select {names if isinstance(names, str) and names else '*'} from {entity}"
        text += f" where {where}" if isinstance(where, str) and where else ""
        text += f" orderby {order_by}" if isinstance(order_by, str) and order_by else ""
    if "count(*)" not in text.lower():
        text += "" if _POSITION.search(text) else " startposition 1"
        text += "" if _SIZE.search(text) else f" maxresults {_PAGE_SIZE}"
    parameters["query"] = text
    return parameters


def _ask_on(asked: Mapping[str, Any], answer: Json, rows: list[Any]) -> Mapping[str, Any] | None:
    """Begin the next page after the rows of this one; a page with fewer than asked for is the last."""
    text = str(asked.get("query", ""))
    position, size = _POSITION.search(text), _SIZE.search(text)
    if position is None or size is None or not rows or len(rows) < int(size[1]):
        return None
    return {**asked, "query": _POSITION.sub(f"startposition {int(position[1]) + len(rows)}", text)}


def _query(group: str) -> Operation:
    items = f"QueryResponse.{_ENTITIES[group]}"
    return Operation(
        f"{group}.query", "GET", "/query", fields("query where order_by columns:csv"), is_paginated=True, items=items,
        summary=f"All, or those where=\"MetaData.LastUpdatedTime > '2026-11-01'\"; or a whole query=\"select * from"
        f' {_ENTITIES[group]}".',
    )  # fmt: skip


def _get(group: str) -> Operation:
    return Operation(f"{group}.get", "GET", f"/{_ENTITIES[group].lower()}/{{id}}")


def _create(group: str, *parameters: str) -> Operation:
    return Operation(
        f"{group}.create", "POST", f"/{_ENTITIES[group].lower()}", fields(*parameters), bulk="batch.run"
    )


def _update(group: str, *parameters: str) -> Operation:
    return Operation(
        f"{group}.update", "POST", f"/{_ENTITIES[group].lower()}",
        fields("Id! SyncToken! sparse:boolean", *parameters), fixed={"sparse": True}, bulk="batch.run",
        summary="Changes what is given; with sparse=False all else is cleared.",
    )  # fmt: skip


def _delete(group: str, *, action: str = "delete", query: str = "operation=delete") -> Operation:
    return Operation(
        f"{group}.{action}",
        "POST",
        f"/{_ENTITIES[group].lower()}?{query}",
        fields("Id! SyncToken!"),
        bulk="batch.run",
    )


def _send(group: str) -> Operation:
    return Operation(
        f"{group}.send", "POST", f"/{_ENTITIES[group].lower()}/{{id}}/send", fields("?sendTo"),
        headers=(("Content-Type", "application/octet-stream"),),
        summary="By e-mail, to sendTo or to the address it has itself.",
    )  # fmt: skip


_COMPANY = Operation(
    "company.get", "GET", "/query?query=select%20*%20from%20CompanyInfo", items="QueryResponse.CompanyInfo",
    summary="The company's name, address, country and plan.",
)  # fmt: skip

_OPERATIONS = (
    _create("customers", _CUSTOMER), _get("customers"), _query("customers"), _update("customers", _CUSTOMER),
    _create("employees", _EMPLOYEE), _get("employees"), _query("employees"), _update("employees", _EMPLOYEE),
    _create("vendors", _VENDOR), _get("vendors"), _query("vendors"), _update("vendors", _VENDOR),
    _create("items", "Name!", _ITEM), _get("items"), _query("items"), _update("items", "Name", _ITEM),
    _create("bills", "VendorRef:object! Line:array!", _BILL), _get("bills"), _query("bills"),
    _update("bills", "VendorRef:object! Line:array", _BILL), _delete("bills"),
    _create("estimates", "CustomerRef:object! Line:array!", _ESTIMATE), _get("estimates"), _query("estimates"),
    _update("estimates", "CustomerRef:object Line:array", _ESTIMATE), _delete("estimates"), _send("estimates"),
    _create("invoices", "CustomerRef:object! Line:array!", _INVOICE), _get("invoices"), _query("invoices"),
    _update("invoices", "CustomerRef:object Line:array", _INVOICE), _delete("invoices"),
    _delete("invoices", action="void", query="operation=void"), _send("invoices"),
    Operation("invoices.pdf", "GET", "/invoice/{id}/pdf", headers=(("Accept", "application/pdf"),), summary="Its bytes."),
    _create("payments", "CustomerRef:object! TotalAmt:number!", _PAYMENT), _get("payments"), _query("payments"),
    _update("payments", "CustomerRef:object TotalAmt:number", _PAYMENT), _delete("payments"),
    _delete("payments", action="void", query="operation=update&include=void"), _send("payments"),
    _get("purchases"), _query("purchases"), _get("accounts"), _query("accounts"),
    Operation(
        "sales_receipts.create", "POST", "/salesreceipt",
        fields("Line:array! CustomerRef:object PaymentMethodRef:object PaymentRefNum DepositToAccountRef:object", _SALE),
        bulk="batch.run",
    ),
    Operation(
        "journal_entries.create", "POST", "/journalentry",
        fields("Line:array! DocNumber TxnDate PrivateNote CurrencyRef:object ExchangeRate:number Adjustment:boolean"),
        bulk="batch.run",
    ),
    Operation(
        "query.run", "GET", "/query", fields("query!"), is_paginated=True, items="QueryResponse.*",
        summary="For example query=\"select Id, TotalAmt from Invoice where Balance > '0'\".",
    ),
    Operation(
        "changes.list", "GET", "/cdc", fields("entities:csv! changedSince!"), items="CDCResponse.0.QueryResponse",
        summary="What changed in these entities, deletions too: 30 days back at most, 1,000 of each.",
    ),
    Operation(
        "batch.run", "POST", "/batch", fields("BatchItemRequest:array!"),
        summary="Up to 30 calls, each with a bId of its own; one can fail where the others do not.",
    ),
    Operation("reports.profit_and_loss", "GET", "/reports/ProfitAndLoss", fields(_REPORT)),
    Operation("reports.balance_sheet", "GET", "/reports/BalanceSheet", fields(_REPORT)),
    Operation("reports.transactions", "GET", "/reports/TransactionList", fields(_REPORT, "transaction_type group_by")),
    _COMPANY,
)  # fmt: skip

integration = Integration(
    name="quickbooks",
    title="QuickBooks Online",
    category="accounting",
    docs="https://developer.intuit.com/app/developer/qbo/docs/api/accounting/most-commonly-used/account",
    checked="2026-11",
    base_url="https://{host}.api.intuit.com/v3/company/{realm_id}",
    base_parameters=(
        BaseParameter(
            "realm_id", derive=lambda credential: credential.get("realm_id"), pattern=r"\d+",
            help="the company's number, realmId in the address the sign-in comes back to",
        ),
        BaseParameter(
            "host", default="quickbooks", pattern="quickbooks|sandbox-quickbooks",
            help="quickbooks, or sandbox-quickbooks for the sandbox",
        ),
        BaseParameter(
            "plan", default="builder", pattern="builder|paid",
            help="the app's tier with Intuit: builder has 500,000 reads a month, the paid ones more",
        ),
    ),
    headers=(("Accept", "application/json"),),
    auth=(
        OAuth2(
            authorize="https://appcenter.intuit.com/connect/oauth2",
            token="https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
            revoke="https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
            scopes=("com.intuit.quickbooks.accounting",),
            token_auth="client_secret_basic",
            refresh="rotates",
            access_token_lifetime_s=3600,
            refresh_token_lifetime_s=8_640_000,
            ends_old=True,
            keep=("realmId",),
            base=(("realm_id", "realmId", r"(\d+)", r"\1"),),
            note="Keep the realmId that comes along, and refresh one at a time: 100 days from the last, five years in all.",
        ),
    ),
    limits=(
        Limit(500, per=60.0, source=_RATES),
        Limit(10, per=1.0, source=_RATES),
        Limit(40, per=60.0, only=("batch.run",), source=_RATES),
        Limit(500_000, per=30 * 86400.0, methods=("GET",), when="builder", source=_RATES),
    ),
    variant=lambda credential, base: base.get("plan") or "builder",
    timeout_s=120.0,  # QuickBooks itself cuts a call after 120 s
    read_hint=read_hint,
    classify=classify,
    adjust=adjust,
    idempotency=Idempotency(
        "requestid", place="query", lifetime_s=24 * 3600.0,
        only=tuple(o.name for o in _OPERATIONS if o.method == "POST" and not o.name.endswith((".send", ".run"))),
    ),
    pagination=NextCall(_ask_on, items="QueryResponse.*"),
    errors=ErrorShape(
        message=("Fault.Error.0.Detail", "Fault.Error.0.Message", "fault.error.0.detail", "fault.error.0.message",
                 "BatchItemResponse.0.Fault.Error.0.Detail", "BatchItemResponse.0.Fault.Error.0.Message"),
        code=("Fault.Error.0.code", "fault.error.0.code", "BatchItemResponse.0.Fault.Error.0.code"),
    ),
    hints={
        "3200": "The access token has ended, or is not of this company: refresh it, or sign in again.",
        "003200": "The access token has ended, or is not of this company: refresh it, or sign in again.",
        "003001": "QuickBooks lets 500 calls a minute through for a company, over all apps; Penstock waits a minute.",
        "5010": "It changed meanwhile: read it again, and send the SyncToken it has now.",
        "6240": "Another customer, vendor or employee has this DisplayName: no two may share it.",
        "6140": "Another document has this DocNumber: take another one, or leave it out.",
        "6000": "A rule of the books forbids it, a closed period for example; the message says which.",
        "610": "Nothing there has this Id, or it has been made inactive.",
        "2500": "One of the references leads nowhere: check the Ids in the ...Ref fields and in the lines.",
        "2010": "QuickBooks does not know a field; names begin with a capital, and the message says which.",
        "2020": "A field is missing; the message names it.",
        "4000": "The query cannot be read: write ' inside a text as \\', and keep to one entity.",
        "5020": "The user who signed in may not do this in the company.",
        "403": "The app lacks the scope, or the company's subscription has ended.",
        "429": "QuickBooks lets 500 calls a minute through for a company, over all apps; Penstock waits a minute.",
    },
    health=_COMPANY,
    operations=_OPERATIONS,
    webhooks=WebhookSource(
        Signature(
            "intuit-signature", encoding="base64",
            note="The key is the app's verifier token. Events carry ids only: read the object.",
        ),
        event="body:eventNotifications.0.dataChangeEvent.entities.0.name",
        answer_within_s=3.0,
        retries="After 10, 20 and 30 s, 5 and 20 min, 2, 4 and 6 h, then every 6 h; later events may wait for the first one.",
    ),
    sandbox_base={"realm_id": "4620816365291273090"},
    unverified=(
        "that a refresh ends the access token before it: taken for safety",
        "how long a requestid is remembered (a day is ours), and that updates and deletes know it",
        "the code of a refusal for rate",
        "ten calls a second: an older page says ten at once",
        "changes.list: 1,000 of each entity, 30 days",
        "webhooks are moving to CloudEvents: there the event is body:type, and the delivery's id body:id",
        "that invoices.pdf comes although Accept names JSON too",
        "paths and parameters: there is no description to check them against",
    ),
)  # fmt: skip
