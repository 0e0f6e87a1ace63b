"""Devices to NetBox 4.2 and later through its REST API.

What we make there carries the tag `Autopopulated` and the status `staged`, so that a person confirms it; nothing is
ever deleted. A device is found again by the custom field `auscult_id`, or by the record of the last push. What a person
changed, moved or removed stays so, unless forced. The devices of the site are read at the start, a thousand a request;
all else is asked and made for a hundred devices at a time, and not asked for devices that lack nothing: so the number
of requests for a device is bounded, and small.

Field names: netbox-community/netbox, netbox/{dcim,ipam,extras}/api/serializers_, and the server's own /api/schema/.
"""
