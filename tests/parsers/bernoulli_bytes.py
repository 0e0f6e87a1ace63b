"""Documents of a CPC Bernoulli gateway, as mdpnp/mdpnp Bernoulli.java sends (subscription, command) and reads them."""

from __future__ import annotations

DECLARED = b'<?xml version="1.0" encoding="utf-8"?>'
SUBSCRIBE = (
    b'<cpc seq="1" datetime="2014-04-03 10:03:24" version="Not for patient use!" type="GUI" bid="UniqueIdForGui"'
    b' conntype="subscriber"><device bid="*"/></cpc>'
)
COMMAND = DECLARED + b'<cpc><device bid="ICU-12"><cmd>*NIBP</cmd></device></cpc>'


def device(bed: str, make: str, model: str) -> bytes:
    return (
        f'<device seq="4" bid="{bed}" make="{make}" model="{model}"><s name="Patient">ZQCANARYMARTIN</s>'
        f'<m name="HR">72</m><mg name="ECG"><m name="Wave">AAAA</m></mg><alarms/></device>'
    ).encode()


def update(*devices: bytes) -> bytes:
    head = b'<cpc seq="7" datetime="2014-04-03 10:03:25" type="Bernoulli" bid="ZQCANARY">'
    return DECLARED + head + b"".join(devices) + b"</cpc>\r\n"


VENT = ("ICU-12", "Dr&amp;ger", "Evita XL")
PUMP = ("ICU-13", "", "Pump 2")
WARD = update(device(*VENT), device(*PUMP)) + update(device(*VENT))
