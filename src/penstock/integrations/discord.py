"""Discord: messages, channels, members of a server (a guild), webhooks.

docs        https://discord.com/developers/docs/reference
checked     2026-11, API v10 (in the path)
quirks      A bot's token goes after "Bot ", a person's after "Bearer ". Only the global limit has a figure; every route
            has a bucket of its own for each channel, server or webhook, which the X-RateLimit fields of its answers
            describe: they, not a table, say what is left. Ids are longer than a float is exact: keep them as text.
            10,000 answers of 401, 403 or 429 in ten minutes shut the address out. A webhook that answers 404 is gone.
            Discord wants User-Agent: DiscordBot (website, version): website= says yours. The token of a webhook is a
            parameter of webhooks.execute; the bot's own goes along and does no harm.
unverified  how long the edge shuts an address out (ten minutes are taken); PKCE and the rotation of refresh tokens;
            that a repeated nonce with enforce_nonce returns the first message, which is why it is a parameter here and
            not the idempotency key (it takes 25 characters); the numbers of the bulk calls.
"""

from __future__ import annotations

from penstock.catalog.definition import (
    BaseParameter,
    Bearer,
    Cursor,
    ErrorShape,
    Integration,
    Limit,
    OAuth2,
    Operation,
    Parameter,
    RateHeaders,
    RateLimitHint,
    Response,
    Signature,
    WebhookSource,
    fields,
    read,
)

_RATES = "https://github.com/discord/discord-api-docs/blob/main/developers/topics/rate-limits.mdx, 2026-11"
_SHUT_OUT_S = 600.0
_ROUTES = {  # what a route's bucket is kept for: the routes
    "channel_id": (
        "messages.create", "messages.list", "messages.get", "messages.update", "messages.delete", "messages.bulk_delete",
        "reactions.add", "channels.get", "channels.update", "threads.create",
    ),
    "guild_id": (
        "guild_channels.create", "members.list", "members.get", "members.update", "members.add_role", "members.remove_role",
        "members.ban", "members.kick",
    ),
    "webhook_id": ("webhooks.execute",),
}  # fmt: skip
_PLACED = (
    "position:integer topic nsfw:boolean rate_limit_per_user:integer parent_id permission_overwrites:array"
)
_CHANNEL = f"""
    {_PLACED} bitrate:integer user_limit:integer rtc_region video_quality_mode:integer default_auto_archive_duration:integer
    default_reaction_emoji:object default_thread_rate_limit_per_user:integer default_sort_order:integer
    default_forum_layout:integer available_tags:array
"""
_MESSAGE = "content embeds:array allowed_mentions:object components:array attachments:array flags:integer"


def read_hint(response: Response) -> RateLimitHint | None:
    """Read how long a refusal lasts from its body where no field says it; without a body it is the edge's."""
    if response.status != 429 or "retry-after" in response.headers:
        return None
    wait_s = read(response, "retry_after")
    if isinstance(wait_s, (int, float)):
        return RateLimitHint(
            retry_after_s=float(wait_s), scope="global" if read(response, "global") else None
        )
    return RateLimitHint(retry_after_s=_SHUT_OUT_S)


def _open_buckets() -> tuple[Limit, ...]:
    """Return a budget for each route, as large as the global limit allows: the fields of the answers make it smaller."""
    return tuple(
        Limit(3000, per=60.0, scope=f"parameter:{kept_for}", only=(route,), source=_RATES)
        for kept_for, routes in _ROUTES.items()
        for route in routes
    )


_ME = Operation("users.me", "GET", "/users/@me", summary="Whose token this is.")

integration = Integration(
    name="discord",
    title="Discord",
    category="chat",
    docs="https://discord.com/developers/docs/reference",
    checked="2026-11",
    base_url="https://discord.com/api/v10",
    base_parameters=(
        BaseParameter("website", default="example.com", help="your bot's website, which Discord wants in the User-Agent"),
    ),
    headers=(("User-Agent", "DiscordBot (https://{website}, 1)"),),
    auth=(
        Bearer("token", prefix="Bot ", note="The bot's token, from the developer portal; it does not expire."),
        OAuth2(
            title="As a person",
            authorize="https://discord.com/oauth2/authorize",
            token="https://discord.com/api/oauth2/token",
            revoke="https://discord.com/api/oauth2/token/revoke",
            scopes=("identify", "email", "guilds", "bot", "applications.commands", "webhook.incoming"),
            pkce=True,
            token_auth="client_secret_basic",
            refresh="rotates",
            access_token_lifetime_s=604_800,
            note="A person's; the token end point takes forms only. A bot is added with scope=bot and permissions=.",
        ),
        OAuth2(
            title="As the application's owner",
            token="https://discord.com/api/oauth2/token",
            grant="client_credentials",
            scopes=("identify", "applications.commands.update"),
            token_auth="client_secret_basic",
            access_token_lifetime_s=604_800,
            note="Of the application's owner; a team's application gets these two scopes only.",
        ),
    ),
    limits=(Limit(50, per=1.0, key="global", source=_RATES), *_open_buckets()),
    rate_headers=RateHeaders(
        limit="x-ratelimit-limit", remaining="x-ratelimit-remaining", reset="x-ratelimit-reset-after", reset_unit="delta_s",
        scope="x-ratelimit-bucket",
    ),
    read_hint=read_hint,
    pagination=Cursor(request="before", next="-1.id", items="$", size="limit", max_size=100),
    errors=ErrorShape(message=("message",), code=("code",)),
    hints={
        "10003": "There is no such channel, or it was deleted: check channel_id (Developer Mode shows ids in Discord).",
        "10008": "There is no such message in this channel, or it was deleted.",
        "10015": "The webhook is gone: make a new one; asking on is counted against you.",
        "10062": "An interaction must be answered within three seconds, and was not.",
        "40060": "The interaction was answered already: send a follow-up through its webhook.",
        "50001": "The bot cannot see this: invite it to the server, and give it access to the channel.",
        "50007": "This person takes no direct messages from the bot; asking again will not help.",
        "50013": "The bot's role lacks the permission, or stands below the role or person it is to change.",
        "50034": "Messages older than 14 days cannot be deleted in bulk: delete them one by one.",
        "50035": "A field does not fit: the answer's errors say which; a message holds 2,000 characters.",
        "401": "Check the token: it is the bot's own from the developer portal, and a reset there ends the old one.",
        "429": "Other programs use the same bot or address; Penstock waits as long as Discord asks.",
    },
    health=_ME,
    webhooks=WebhookSource(
        Signature(
            "X-Signature-Ed25519", algorithm="ed25519", signed="{timestamp}{body}",
            timestamp="header:X-Signature-Timestamp", secret="hex",
            note="The secret is the application's public key, in hex. Discord states no tolerance.",
        ),
        event="body:event.type",
        delivery="body:id",
        handshake="Events: a body of type 0 is answered with 204 and nothing; interactions: type 1 with {\"type\": 1}."
        " Now and then a wrong signature comes on purpose: it must be answered with 401.",
        answer_within_s=3.0,
        retries="Events again for up to ten minutes, then never; too many failures end them. Interactions are not repeated.",
    ),
    operations=(
        _ME,
        Operation(
            "guilds.list", "GET", "/users/@me/guilds", fields("before after limit:integer with_counts:boolean"),
            is_paginated=True, pagination=Cursor(request="after", next="-1.id", items="$", size="limit", max_size=200),
            summary="The servers the bot is in.",
        ),
        Operation("guilds.get", "GET", "/guilds/{guild_id}", fields("with_counts:boolean")),
        Operation("guild_channels.list", "GET", "/guilds/{guild_id}/channels", summary="All on one page; no threads."),
        Operation(
            "guild_channels.create", "POST", "/guilds/{guild_id}/channels", fields("name! type:integer", _CHANNEL),
            summary="type: 0 text, 2 voice, 4 category, 5 announcements, 13 stage, 15 forum.",
        ),
        Operation("channels.get", "GET", "/channels/{channel_id}"),
        Operation(
            "channels.update", "PATCH", "/channels/{channel_id}",
            fields("name type:integer", _CHANNEL, """
                icon flags:integer archived:boolean locked:boolean invitable:boolean auto_archive_duration:integer
                applied_tags:array default_tag_setting
            """),
            is_idempotent=True,
        ),
        Operation("channels.delete", "DELETE", "/channels/{channel_id}", summary="Of a direct message: closes it."),
        Operation(
            "messages.create", "POST", "/channels/{channel_id}/messages",
            fields(_MESSAGE, """
                tts:boolean nonce enforce_nonce:boolean message_reference:object sticker_ids:array poll:object
            """),
            summary="Needs content, embeds, sticker_ids, components or poll.",
        ),
        Operation(
            "messages.list", "GET", "/channels/{channel_id}/messages", fields("before after around limit:integer"),
            is_paginated=True, summary="The newest first.",
        ),
        Operation("messages.get", "GET", "/channels/{channel_id}/messages/{message_id}"),
        Operation(
            "messages.update", "PATCH", "/channels/{channel_id}/messages/{message_id}", fields(_MESSAGE),
            is_idempotent=True,
        ),
        Operation(
            "messages.delete", "DELETE", "/channels/{channel_id}/messages/{message_id}", bulk="messages.bulk_delete"
        ),
        Operation(
            "messages.bulk_delete", "POST", "/channels/{channel_id}/messages/bulk-delete", fields("messages:array!"),
            summary="From 2 to 100 ids, none older than 14 days.",
        ),
        Operation(
            "reactions.add", "PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me",
            summary="emoji_name is the character itself, or name:id of the server's own.",
        ),
        Operation(
            "threads.create", "POST", "/channels/{channel_id}/threads",
            fields("""
                name! type:integer auto_archive_duration:integer rate_limit_per_user:integer invitable:boolean
                applied_tags:array message:object
            """),
            summary="type: 10 announcements, 11 public, 12 private; in a forum give message= too.",
        ),
        Operation(
            "members.list", "GET", "/guilds/{guild_id}/members", fields("after limit:integer"), is_paginated=True,
            pagination=Cursor(request="after", next="-1.user.id", items="$", size="limit", max_size=1000),
            summary="Needs the intent GUILD_MEMBERS, switched on in the developer portal.",
        ),
        Operation("members.get", "GET", "/guilds/{guild_id}/members/{user_id}"),
        Operation(
            "members.update", "PATCH", "/guilds/{guild_id}/members/{user_id}",
            fields("nick roles:array mute:boolean deaf:boolean channel_id communication_disabled_until flags:integer"),
            is_idempotent=True, summary="communication_disabled_until (a time-out) is an ISO date, at most 28 days ahead.",
        ),
        Operation("members.kick", "DELETE", "/guilds/{guild_id}/members/{user_id}"),
        Operation(
            "members.ban", "PUT", "/guilds/{guild_id}/bans/{user_id}", fields("delete_message_seconds:integer"),
            bulk="members.bulk_ban",
        ),
        Operation("members.unban", "DELETE", "/guilds/{guild_id}/bans/{user_id}"),
        Operation(
            "members.bulk_ban", "POST", "/guilds/{guild_id}/bulk-ban",
            fields("user_ids:array! delete_message_seconds:integer"), summary="Up to 200; says whom it could not ban.",
        ),
        Operation("members.add_role", "PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"),
        Operation("members.remove_role", "DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"),
        Operation(
            "dms.create", "POST", "/users/@me/channels", fields("recipient_id!"), is_idempotent=True,
            summary="The direct message with this person, made if there is none; then messages.create with its id.",
        ),
        Operation("webhooks.create", "POST", "/channels/{channel_id}/webhooks", fields("name! avatar")),
        Operation(
            "webhooks.execute", "POST", "/webhooks/{webhook_id}/{webhook_token}",
            fields(_MESSAGE, """
                ?wait:boolean ?thread_id ?with_components:boolean username avatar_url tts:boolean poll:object thread_name
                applied_tags:array
            """),
            summary="With wait=True the answer is the message.",
        ),
        Operation(
            "interactions.respond", "POST", "/interactions/{interaction_id}/{interaction_token}/callback",
            fields("type:integer! data:object ?with_response:boolean"),
            summary="type: 4 a message, 5 one that comes later, 6 or 7 for components, 8 autocomplete, 9 a form.",
        ),
        Operation(
            "commands.overwrite", "PUT", "/applications/{application_id}/commands",
            (Parameter("commands", type="array", is_required=True, wire="$"),),
            summary="All the application's commands: those not in the list are removed.",
        ),
    ),
    unverified=(
        "how long the edge shuts an address out after too many invalid requests",
        "PKCE, the lifetime and the rotation of OAuth tokens",
        "that a repeated nonce with enforce_nonce returns the first message",
        "the numbers one bulk call takes",
    ),
)  # fmt: skip
