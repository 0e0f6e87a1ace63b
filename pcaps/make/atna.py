"""Records pcaps/atna: an archive sends an audit message to a repository with util-linux's logger. Persons are made up:
ZQCANARY.

`python pcaps/make/atna.py`. Needs root, iproute2, tcpdump and logger (bsdutils). The message follows DICOM PS3.15 A.5.3
and the samples in the documentation of dcm4chee-arc.
"""

from __future__ import annotations

from lab import Lab


def participant(attributes: str, role: str, kind: str) -> str:
    codes = f'<RoleIDCode csd-code="{role}" codeSystemName="DCM"/>' if role else ""
    return f'<ActiveParticipant {attributes}>{codes}<UserIDTypeCode csd-code="{kind}"/></ActiveParticipant>'


def at(address: str) -> str:
    return f'NetworkAccessPointID="{address}" NetworkAccessPointTypeCode="2"'


MESSAGE = "".join(
    (
        '<AuditMessage><EventIdentification EventActionCode="E" EventOutcomeIndicator="0">',
        '<EventID csd-code="110104" codeSystemName="DCM"/></EventIdentification>',
        participant(f'UserID="PACS1" AlternativeUserID="4711" UserTypeCode="2" {at("10.50.0.31")}', "110153", "110119"),
        participant(f'UserID="WS07" UserTypeCode="2" {at("10.50.0.51")}', "110152", "110119"),
        participant(f'UserID="zqcanary.user" UserName="ZQCANARYMARTIN" {at("10.50.0.52")}', "", "113871"),
        '<AuditSourceIdentification AuditSourceID="archive-1" AuditEnterpriseSiteID="Radiology"/>',
        '<ParticipantObjectIdentification ParticipantObjectID="ZQCANARY4711" ParticipantObjectTypeCode="1">',
        "<ParticipantObjectName>ZQCANARYMARTIN^JEANNE</ParticipantObjectName></ParticipantObjectIdentification>",
        "</AuditMessage>",
    )
)


def main() -> None:
    with Lab() as lab:
        lab.host("archive")
        lab.host("repository")
        lab.wire("archive", "00:14:22:50:00:31", "repository", "00:50:56:50:00:60")
        lab.address("archive", "repository", "10.50.0.31/24")
        lab.address("repository", "archive", "10.50.0.60/24")
        recording = lab.record("repository", "archive", "atna/transferred.pcap", "udp port 514 or arp")
        to = ("-n", "10.50.0.60", "-P", "514", "--udp", "--rfc5424=notime,nohost")
        lab.run(
            "archive",
            "logger",
            *to,
            "--msgid",
            "IHE+RFC-3881",
            "--size",
            "8192",
            "-t",
            "arc",
            "-p",
            "authpriv.notice",
            MESSAGE,
        )
        lab.finish(recording)


if __name__ == "__main__":
    main()
