"""Devices computed from the evidence of a site: by the same function after a read, while listening, and when asked."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping

from sensor.correlate.device import DEVICE, Device
from sensor.correlate.inventory import Correlator
from sensor.correlate.knowledge import Knowledge
from sensor.correlate.networks import EXTERNAL, NEVER, SITE, Networks
from sensor.correlate.site import grouped
from sensor.correlate.talk import WANTED
from sensor.fingerprint.load import load
from sensor.fingerprint.rules import Rules
from sensor.model import Conversation, Evidence, Subject
from sensor.names import is_free, keep
from sensor.policy import Policy
from sensor.rows import Origin, Rows
from sensor.service.collecting import few_collections
from sensor.store.reads import Wanted
from sensor.store.store import Store

WHOLE_EVERY = 3600.0  # seconds after which everything is read again, in case somebody changed it without a word


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
    return Following(store, site, networks, rules or load()).compute()


class Following:
    """The devices of a site, computed again whenever its evidence has grown: all of it when asked first, and then what
    changed. Whatever may have changed it without a word (another program, a day that was compacted, values that were
    too many) makes the next time a first one; and now and then it is one anyway."""

    def __init__(self, store: Store, site: str, networks: Iterable[str], rules: Rules) -> None:
        self._store = store
        self._site = site
        self._networks = networks
        self._rules = rules
        self._correlator: Correlator | None = None
        self._saved: Mapping[str, Device] | None = None
        self._talk: dict[str, list[Conversation]] = {}  # by client
        self._subjects: set[Subject] = set()  # that something was said about since
        self._clients: set[str] = set()  # that talked since
        self._others: list[tuple[Origin, str, int]] = []  # as the other origins were
        self._began = 0.0

    def changed(self, rows: Rows) -> None:
        """What was just added to the evidence."""
        self._subjects.update(rows.subjects[number] for number in {key[1] for key, _ in rows.said})
        self._clients.update(ends[1] for ends in rows.traffic if ends[5] in WANTED)

    def forget(self) -> None:
        """The evidence was changed otherwise."""
        self._correlator = self._saved = None
        self._talk = {}

    def compute(self, own: Origin | None = None) -> int:
        """Saves the devices as they are now; gives their number. own: the origin whose changes are told."""
        others = [
            (row.key, row.state, row.finished) for row in self._store.origins(Wanted(site=self._site)) if row.key != own
        ]
        if others != self._others or time.monotonic() - self._began > WHOLE_EVERY:
            self.forget()
        subjects, self._subjects = self._subjects, set()
        clients, self._clients = self._clients, set()
        correlator, self._correlator = self._correlator, None  # should this fail, the next time is a first one
        with few_collections():
            if correlator is None:
                self._began, self._others, self._saved = time.monotonic(), others, None
                correlator = Correlator(knowledge(self._rules), Networks(self._networks), self._site, self._rows)
                correlator.replace(grouped(self._store.site_evidence(self._site)))
                served = self._store.site_served(self._site, WANTED)
            else:
                correlator.replace(self._rows(subjects))
                served = self._store.site_served(self._site, WANTED, clients)
            self._talk.update((client, []) for client in clients)
            for each in served:
                self._talk.setdefault(each.client, []).append(each)
            talk = (each for some in self._talk.values() for each in some)
            found = correlator.inventory(talk, self._store.decisions(self._site))
            self._store.save_devices(
                self._site, found.devices, self._rules.version, ambiguous=found.ambiguous, before=self._saved
            )
        self._correlator, self._saved = correlator, {device.id: device for device in found.devices}
        return sum(device.state == DEVICE for device in found.devices)

    def _rows(self, about: Collection[Subject]) -> dict[Subject, list[Evidence]]:
        return grouped(self._store.site_evidence(self._site, about))
