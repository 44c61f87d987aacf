"""The vendors' descriptions → the catalogue's data: `python -m penstock.catalog.compile ../shared/specs`.

The descriptions are no part of the package, nor are their sentences. A name once given stays: what stands in the data is
read first, and only what is new is named, so that compiling again changes nothing but what the vendor changed.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from penstock.catalog.catalogue import decompress, find_folder, read_data
from penstock.catalog.described import DescribedCall, Description, erase, merge_skipped
from penstock.catalog.discovery import is_discovery, read_discovery
from penstock.catalog.graphql_schema import read_graphql
from penstock.catalog.lines import read_line, write_line
from penstock.catalog.names import Key, give_names, key_of
from penstock.catalog.openapi import read_openapi
from penstock.catalog.stone import is_stone, read_stone

# Where a description's own address is missing, wrong, or an older spelling of the one it is called at today.
SERVERS = {
    ("jira", "software"): "https://your-domain.atlassian.net",
    ("paypal", "reporting_transactions_v1"): "https://api-m.paypal.com",
    ("pipedrive", "v1"): "https://api.pipedrive.com/api/v1",
    ("trello", "trello"): "https://api.trello.com/1",
}
# Credentials that a description has as parameters of each call: signing puts them there.
SIGNING = {
    ("mailchimp", "transactional"): {"key"},
    ("slack", "slack"): {"token"},
    ("trello", "trello"): {"key", "token"},
}
_PLACEHOLDER = re.compile(r"\{+[^{}]*\}+")


def main(arguments: list[str]) -> int:
    """Compile every description in a folder and print a line for each."""
    folder = Path(arguments[0] if arguments else "../shared/specs")
    described = sorted(folder.glob("*.json.gz"))
    if not described:
        print(
            f"There are no descriptions in {folder}: NAME.json.gz, one for each service. The catalogue's data is "
            "in the package already; it is compiled again only when a vendor's description has changed.\n"
            "To name another folder: make catalogue SPECS=…",
            file=sys.stderr,
        )
        return 1
    target = Path(str(find_folder()))
    total = 0
    for path in described:
        name = path.name.removesuffix(".json.gz")
        lines, skipped = compile_service(name, read_json(path), find_base_url(folder, name), read_data(name))
        write(target / f"{name}.gz", lines)
        total += len(lines)
        why = ", ".join(f"{count} {reason}" for reason, count in skipped.items())
        print(f"{name:<16} {len(lines):>5} operations{f'   left out: {why}' if why else ''}")
    print(f"{'':<16} {total:>5} operations of {len(described)} services")
    return 0


def compile_service(
    name: str, found: Mapping[str, Any], base_url: str, held: list[str]
) -> tuple[list[str], dict[str, int]]:
    """Return a service's lines, sorted, and what was left out, counted by reason."""
    calls: dict[Key, DescribedCall] = {}
    skipped: list[Mapping[str, int]] = []
    for part, description in read_descriptions(name, found):
        skipped.append(description.skipped)
        signing = SIGNING.get((name, part), set())
        for call in description.calls:
            call = replace(call, parameters=tuple(p for p in call.parameters if p.name not in signing))
            settled = settle(call, description, base_url, SERVERS.get((name, part)))
            if settled is None:
                skipped.append({"without an address": 1})
            elif key_of(settled) in calls:
                skipped.append({"described twice": 1})
            else:
                calls[key_of(settled)] = settled
    names = give_names(calls.values(), dict(map(read_key, held)))
    return sorted(write_line(names[key], call) for key, call in calls.items()), merge_skipped(skipped)


def read_descriptions(name: str, found: Mapping[str, Any]) -> Iterator[tuple[str, Description]]:
    """Yield each of a service's descriptions with its name, the service's where it has only one."""
    parts: Mapping[str, Any] = found.get("specs", {name: found})
    for part, document in parts.items():
        if isinstance(document, str):
            yield part, read_graphql(document, "")
        elif "sdl" in document:
            yield part, read_graphql(document["sdl"], "")
        elif is_discovery(document):
            yield part, read_discovery(document)
        elif is_stone(document):
            yield part, read_stone(document, parts)
        else:
            yield part, read_openapi(document)


def settle(
    call: DescribedCall, description: Description, base_url: str, server: str | None
) -> DescribedCall | None:
    """Return a call with an address as it is kept: from the host's root where that is the service's own host.

    None where the description gives none, or one only its reader knows.
    """
    if call.document is not None:
        return call
    own = re.compile("[^/]+".join(map(re.escape, _PLACEHOLDER.split(urlsplit(base_url).netloc))))
    addresses = [call.server, *(description.servers if call.server == description.base_url else ())]
    addresses = [server] if server else addresses
    address = next((one for one in addresses if own.fullmatch(urlsplit(one).netloc)), addresses[0])
    scheme, host, base, *_ = urlsplit(address)
    is_own = own.fullmatch(host) is not None
    if scheme not in ("http", "https") or not host or ("{" in host and not is_own):
        return None
    path = f"{base.rstrip('/')}{call.path}"
    below = urlsplit(base_url).path.rstrip("/")
    if not is_own:
        return replace(call, server=f"https://{host}", path=path)
    if below and path.startswith(f"{below}/"):
        return replace(call, server=below, path=path[len(below) :])
    return replace(call, server="", path=path)


def read_key(line: str) -> tuple[Key, str]:
    """Return what a line's call is known by, and its name."""
    read = read_line(line)
    if read.document is not None:
        kind, _, rest = read.document.partition(" ")
        field = re.match(r"\w+", rest)
        return (read.method, f"{read.path} {kind}:{field[0] if field else ''}"), read.name
    return (read.method, erase(read.path)), read.name


def find_base_url(specs: Path, name: str) -> str:
    """Return the service's address: from its facts, where they lie beside the descriptions, else from our file."""
    facts = specs.parent / "facts" / "integrations" / f"{name}.json"
    if facts.exists():
        return str(json.loads(facts.read_text(encoding="utf-8"))["base_url"])
    from penstock.catalog.registry import Registry

    return Registry().get(name).base_url


def read_json(path: Path) -> dict[str, Any]:
    """Return a compressed JSON file."""
    return dict(json.loads(gzip.decompress(path.read_bytes())))


def write(path: Path, lines: list[str]) -> None:
    """Write the lines, unless they stand there already: another version of zlib would write other bytes for them."""
    text = "".join(f"{line}\n" for line in lines)
    if path.exists() and decompress(path.read_bytes()) == text:
        return
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
