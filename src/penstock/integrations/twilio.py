"""Twilio: text messages, calls, verification, look-ups.

docs        https://www.twilio.com/docs/usage/api
checked     2026-11, API version 2010-04-01 (in the path; other products have hosts and versions of their own)
quirks      Bodies are forms in PascalCase, a list is a field given again; answers are JSON. The account's SID is part of
            the address and comes from the credential. What is limited is how many calls run at once, by an unpublished
            number; a 429 with 20429 was not begun. Other 429s are budgets of a day or of one verification: asking again
            will not help. Nothing is idempotent: after a time-out look the message up before sending it again. 201 means
            queued: failed and undelivered come later, by status callback. pandas reads +33123456789 as a number: its plus
            is written again here. Media and recordings redirect to a store, to which the credential does not go.
unverified  20 at once is our caution, not Twilio's figure; whether 429 has a Retry-After; one text a second from a long
            code (they are queued, not refused, so nothing is declared); the header with the delivery's id, the 15 s and
            the repetition of webhooks; that a standard key may list messages but not read its account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from penstock.catalog.definition import (
    BaseParameter,
    Basic,
    ErrorShape,
    Integration,
    Limit,
    NextUrl,
    OAuth2,
    Operation,
    Parameter,
    Response,
    Signature,
    Verdict,
    WebhookSource,
    fields,
    read,
)

_PAGE = "PageSize:integer Page:integer PageToken"
_VERIFY = "https://verify.twilio.com/v2/Services/{ServiceSid}"
_CONVERSATIONS = "https://conversations.twilio.com/v1/Conversations"
_NUMBERS = ("To", "From", "PhoneNumber")
_SHORT = 6  # digits of the longest short code, which has no plus
_SPENT = (63038, 60202, 60203)  # the day's messages; the checks, or the sendings, of one verification
_CALLBACKS = "StatusCallback StatusCallbackMethod=GET|POST"
_SETTINGS = f"""
    FriendlyName ApiVersion SmsApplicationSid SmsFallbackMethod=GET|POST SmsFallbackUrl SmsMethod=GET|POST SmsUrl {_CALLBACKS}
    VoiceApplicationSid VoiceCallerIdLookup:boolean VoiceFallbackMethod=GET|POST VoiceFallbackUrl VoiceMethod=GET|POST VoiceUrl
    VoiceReceiveMode=voice|fax EmergencyStatus=Active|Inactive EmergencyAddressSid TrunkSid IdentitySid AddressSid BundleSid
"""


def classify(response: Response) -> Verdict | None:
    """Tell a budget that is spent from calls that are too many at once."""
    return Verdict.PERMANENT if response.status == 429 and read(response, "code") in _SPENT else None


def adjust(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Write a telephone number with its plus again where a frame has made a number of it."""
    for name in _NUMBERS:
        value = parameters.get(name)
        if not isinstance(value, (str, bool)) and value is not None and value == value:
            try:
                digits = f"{int(value)}"
            except (TypeError, ValueError, OverflowError):
                continue  # whatever it is, the check of the parameters says so
            parameters[name] = f"+{digits}" if len(digits) > _SHORT else digits
    return parameters


def _find_account(credential: Mapping[str, str]) -> str | None:
    return credential.get("account_sid")


def _when(*names: str) -> tuple[Parameter, ...]:
    """Return the filters by a date: the day itself, and those whose names end in < and > on the wire."""
    ends = (("", ""), ("Before", "<"), ("After", ">"))
    return tuple(Parameter(f"{name}{end}", wire=f"{name}{mark}") for name in names for end, mark in ends)


_HEALTH = Operation("messages.latest", "GET", "/Messages.json?PageSize=1", summary="The newest message only.")

integration = Integration(
    name="twilio",
    title="Twilio",
    category="communications",
    docs="https://www.twilio.com/docs/usage/api",
    checked="2026-11",
    base_url="https://api.twilio.com/2010-04-01/Accounts/{account_sid}",
    base_parameters=(
        BaseParameter(
            "account_sid", derive=_find_account, pattern="AC[0-9a-fA-F]{32}",
            help="the account: AC and 32 hex digits, from the console; or a subaccount's",
        ),
    ),
    body="form",
    form_lists="repeated",
    auth=(
        Basic(user="account_sid", password="auth_token", note="The account's own token, which also signs webhooks."),
        Basic(
            user="api_key_sid", password="api_key_secret",
            note="An API key (SK...), with account_sid beside it; a standard one cannot read accounts and keys.",
        ),
        OAuth2(
            token="https://oauth.twilio.com/v2/token",
            grant="client_credentials",
            token_auth="client_secret_post",
            access_token_lifetime_s=3600,
            note="Of one account, in US1, not for its subaccounts; with account_sid beside it.",
        ),
    ),
    limits=(Limit(20, source="https://www.twilio.com/docs/api/errors/20429, 2026-11"),),
    classify=classify,
    adjust=adjust,
    pagination=NextUrl(next="next_page_uri", items="messages", size="PageSize", max_size=1000),
    errors=ErrorShape(message=("message",), code=("code",)),
    hosts=("*.twilio.com",),
    hints={
        "20003": "Check account_sid and auth_token, or the API key and its secret; test credentials serve few calls.",
        "20404": "Check the SID, and that it belongs to this account: subaccounts have their own.",
        "20429": "Too many calls run at once, from other programs too; Penstock waits and asks again.",
        "21211": "To is no telephone number: write it with + and the country's code, as +33123456789.",
        "21408": "Allow the country under Messaging > Settings > Geo permissions in the console.",
        "21603": "Give From=, or MessagingServiceSid=.",
        "21606": "From is not one of the account's numbers, or cannot send to this country or by this channel.",
        "21608": "A trial account sends only to numbers verified in its console.",
        "21610": "They answered STOP: they must write START first; sending again will not help.",
        "21614": "The number is no mobile telephone.",
        "60200": "A parameter does not fit: the message names it.",
        "60202": "Five checks have failed: wait ten minutes, or start a new verification.",
        "60203": "The code was sent five times: wait ten minutes before starting a new verification.",
        "63038": "The account has sent its messages of the day: go on tomorrow, or ask Twilio for more.",
    },
    health=_HEALTH,
    webhooks=WebhookSource(
        Signature(
            "X-Twilio-Signature", algorithm="hmac-sha1", signed="{url}{body}", encoding="base64",
            note="With the auth token. The whole public address, as configured, with or without its port; then, of a form,"
            " each name and value, sorted by name, with nothing between; of JSON nothing, but the address then has its"
            " bodySHA256. There is no time.",
        ),
        event="body:SmsStatus",
        delivery="header:I-Twilio-Idempotency-Token",
        answer_within_s=15.0,
        retries="Once, then the fallback address; #rc= in the address asks for more. A call says CallStatus instead.",
    ),
    operations=(
        Operation(
            "messages.create", "POST", "/Messages.json",
            fields("To! From MessagingServiceSid Body MediaUrl:array ContentSid ContentVariables StatusCallback", """
                ApplicationSid MaxPrice:number ProvideFeedback:boolean Attempt:integer ValidityPeriod:integer
                ForceDelivery:boolean ContentRetention=retain|discard AddressRetention=retain|obfuscate SmartEncoded:boolean
                PersistentAction:array TrafficType=free ShortenUrls:boolean ScheduleType=fixed SendAt SendAsMms:boolean
                RiskCheck=enable|disable FallbackFrom
            """),
            summary="Needs From or MessagingServiceSid, and Body, MediaUrl or ContentSid.",
        ),
        Operation(
            "messages.list", "GET", "/Messages.json", (*fields("To From", _PAGE), *_when("DateSent")), is_paginated=True,
            items="messages", summary="The newest first; DateSentAfter and DateSentBefore are dates.",
        ),
        Operation("messages.get", "GET", "/Messages/{Sid}.json"),
        Operation(
            "messages.update", "POST", "/Messages/{Sid}.json", fields("Body Status=canceled"), is_idempotent=True,
            summary='Body="" takes the text away; Status=canceled stops a scheduled one.',
        ),
        Operation("messages.delete", "DELETE", "/Messages/{Sid}.json"),
        Operation(
            "messages.media.list", "GET", "/Messages/{MessageSid}/Media.json", (*fields(_PAGE), *_when("DateCreated")),
            is_paginated=True, items="media_list",
        ),
        Operation(
            "calls.create", "POST", "/Calls.json",
            fields("To! From! Url Twiml ApplicationSid", _CALLBACKS, """
                Method=GET|POST FallbackUrl FallbackMethod=GET|POST StatusCallbackEvent:array SendDigits Timeout:integer
                Record:boolean RecordingChannels RecordingStatusCallback RecordingStatusCallbackMethod=GET|POST
                RecordingStatusCallbackEvent:array RecordingTrack SipAuthUsername SipAuthPassword MachineDetection
                MachineDetectionTimeout:integer MachineDetectionSpeechThreshold:integer
                MachineDetectionSpeechEndThreshold:integer MachineDetectionSilenceTimeout:integer Trim CallerId AsyncAmd
                AsyncAmdStatusCallback AsyncAmdStatusCallbackMethod=GET|POST Byoc CallReason CallToken TimeLimit:integer
                ClientNotificationUrl
            """),
            summary="Needs Url, Twiml or ApplicationSid.",
        ),
        Operation(
            "calls.list", "GET", "/Calls.json",
            (
                *fields("To From ParentCallSid", _PAGE, """
                    Status=queued|ringing|in-progress|completed|busy|failed|no-answer|canceled
                """),
                *_when("StartTime", "EndTime"),
            ),
            is_paginated=True, items="calls",
        ),
        Operation("calls.get", "GET", "/Calls/{Sid}.json"),
        Operation(
            "calls.update", "POST", "/Calls/{Sid}.json",
            fields("Url Twiml Method=GET|POST Status=canceled|completed FallbackUrl FallbackMethod=GET|POST", _CALLBACKS, """
                TimeLimit:integer
            """),
            summary="Status=completed hangs up.",
        ),
        Operation(
            "recordings.list", "GET", "/Recordings.json",
            (*fields("CallSid ConferenceSid IncludeSoftDeleted:boolean", _PAGE), *_when("DateCreated")),
            is_paginated=True, items="recordings",
        ),
        Operation("recordings.get", "GET", "/Recordings/{Sid}.json", fields("IncludeSoftDeleted:boolean")),
        Operation(
            "phone_numbers.list", "GET", "/IncomingPhoneNumbers.json",
            fields("PhoneNumber FriendlyName Origin Beta:boolean", _PAGE), is_paginated=True, items="incoming_phone_numbers",
        ),
        Operation(
            "phone_numbers.buy", "POST", "/IncomingPhoneNumbers.json", fields("PhoneNumber AreaCode", _SETTINGS),
            summary="Needs PhoneNumber (from phone_numbers.search_local) or AreaCode.",
        ),
        Operation(
            "phone_numbers.update", "POST", "/IncomingPhoneNumbers/{Sid}.json", fields(_SETTINGS), is_idempotent=True
        ),
        Operation(
            "phone_numbers.search_local", "GET", "/AvailablePhoneNumbers/{CountryCode}/Local.json",
            fields(_PAGE, """
                AreaCode:integer Contains SmsEnabled:boolean MmsEnabled:boolean VoiceEnabled:boolean FaxEnabled:boolean
                ExcludeAllAddressRequired:boolean ExcludeLocalAddressRequired:boolean ExcludeForeignAddressRequired:boolean
                Beta:boolean NearNumber NearLatLong Distance:integer InPostalCode InRegion InRateCenter InLata InLocality
            """),
            summary="Numbers that can be bought; one page of them.",
        ),
        Operation("accounts.get", "GET", "https://api.twilio.com/2010-04-01/Accounts/{Sid}.json"),
        Operation(
            "usage.list", "GET", "/Usage/Records.json",
            fields("Category StartDate EndDate IncludeSubaccounts:boolean", _PAGE), is_paginated=True, items="usage_records",
        ),
        Operation(
            "verify.start", "POST", f"{_VERIFY}/Verifications",
            fields("""
                To! Channel! Locale CustomFriendlyName CustomMessage CustomCode SendDigits Amount Payee RateLimits
                ChannelConfiguration AppHash TemplateSid TemplateCustomSubstitutions DeviceIp EnableSnaClientToken:boolean
                RiskCheck=enable|disable Tags
            """),
            summary="Sends a code; Channel is sms, call, email or whatsapp.",
        ),
        Operation(
            "verify.check", "POST", f"{_VERIFY}/VerificationCheck",
            fields("Code To VerificationSid Amount Payee SnaClientToken"),
            summary="status is approved where the code is right; a wrong one is counted.",
        ),
        Operation(
            "lookups.get", "GET", "https://lookups.twilio.com/v2/PhoneNumbers/{PhoneNumber}",
            fields("""
                Fields:csv CountryCode FirstName LastName AddressLine1 AddressLine2 City State PostalCode AddressCountryCode
                NationalId DateOfBirth LastVerifiedDate VerificationSid PartnerSubId
            """),
            summary="Without Fields only whether it is a number, at no charge.",
        ),
        Operation(
            "conversations.list", "GET", _CONVERSATIONS,
            fields("StartDate EndDate State=initializing|inactive|active|closed", _PAGE), is_paginated=True,
            pagination=NextUrl(next="meta.next_page_url", items="conversations", size="PageSize", max_size=100),
        ),
        Operation(
            "conversations.create", "POST", _CONVERSATIONS,
            fields("""
                FriendlyName UniqueName MessagingServiceSid Attributes DateCreated DateUpdated
                State=initializing|inactive|active|closed Timers.Inactive Timers.Closed
            """),
        ),
        Operation(
            "conversations.messages.create", "POST", f"{_CONVERSATIONS}/{{ConversationSid}}/Messages",
            fields("Author Body Attributes MediaSid ContentSid ContentVariables Subject DateCreated DateUpdated"),
        ),
    ),
    unverified=(
        "20 at once: Twilio publishes no figure for its limit on concurrent calls",
        "whether a 429 has a Retry-After",
        "one text a second from a long code: queued, not refused, and so not declared",
        "the header with the delivery's id, the 15 s and the repetition of webhooks",
        "that a standard key may list messages but not read its account",
    ),
)  # fmt: skip
