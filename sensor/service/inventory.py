"""Devices computed anew from all evidence of a site: the same function after every read and for `devices rebuild`."""

from __future__ import annotations

from collections.abc import Iterable

from sensor.correlate.inventory import inventory
from sensor.correlate.knowledge import Knowledge
from sensor.correlate.networks import EXTERNAL, NEVER, SITE, Networks
from sensor.correlate.talk import WANTED
from sensor.fingerprint.load import load
from sensor.fingerprint.rules import Rules
from sensor.names import is_free, keep
from sensor.policy import Policy
from sensor.service.collecting import few_collections
from sensor.store.store import Store


def policy(rules: Rules, networks: Iterable[str] = SITE) -> Policy:
    """What may be kept of a text, given where the site ends and which texts the rules name."""
    site = Networks(networks)
    return Policy(
        keep=keep,
        inside=lambda ip: site.standing(ip) not in (EXTERNAL, NEVER),
        named=lambda observable, value: any(True for _ in rules.patterns(observable).hits(value)),
        free=is_free,
    )


def knowledge(rules: Rules) -> Knowledge:
    """The rules, as far as correlation asks them."""
    return Knowledge(
        rules.apply,
        rules.maker,
        rules.modality,
        rules.kinds,
        rules.several,
        rules.observables,
        rules.holds,
        rules.covers,
    )


def rebuild(store: Store, site: str, networks: Iterable[str] = SITE, rules: Rules | None = None) -> int:
    """Replaces the devices of a site by what its evidence says now; gives their number."""
    rules = rules or load()
    with few_collections():
        evidence, served = store.site_evidence(site), store.site_served(site, WANTED)
        decided = store.decisions(site)
        found = inventory(evidence, served, knowledge(rules), Networks(networks), site, decided)
        store.save_devices(site, found.devices, rules.version, ambiguous=found.ambiguous)
    return sum(device.state == "device" for device in found.devices)
