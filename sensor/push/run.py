"""One push to one target: what is new goes out, and is remembered as soon as the target has it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Protocol

from msgspec import Struct

from sensor.config import Settings
from sensor.correlate.device import Device
from sensor.export.cells import Kinds
from sensor.model import Finding
from sensor.push import events as news
from sensor.push.client import Client
from sensor.push.error import PushError, RefusedError
from sensor.push.events import Event
from sensor.push.glpi import Glpi, fingerprint
from sensor.push.netbox.push import Netbox
from sensor.push.netbox.rest import Rest, authorization
from sensor.push.record import Record, Records, primary
from sensor.push.services import Service
from sensor.push.syslog import Syslog
from sensor.push.webhook import Webhook

TARGETS = ("netbox", "glpi", "webhook", "syslog")
EVENTS = 50  # sent together, then remembered
DIGEST = "sha256"  # the one field of a record of GLPI

Send = Callable[[Iterable[Event]], None]
Progress = Callable[[int, int], None]  # devices done, of how many


class Inventory(Protocol):
    """What a push reads."""

    def pushed(self, target: str) -> list[Record]:
        """What the target was last told."""

    def save_pushed(self, target: str, records: Sequence[Record]) -> None:
        """Remembers it."""


class Outcome(Struct):
    """What was done, or with dry_run would be. counts: by what; differences, kept, refused: a line each."""

    counts: dict[str, int] = {}
    differences: list[str] = []
    kept: list[str] = []
    refused: list[str] = []


class Wanted(Struct, frozen=True):
    """What is pushed. kinds: what a kind is called, and its codes. services: by id of the device that offers them."""

    site: str
    devices: Sequence[Device]
    findings: Iterable[Finding]
    kinds: Kinds
    services: Mapping[str, Sequence[Service]] = {}
    force: bool = False
    dry_run: bool = False


def run(target: str, wanted: Wanted, settings: Settings, store: Inventory, progress: Progress) -> Outcome:
    """Raises PushError; what the target has by then is remembered, so that the next push goes on from there."""
    outcome = Outcome()
    if target == "netbox":
        _netbox(wanted, settings, store, progress, outcome)
    elif target == "glpi":
        _glpi(wanted, settings, store, progress, outcome)
    else:
        _events(target, wanted, settings, store, progress, outcome)
    return outcome


def _netbox(wanted: Wanted, settings: Settings, store: Inventory, progress: Progress, outcome: Outcome) -> None:
    own = settings.netbox
    _needs("netbox", url=own.url, token=own.token)
    headers = {"Authorization": authorization(own.token)}
    client = Client(own.url, headers, ca_file=own.ca_file, proxy=own.proxy, rate=own.rate)
    name = f"netbox {own.url}"
    site = own.site or wanted.site
    target = Netbox(Rest(client), site, wanted.kinds, force=wanted.force, dry_run=wanted.dry_run)
    done = 0
    for records in target.push(wanted.devices, Records(store.pushed(name)), wanted.services):
        store.save_pushed(name, records)
        done += len(records)
        progress(done, len(wanted.devices))
    found = target.summary
    outcome.counts = {"created": found.created, "updated": found.updated, "unchanged": found.same}
    outcome.differences, outcome.kept, outcome.refused = found.differences, found.kept, found.refused


def _glpi(wanted: Wanted, settings: Settings, store: Inventory, progress: Progress, outcome: Outcome) -> None:
    own = settings.glpi
    _needs("glpi", url=own.url)
    headers = {}
    if own.user:
        headers["Authorization"] = f"Basic {base64.b64encode(f'{own.user}:{own.password}'.encode()).decode()}"
    client = Client(own.url, headers, ca_file=own.ca_file, proxy=own.proxy, rate=own.rate)
    target, name = Glpi(client, own.item_type, own.tag), f"glpi {own.url}"
    records = Records(store.pushed(name))
    outcome.counts = {"sent": 0, "unchanged": 0}
    for number, device in enumerate(wanted.devices, 1):
        kind = wanted.kinds(device.kind)
        title = kind.en if kind else "Unknown device"
        record, digest = records.of(device), fingerprint(target.document(device, title))
        if record is not None and record.fields.get(DIGEST) == digest and not wanted.force:
            outcome.counts["unchanged"] += 1
            continue
        outcome.counts["sent"] += 1
        outcome.differences.append(f"{device.id}: {'changed' if record else 'new'}, as {device.name or title!r}")
        if wanted.dry_run:
            continue
        try:
            target.send(device, title)
        except RefusedError as error:
            outcome.refused.append(f"{device.id}: {error}")
            continue
        subject = record.subject if record else primary(device)
        store.save_pushed(
            name, [Record(subject=subject, fields={DIGEST: digest}, remote=device.id, at=device.last_seen)]
        )
        progress(number, len(wanted.devices))


def _events(
    target: str, wanted: Wanted, settings: Settings, store: Inventory, progress: Progress, outcome: Outcome
) -> None:
    send, close, place, silent_after = _receiver(target, settings)
    of_devices = f"{target} {place}"
    of_findings = f"{of_devices} findings"
    try:
        found = news.of_devices(wanted.devices, Records(store.pushed(of_devices)), silent_after)
        _send(of_devices, found, send, wanted, store, outcome)
        progress(len(wanted.devices), len(wanted.devices))
        told = news.of_findings(wanted.findings, store.pushed(of_findings))
        _send(of_findings, told, send, wanted, store, outcome)
    finally:
        close()


def _send(
    name: str,
    found: Iterator[Event],
    send: Send,
    wanted: Wanted,
    store: Inventory,
    outcome: Outcome,
) -> None:
    while part := list(islice(found, EVENTS)):
        for event in part:
            outcome.counts[event.kind] = outcome.counts.get(event.kind, 0) + 1
            whom = event.device.id if event.device else event.subject.ip or event.subject.mac
            changes = [f"{field}: {before!r} -> {after!r}" for field, (before, after) in event.changes.items()]
            outcome.differences.append(f"{whom}: {event.kind}{': ' if changes else ''}{'; '.join(changes)}")
        if wanted.dry_run:
            continue
        try:
            send(part)
        except PushError as error:
            if error.taken:
                store.save_pushed(name, [event.record for event in part[: error.taken]])
            raise
        store.save_pushed(name, [event.record for event in part])


def _receiver(target: str, settings: Settings) -> tuple[Send, Callable[[], None], str, int]:
    if target == "webhook":
        web = settings.webhook
        _needs("webhook", url=web.url)
        client = Client(web.url, {}, ca_file=web.ca_file, proxy=web.proxy, rate=web.rate)
        return Webhook(client, web.secret).send, client.close, web.url, web.silent_after
    log = settings.syslog
    _needs("syslog", host=log.host)
    receiver = Syslog(log.host, log.port, log.transport, log.format, log.ca_file)
    return receiver.send, receiver.close, f"{log.transport} {log.host}:{log.port}", log.silent_after


def _needs(section: str, **given: str) -> None:
    for name, value in given.items():
        if not value:
            raise PushError(f"{section}.{name} is not set; write it into the settings (sensor config show)")
