CREATE TABLE public.attribute (
    device character varying(128) NOT NULL COLLATE pg_catalog."C",
    name character varying(64) NOT NULL COLLATE pg_catalog."C",
    place integer NOT NULL,
    value text NOT NULL COLLATE pg_catalog."C",
    confidence double precision NOT NULL,
    reasons text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.auscult_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.conversation (
    origin integer NOT NULL,
    day character varying(10) NOT NULL COLLATE pg_catalog."C",
    client character varying(64) NOT NULL COLLATE pg_catalog."C",
    server character varying(64) NOT NULL COLLATE pg_catalog."C",
    port integer NOT NULL,
    transport character varying(16) NOT NULL COLLATE pg_catalog."C",
    protocol character varying(64) NOT NULL COLLATE pg_catalog."C",
    encrypted boolean NOT NULL,
    client_frames bigint NOT NULL,
    client_bytes bigint NOT NULL,
    server_frames bigint NOT NULL,
    server_bytes bigint NOT NULL,
    connections bigint NOT NULL,
    first_time bigint NOT NULL,
    first_frame bigint NOT NULL,
    last_time bigint NOT NULL,
    last_frame bigint NOT NULL
);
CREATE TABLE public.correlation (
    site character varying(64) NOT NULL COLLATE pg_catalog."C",
    ambiguous bigint NOT NULL
);
CREATE TABLE public.decision (
    number integer NOT NULL,
    site character varying(64) NOT NULL COLLATE pg_catalog."C",
    action character varying(16) NOT NULL COLLATE pg_catalog."C",
    subject integer NOT NULL,
    seen bigint NOT NULL,
    other integer,
    other_seen bigint NOT NULL,
    name character varying(64) NOT NULL COLLATE pg_catalog."C",
    value character varying(256) NOT NULL COLLATE pg_catalog."C",
    by character varying(64) NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL
);
CREATE SEQUENCE public.decision_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.decision_number_seq OWNED BY public.decision.number;
CREATE TABLE public.device (
    id character varying(128) NOT NULL COLLATE pg_catalog."C",
    site character varying(64) NOT NULL COLLATE pg_catalog."C",
    kind character varying(64) NOT NULL COLLATE pg_catalog."C",
    name character varying(256) NOT NULL COLLATE pg_catalog."C",
    parent character varying(128) NOT NULL COLLATE pg_catalog."C",
    state character varying(16) NOT NULL COLLATE pg_catalog."C",
    first_seen bigint NOT NULL,
    last_seen bigint NOT NULL,
    interfaces text NOT NULL COLLATE pg_catalog."C",
    addresses text NOT NULL COLLATE pg_catalog."C",
    applications text NOT NULL COLLATE pg_catalog."C",
    merges text NOT NULL COLLATE pg_catalog."C",
    rules_version character varying(64) NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.device_alias (
    alias character varying(128) NOT NULL COLLATE pg_catalog."C",
    device character varying(128) NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE public.device_subject (
    device character varying(128) NOT NULL COLLATE pg_catalog."C",
    place integer NOT NULL,
    subject integer NOT NULL
);
CREATE TABLE public.evidence (
    origin integer NOT NULL,
    subject integer NOT NULL,
    observable character varying(64) NOT NULL COLLATE pg_catalog."C",
    day character varying(10) NOT NULL COLLATE pg_catalog."C",
    value character varying(256) NOT NULL COLLATE pg_catalog."C",
    source character varying(160) NOT NULL COLLATE pg_catalog."C",
    protocol character varying(64) NOT NULL COLLATE pg_catalog."C",
    rank bigint NOT NULL,
    weight double precision NOT NULL,
    count bigint NOT NULL,
    first_time bigint NOT NULL,
    first_frame bigint NOT NULL,
    last_time bigint NOT NULL,
    last_frame bigint NOT NULL
);
CREATE TABLE public.finding (
    origin integer NOT NULL,
    subject integer NOT NULL,
    finding character varying(64) NOT NULL COLLATE pg_catalog."C",
    day character varying(10) NOT NULL COLLATE pg_catalog."C",
    protocol character varying(64) NOT NULL COLLATE pg_catalog."C",
    count bigint NOT NULL,
    first_time bigint NOT NULL,
    first_frame bigint NOT NULL,
    last_time bigint NOT NULL,
    last_frame bigint NOT NULL
);
CREATE TABLE public.origin (
    number integer NOT NULL,
    site character varying(64) NOT NULL COLLATE pg_catalog."C",
    sensor character varying(64) NOT NULL COLLATE pg_catalog."C",
    id character varying(128) NOT NULL COLLATE pg_catalog."C",
    name character varying(256) NOT NULL COLLATE pg_catalog."C",
    kind character varying(16) NOT NULL COLLATE pg_catalog."C",
    state character varying(16) NOT NULL COLLATE pg_catalog."C",
    size bigint NOT NULL,
    frames bigint NOT NULL,
    bytes bigint NOT NULL,
    started bigint NOT NULL,
    finished bigint NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    counters text NOT NULL COLLATE pg_catalog."C",
    faults text NOT NULL COLLATE pg_catalog."C",
    version character varying(64) NOT NULL COLLATE pg_catalog."C",
    batch bigint DEFAULT '0'::bigint NOT NULL
);
CREATE SEQUENCE public.origin_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.origin_number_seq OWNED BY public.origin.number;
CREATE TABLE public.pushed (
    target character varying(128) NOT NULL COLLATE pg_catalog."C",
    subject integer NOT NULL,
    remote character varying(64) NOT NULL COLLATE pg_catalog."C",
    fields text NOT NULL COLLATE pg_catalog."C",
    state character varying(16) NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL
);
CREATE TABLE public.subject (
    number integer NOT NULL,
    key character varying(32) NOT NULL COLLATE pg_catalog."C",
    mac character varying(64) NOT NULL COLLATE pg_catalog."C",
    ip character varying(64) NOT NULL COLLATE pg_catalog."C",
    vlan integer NOT NULL,
    application character varying(256) NOT NULL COLLATE pg_catalog."C",
    behind text NOT NULL COLLATE pg_catalog."C"
);
CREATE SEQUENCE public.subject_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.subject_number_seq OWNED BY public.subject.number;
ALTER TABLE ONLY public.decision ALTER COLUMN number SET DEFAULT nextval('public.decision_number_seq'::regclass);
ALTER TABLE ONLY public.origin ALTER COLUMN number SET DEFAULT nextval('public.origin_number_seq'::regclass);
ALTER TABLE ONLY public.subject ALTER COLUMN number SET DEFAULT nextval('public.subject_number_seq'::regclass);
INSERT INTO public.attribute VALUES ('d-622e4f60326eb910', 'location', 0, 'Room 3', 1, '[{"observable":"label.location","text":"Room 3","value":"Room 3","weight":1.0,"rule":"decision:1","protocol":"person","source":"person anna","subject":{"mac":"02:a0:00:00:00:11","ip":"","vlan":0,"application":"","behind":[]},"origin":"decision 1","count":1,"first":{"time":1795474452385398915,"frame":0},"last":{"time":1795474452385398915,"frame":0},"counts_as":"person"}]');
INSERT INTO public.attribute VALUES ('d-652b9943652d66a9', 'network_maker', 0, 'Dell', 0.9, '[{"observable":"ethernet.address","text":"00:14:22:10:20:41","value":"Dell","weight":0.9,"rule":"oui","protocol":"ethernet","source":"ethernet","subject":{"mac":"00:14:22:10:20:41","ip":"","vlan":0,"application":"","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970886618000,"frame":1},"last":{"time":1795449970886618000,"frame":1},"counts_as":"ethernet"}]');
INSERT INTO public.attribute VALUES ('d-652b9943652d66a9', 'os', 0, 'Linux', 0.15, '[{"observable":"tcp.syn","text":"4:64:0:1460:mss*44,10:mss,sok,ts,nop,ws:df,id+","value":"Linux","weight":0.15,"rule":"syn-linux","protocol":"tcp","source":"tcp","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970886646000,"frame":3},"last":{"time":1795449970886646000,"frame":3},"counts_as":"tcp"}]');
INSERT INTO public.attribute VALUES ('d-652b9943652d66a9', 'toolkit', 0, 'OFFIS DCMTK', 0.81, '[{"observable":"dicom.implementation_uid","text":"1.2.276.0.7230010.3.0.3.6.7","value":"OFFIS DCMTK","weight":0.81,"rule":"implementation:1.2.276.0.7230010.3.","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"ECHOSCU","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970891996000,"frame":6},"last":{"time":1795449970891996000,"frame":6},"counts_as":"dicom"},{"observable":"dicom.implementation_version","text":"OFFIS_DCMTK_367","value":"OFFIS DCMTK","weight":0.81,"rule":"dicom-name-dcmtk","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"ECHOSCU","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970891996000,"frame":6},"last":{"time":1795449970891996000,"frame":6},"counts_as":"dicom"},{"observable":"dicom.calling_ae","text":"ECHOSCU","value":"OFFIS DCMTK","weight":0.27,"rule":"dicom-ae-dcmtk-tool","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"ECHOSCU","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970891996000,"frame":6},"last":{"time":1795449970891996000,"frame":6},"counts_as":"dicom"}]');
INSERT INTO public.attribute VALUES ('d-652b9943652d66a9', 'toolkit_maker', 0, 'OFFIS', 0.81, '[{"observable":"dicom.implementation_uid","text":"1.2.276.0.7230010.3.0.3.6.7","value":"OFFIS","weight":0.81,"rule":"implementation:1.2.276.0.7230010.3.","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"ECHOSCU","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970891996000,"frame":6},"last":{"time":1795449970891996000,"frame":6},"counts_as":"dicom"},{"observable":"dicom.implementation_version","text":"OFFIS_DCMTK_367","value":"OFFIS","weight":0.81,"rule":"dicom-name-dcmtk","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"ECHOSCU","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970891996000,"frame":6},"last":{"time":1795449970891996000,"frame":6},"counts_as":"dicom"}]');
INSERT INTO public.attribute VALUES ('d-652b9943652d66a9', 'toolkit_version', 0, '3.6.7', 0.81, '[{"observable":"dicom.implementation_version","text":"OFFIS_DCMTK_367","value":"3.6.7","weight":0.81,"rule":"dicom-name-dcmtk","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"ECHOSCU","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970891996000,"frame":6},"last":{"time":1795449970891996000,"frame":6},"counts_as":"dicom"}]');
INSERT INTO public.attribute VALUES ('d-f710a9e173b58014', 'network_maker', 0, 'Dell', 0.9, '[{"observable":"ethernet.address","text":"00:14:22:10:20:31","value":"Dell","weight":0.9,"rule":"oui","protocol":"ethernet","source":"ethernet","subject":{"mac":"00:14:22:10:20:31","ip":"","vlan":0,"application":"","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970886636000,"frame":2},"last":{"time":1795449970886636000,"frame":2},"counts_as":"ethernet"}]');
INSERT INTO public.attribute VALUES ('d-f710a9e173b58014', 'os', 0, 'Linux', 0.12, '[{"observable":"tcp.syn_ack","text":"4:64:0:1460:mss-12*45,10:mss,sok,ts,nop,ws:df","value":"Linux","weight":0.12,"rule":"syn-ack-linux","protocol":"tcp","source":"tcp","subject":{"mac":"00:14:22:10:20:31","ip":"10.20.0.31","vlan":0,"application":"","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970886666000,"frame":4},"last":{"time":1795449970886666000,"frame":4},"counts_as":"tcp"}]');
INSERT INTO public.attribute VALUES ('d-f710a9e173b58014', 'toolkit', 0, 'OFFIS DCMTK', 0.81, '[{"observable":"dicom.implementation_uid","text":"1.2.276.0.7230010.3.0.3.6.7","value":"OFFIS DCMTK","weight":0.81,"rule":"implementation:1.2.276.0.7230010.3.","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:31","ip":"10.20.0.31","vlan":0,"application":"ANY-SCP","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970892098000,"frame":8},"last":{"time":1795449970892098000,"frame":8},"counts_as":"dicom"},{"observable":"dicom.implementation_version","text":"OFFIS_DCMTK_367","value":"OFFIS DCMTK","weight":0.81,"rule":"dicom-name-dcmtk","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:31","ip":"10.20.0.31","vlan":0,"application":"ANY-SCP","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970892098000,"frame":8},"last":{"time":1795449970892098000,"frame":8},"counts_as":"dicom"}]');
INSERT INTO public.attribute VALUES ('d-f710a9e173b58014', 'toolkit_maker', 0, 'OFFIS', 0.81, '[{"observable":"dicom.implementation_uid","text":"1.2.276.0.7230010.3.0.3.6.7","value":"OFFIS","weight":0.81,"rule":"implementation:1.2.276.0.7230010.3.","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:31","ip":"10.20.0.31","vlan":0,"application":"ANY-SCP","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970892098000,"frame":8},"last":{"time":1795449970892098000,"frame":8},"counts_as":"dicom"},{"observable":"dicom.implementation_version","text":"OFFIS_DCMTK_367","value":"OFFIS","weight":0.81,"rule":"dicom-name-dcmtk","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:31","ip":"10.20.0.31","vlan":0,"application":"ANY-SCP","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970892098000,"frame":8},"last":{"time":1795449970892098000,"frame":8},"counts_as":"dicom"}]');
INSERT INTO public.attribute VALUES ('d-f710a9e173b58014', 'toolkit_version', 0, '3.6.7', 0.81, '[{"observable":"dicom.implementation_version","text":"OFFIS_DCMTK_367","value":"3.6.7","weight":0.81,"rule":"dicom-name-dcmtk","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:31","ip":"10.20.0.31","vlan":0,"application":"ANY-SCP","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970892098000,"frame":8},"last":{"time":1795449970892098000,"frame":8},"counts_as":"dicom"}]');
INSERT INTO public.auscult_version VALUES ('0004');
INSERT INTO public.conversation VALUES (1, '2026-11-23', '10.20.0.11', '10.20.0.1', 0, 'icmp', '', false, 1, 98, 1, 98, 0, 1795449753712228000, 4, 1795449753712415000, 5);
INSERT INTO public.conversation VALUES (1, '2026-11-23', '2001:db8:20::11', 'ff02::1:ff00:1', 0, 'icmp6', 'nd', false, 1, 86, 0, 0, 0, 1795449753719185000, 6, 1795449753719185000, 6);
INSERT INTO public.conversation VALUES (1, '2026-11-23', '2001:db8:20::1', '2001:db8:20::11', 0, 'icmp6', 'nd', false, 2, 204, 1, 118, 0, 1795449753719207000, 7, 1795449753719216000, 9);
INSERT INTO public.conversation VALUES (1, '2026-11-23', 'fe80::a0:ff:fe00:1', 'ff02::2', 0, 'icmp6', 'nd', false, 1, 70, 0, 0, 0, 1795449754723970000, 11, 1795449754723970000, 11);
INSERT INTO public.conversation VALUES (1, '2026-11-23', 'fe80::a0:ff:fe00:11', 'ff02::2', 0, 'icmp6', 'nd', false, 1, 70, 0, 0, 0, 1795449754979977000, 13, 1795449754979977000, 13);
INSERT INTO public.conversation VALUES (2, '2026-11-23', '10.20.2.41', '10.20.0.31', 11112, 'tcp', 'dicom', false, 11, 1035, 9, 892, 1, 1795449970886646000, 3, 1795449970982555000, 22);
INSERT INTO public.correlation VALUES ('main', 0);
INSERT INTO public.decision VALUES (1, 'main', 'label', 1, 1795449754979977000, NULL, 0, 'location', 'Room 3', 'anna', 1795474452385398915);
INSERT INTO public.device VALUES ('d-622e4f60326eb910', 'main', 'unknown', '10.20.0.11', '', 'device', 1795449752676839000, 1795449754979977000, '["02:a0:00:00:00:11"]', '[{"ip":"10.20.0.11","since":1795449752676839000,"until":1795449753712228000},{"ip":"fe80::a0:ff:fe00:11","since":1795449754979977000,"until":1795449754979977000}]', '[]', '["10.20.0.11 belongs to 02:a0:00:00:00:11: ARP","fe80::a0:ff:fe00:11 belongs to 02:a0:00:00:00:11: ND"]', '2026-11-23+b3d87eb0');
INSERT INTO public.device VALUES ('d-652b9943652d66a9', 'main', 'unknown', 'ECHOSCU', '', 'device', 1795449970886618000, 1795449970982555000, '["00:14:22:10:20:41"]', '[{"ip":"10.20.2.41","since":1795449970886618000,"until":1795449970982555000}]', '["ECHOSCU"]', '["10.20.2.41 belongs to 00:14:22:10:20:41: ARP"]', '2026-11-23+b3d87eb0');
INSERT INTO public.device VALUES ('d-cab37896714be0e4', 'main', 'unknown', '10.20.0.1', '', 'device', 1795449753712226000, 1795449755779974000, '["02:a0:00:00:00:01"]', '[{"ip":"10.20.0.1","since":1795449753712226000,"until":1795449755779974000},{"ip":"2001:db8:20::1","since":1795449753719207000,"until":1795449753719207000},{"ip":"fe80::a0:ff:fe00:1","since":1795449754723970000,"until":1795449754723970000}]', '[]', '["10.20.0.1 belongs to 02:a0:00:00:00:01: ARP","2001:db8:20::1 belongs to 02:a0:00:00:00:01: ND","fe80::a0:ff:fe00:1 belongs to 02:a0:00:00:00:01: ND"]', '2026-11-23+b3d87eb0');
INSERT INTO public.device VALUES ('d-f710a9e173b58014', 'main', 'unknown', 'ANY-SCP', '', 'device', 1795449970886636000, 1795449970982526000, '["00:14:22:10:20:31"]', '[{"ip":"10.20.0.31","since":1795449970886636000,"until":1795449970982526000}]', '["ANY-SCP"]', '["10.20.0.31 belongs to 00:14:22:10:20:31: ARP"]', '2026-11-23+b3d87eb0');
INSERT INTO public.device_alias VALUES ('d-08de670969769260', 'd-cab37896714be0e4');
INSERT INTO public.device_alias VALUES ('d-4acbac9e6a8c0525', 'd-652b9943652d66a9');
INSERT INTO public.device_alias VALUES ('d-791c454d6c5b9f01', 'd-f710a9e173b58014');
INSERT INTO public.device_alias VALUES ('d-97661ee7d54d1b4e', 'd-622e4f60326eb910');
INSERT INTO public.device_alias VALUES ('d-ba115da3e0f6aeba', 'd-f710a9e173b58014');
INSERT INTO public.device_alias VALUES ('d-d601c05b767f5e54', 'd-652b9943652d66a9');
INSERT INTO public.device_alias VALUES ('d-ea1b20535164e5b1', 'd-622e4f60326eb910');
INSERT INTO public.device_alias VALUES ('d-ef50beb4ac4cc457', 'd-cab37896714be0e4');
INSERT INTO public.device_subject VALUES ('d-622e4f60326eb910', 0, 1);
INSERT INTO public.device_subject VALUES ('d-622e4f60326eb910', 1, 5);
INSERT INTO public.device_subject VALUES ('d-622e4f60326eb910', 2, 4);
INSERT INTO public.device_subject VALUES ('d-652b9943652d66a9', 0, 7);
INSERT INTO public.device_subject VALUES ('d-652b9943652d66a9', 1, 9);
INSERT INTO public.device_subject VALUES ('d-652b9943652d66a9', 2, 11);
INSERT INTO public.device_subject VALUES ('d-cab37896714be0e4', 0, 2);
INSERT INTO public.device_subject VALUES ('d-cab37896714be0e4', 1, 6);
INSERT INTO public.device_subject VALUES ('d-cab37896714be0e4', 2, 3);
INSERT INTO public.device_subject VALUES ('d-f710a9e173b58014', 0, 8);
INSERT INTO public.device_subject VALUES ('d-f710a9e173b58014', 1, 10);
INSERT INTO public.device_subject VALUES ('d-f710a9e173b58014', 2, 12);
INSERT INTO public.evidence VALUES (1, 1, 'ethernet.address', '2026-11-23', '02:a0:00:00:00:11', 'ethernet', 'ethernet', 3593879404480635309, 0.5, 2, 1795449752676839000, 1, 1795449753712205000, 2);
INSERT INTO public.evidence VALUES (1, 2, 'ethernet.address', '2026-11-23', '02:a0:00:00:00:01', 'ethernet', 'ethernet', 5837418359678446796, 0.5, 4, 1795449753712226000, 3, 1795449755779974000, 14);
INSERT INTO public.evidence VALUES (1, 5, 'ip.address', '2026-11-23', '10.20.0.11', 'ip', 'ip', 91357036154217406, 0.5, 1, 1795449753712228000, 4, 1795449753712228000, 4);
INSERT INTO public.evidence VALUES (1, 6, 'ip.address', '2026-11-23', '10.20.0.1', 'ip', 'ip', 8348835967548935510, 0.5, 1, 1795449753712415000, 5, 1795449753712415000, 5);
INSERT INTO public.evidence VALUES (1, 1, 'ip.outside', '2026-11-23', 'ipv6', 'ip', 'ip', 8373788345897988479, 0.5, 2, 1795449753719185000, 6, 1795449753719211000, 8);
INSERT INTO public.evidence VALUES (1, 2, 'ip.outside', '2026-11-23', 'ipv6', 'ip', 'ip', 8373788345897988479, 0.5, 2, 1795449753719207000, 7, 1795449753719216000, 9);
INSERT INTO public.evidence VALUES (1, 3, 'ip.address', '2026-11-23', 'fe80::a0:ff:fe00:1', 'ip', 'ip', 6537526107019113800, 0.1, 1, 1795449754723970000, 11, 1795449754723970000, 11);
INSERT INTO public.evidence VALUES (1, 4, 'ip.address', '2026-11-23', 'fe80::a0:ff:fe00:11', 'ip', 'ip', 3619811543239561332, 0.1, 1, 1795449754979977000, 13, 1795449754979977000, 13);
INSERT INTO public.evidence VALUES (1, 1, 'arp.address', '2026-11-23', '10.20.0.11', 'arp 02:a0:00:00:00:11', 'arp', 91357036154217406, 0.9, 2, 1795449752676839000, 1, 1795449753712205000, 2);
INSERT INTO public.evidence VALUES (1, 2, 'arp.address', '2026-11-23', '10.20.0.1', 'arp 02:a0:00:00:00:01', 'arp', 8348835967548935510, 0.9, 4, 1795449753712226000, 3, 1795449755779974000, 14);
INSERT INTO public.evidence VALUES (1, 2, 'nd.address', '2026-11-23', '2001:db8:20::1', 'nd 2001:db8:20::1', 'nd', 7100066481225096314, 0.9, 1, 1795449753719207000, 7, 1795449753719207000, 7);
INSERT INTO public.evidence VALUES (1, 3, 'nd.link_address', '2026-11-23', '02:a0:00:00:00:01', 'nd', 'nd', 5837418359678446796, 0.8, 1, 1795449754723970000, 11, 1795449754723970000, 11);
INSERT INTO public.evidence VALUES (1, 4, 'nd.link_address', '2026-11-23', '02:a0:00:00:00:11', 'nd', 'nd', 3593879404480635309, 0.8, 1, 1795449754979977000, 13, 1795449754979977000, 13);
INSERT INTO public.evidence VALUES (2, 7, 'ethernet.address', '2026-11-23', '00:14:22:10:20:41', 'ethernet', 'ethernet', 7075953219854207039, 0.5, 1, 1795449970886618000, 1, 1795449970886618000, 1);
INSERT INTO public.evidence VALUES (2, 8, 'ethernet.address', '2026-11-23', '00:14:22:10:20:31', 'ethernet', 'ethernet', 1598234925685730742, 0.5, 1, 1795449970886636000, 2, 1795449970886636000, 2);
INSERT INTO public.evidence VALUES (2, 9, 'ip.address', '2026-11-23', '10.20.2.41', 'ip', 'ip', 3721502537067274738, 0.5, 11, 1795449970886646000, 3, 1795449970982555000, 22);
INSERT INTO public.evidence VALUES (2, 10, 'ip.address', '2026-11-23', '10.20.0.31', 'ip', 'ip', 2185582205893972998, 0.5, 9, 1795449970886666000, 4, 1795449970982526000, 21);
INSERT INTO public.evidence VALUES (2, 7, 'arp.address', '2026-11-23', '10.20.2.41', 'arp 00:14:22:10:20:41', 'arp', 3721502537067274738, 0.9, 1, 1795449970886618000, 1, 1795449970886618000, 1);
INSERT INTO public.evidence VALUES (2, 8, 'arp.address', '2026-11-23', '10.20.0.31', 'arp 00:14:22:10:20:31', 'arp', 2185582205893972998, 0.9, 1, 1795449970886636000, 2, 1795449970886636000, 2);
INSERT INTO public.evidence VALUES (2, 9, 'tcp.syn', '2026-11-23', '4:64:0:1460:mss*44,10:mss,sok,ts,nop,ws:df,id+', 'tcp', 'tcp', 3261886550545898512, 0.3, 1, 1795449970886646000, 3, 1795449970886646000, 3);
INSERT INTO public.evidence VALUES (2, 10, 'tcp.syn_ack', '2026-11-23', '4:64:0:1460:mss-12*45,10:mss,sok,ts,nop,ws:df', 'tcp', 'tcp', 3217755043840574539, 0.3, 1, 1795449970886666000, 4, 1795449970886666000, 4);
INSERT INTO public.evidence VALUES (2, 11, 'dicom.calling_ae', '2026-11-23', 'ECHOSCU', 'dicom', 'dicom', 3866104370374323479, 0.9, 1, 1795449970891996000, 6, 1795449970891996000, 6);
INSERT INTO public.evidence VALUES (2, 11, 'dicom.implementation_uid', '2026-11-23', '1.2.276.0.7230010.3.0.3.6.7', 'dicom', 'dicom', 6260536229254738298, 0.9, 1, 1795449970891996000, 6, 1795449970891996000, 6);
INSERT INTO public.evidence VALUES (2, 11, 'dicom.implementation_version', '2026-11-23', 'OFFIS_DCMTK_367', 'dicom', 'dicom', 3017119507723698952, 0.9, 1, 1795449970891996000, 6, 1795449970891996000, 6);
INSERT INTO public.evidence VALUES (2, 11, 'dicom.max_pdu', '2026-11-23', '16384', 'dicom', 'dicom', 7748021395163959674, 0.3, 1, 1795449970891996000, 6, 1795449970891996000, 6);
INSERT INTO public.evidence VALUES (2, 11, 'dicom.proposed_count', '2026-11-23', '1', 'dicom', 'dicom', 8898586205396736955, 0.8, 1, 1795449970891996000, 6, 1795449970891996000, 6);
INSERT INTO public.evidence VALUES (2, 11, 'dicom.proposed_sop_class', '2026-11-23', '1.2.840.10008.1.1', 'dicom', 'dicom', 8636049461231123110, 0.8, 1, 1795449970891996000, 6, 1795449970891996000, 6);
INSERT INTO public.evidence VALUES (2, 12, 'dicom.called_ae', '2026-11-23', 'ANY-SCP', 'dicom', 'dicom', 1512492750515713479, 0.7, 1, 1795449970892098000, 8, 1795449970892098000, 8);
INSERT INTO public.evidence VALUES (2, 12, 'dicom.implementation_uid', '2026-11-23', '1.2.276.0.7230010.3.0.3.6.7', 'dicom', 'dicom', 6260536229254738298, 0.9, 1, 1795449970892098000, 8, 1795449970892098000, 8);
INSERT INTO public.evidence VALUES (2, 12, 'dicom.implementation_version', '2026-11-23', 'OFFIS_DCMTK_367', 'dicom', 'dicom', 3017119507723698952, 0.9, 1, 1795449970892098000, 8, 1795449970892098000, 8);
INSERT INTO public.evidence VALUES (2, 12, 'dicom.max_pdu', '2026-11-23', '16384', 'dicom', 'dicom', 7748021395163959674, 0.3, 1, 1795449970892098000, 8, 1795449970892098000, 8);
INSERT INTO public.evidence VALUES (2, 12, 'dicom.accepted_count', '2026-11-23', '1', 'dicom', 'dicom', 8898586205396736955, 0.9, 1, 1795449970892098000, 8, 1795449970892098000, 8);
INSERT INTO public.evidence VALUES (2, 12, 'dicom.accepted_sop_class', '2026-11-23', '1.2.840.10008.1.1', 'dicom', 'dicom', 8636049461231123110, 0.9, 1, 1795449970892098000, 8, 1795449970892098000, 8);
INSERT INTO public.evidence VALUES (2, 11, 'dicom.role_request', '2026-11-23', 'echo', 'dicom', 'dicom', 8147442014400438769, 0.9, 1, 1795449970936007000, 12, 1795449970936007000, 12);
INSERT INTO public.evidence VALUES (2, 12, 'dicom.role_provide', '2026-11-23', 'echo', 'dicom', 'dicom', 8147442014400438769, 0.9, 1, 1795449970980004000, 16, 1795449970980004000, 16);
INSERT INTO public.finding VALUES (2, 11, 'dicom.default_ae', '2026-11-23', 'dicom', 1, 1795449970891996000, 6, 1795449970891996000, 6);
INSERT INTO public.finding VALUES (2, 12, 'dicom.cleartext', '2026-11-23', 'dicom', 1, 1795449970892098000, 8, 1795449970892098000, 8);
INSERT INTO public.finding VALUES (2, 12, 'dicom.any_ae', '2026-11-23', 'dicom', 1, 1795449970892098000, 8, 1795449970892098000, 8);
INSERT INTO public.origin VALUES (1, 'main', 'sensor', '941b1f421bad3089', 'neighbours.pcap', 'capture', 'complete', 1260, 14, 1012, 1795474450372229081, 1795474450415991472, 1795449753712228000, 1795449754979977000, '{"capture.bytes":1012,"capture.cut":0,"capture.damaged":0,"capture.frames":14,"capture.frames_cut_short":0,"capture.frames_refused":0,"capture.times_clipped":0,"dispatch.no_parser.ip:1":2,"dispatch.refused.ip:58":2,"endpoints.outside_site":2,"evidence.outside_site":1,"flows.new":5,"wire.bytes":1012,"wire.frames":14,"wire.ip_other":8,"wire.not_ip":6}', '[]', '0.1.0', 1);
INSERT INTO public.origin VALUES (2, 'main', 'sensor', '407c3197630ff6cd', 'echo-default-titles.pcap', 'capture', 'complete', 2387, 22, 2011, 1795474450430107509, 1795474450472263670, 1795449970886646000, 1795449970982555000, '{"capture.bytes":2011,"capture.cut":0,"capture.damaged":0,"capture.frames":22,"capture.frames_cut_short":0,"capture.frames_refused":0,"capture.times_clipped":0,"flows.connections":1,"flows.new":1,"wire.bytes":2011,"wire.frames":22,"wire.not_ip":2,"wire.tcp":20}', '[]', '0.1.0', 1);
INSERT INTO public.pushed VALUES ('netbox https://netbox.example', 1, '17', '{}', 'active', 1);
INSERT INTO public.subject VALUES (1, 'e219d36334ad286a07f978fbf2dff029', '02:a0:00:00:00:11', '', 0, '', '[]');
INSERT INTO public.subject VALUES (2, '63e0ea446b85a19e2de35fac40c30ea2', '02:a0:00:00:00:01', '', 0, '', '[]');
INSERT INTO public.subject VALUES (3, '428476a2d6a358f68f0a5abfef4f642c', '02:a0:00:00:00:01', 'fe80::a0:ff:fe00:1', 0, '', '[]');
INSERT INTO public.subject VALUES (4, '883ebec3ba702492910bbe1e12b6dd11', '02:a0:00:00:00:11', 'fe80::a0:ff:fe00:11', 0, '', '[]');
INSERT INTO public.subject VALUES (5, '5f13d3103e0959a51fa259567031f20f', '02:a0:00:00:00:11', '10.20.0.11', 0, '', '[]');
INSERT INTO public.subject VALUES (6, '1dad785c5779e8629aa74978c51a3baf', '02:a0:00:00:00:01', '10.20.0.1', 0, '', '[]');
INSERT INTO public.subject VALUES (7, 'dd1160efd1764a5286075af4ce9d880d', '00:14:22:10:20:41', '', 0, '', '[]');
INSERT INTO public.subject VALUES (8, 'ff16f82fbc572dd7039e820adf9a35bd', '00:14:22:10:20:31', '', 0, '', '[]');
INSERT INTO public.subject VALUES (9, '7b340fc6bee071a2a3f41af50dbd238a', '00:14:22:10:20:41', '10.20.2.41', 0, '', '[]');
INSERT INTO public.subject VALUES (10, '19aedff88249efd283f18ba0c1d9849d', '00:14:22:10:20:31', '10.20.0.31', 0, '', '[]');
INSERT INTO public.subject VALUES (11, 'f0fbdab367b377ec2d76a30cd5152033', '00:14:22:10:20:41', '10.20.2.41', 0, 'ECHOSCU', '[]');
INSERT INTO public.subject VALUES (12, 'e0cc55d7f9bcf2a9ad66a9f3420ef0a1', '00:14:22:10:20:31', '10.20.0.31', 0, 'ANY-SCP', '[]');
SELECT pg_catalog.setval('public.decision_number_seq', 1, true);
SELECT pg_catalog.setval('public.origin_number_seq', 2, true);
SELECT pg_catalog.setval('public.subject_number_seq', 13, true);
ALTER TABLE ONLY public.auscult_version
    ADD CONSTRAINT auscult_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.attribute
    ADD CONSTRAINT pk_attribute PRIMARY KEY (device, name, place);
ALTER TABLE ONLY public.conversation
    ADD CONSTRAINT pk_conversation PRIMARY KEY (origin, day, client, server, port, transport, protocol);
ALTER TABLE ONLY public.correlation
    ADD CONSTRAINT pk_correlation PRIMARY KEY (site);
ALTER TABLE ONLY public.decision
    ADD CONSTRAINT pk_decision PRIMARY KEY (number);
ALTER TABLE ONLY public.device
    ADD CONSTRAINT pk_device PRIMARY KEY (id);
ALTER TABLE ONLY public.device_alias
    ADD CONSTRAINT pk_device_alias PRIMARY KEY (alias);
ALTER TABLE ONLY public.device_subject
    ADD CONSTRAINT pk_device_subject PRIMARY KEY (device, place);
ALTER TABLE ONLY public.evidence
    ADD CONSTRAINT pk_evidence PRIMARY KEY (origin, subject, observable, day, value, source, protocol);
ALTER TABLE ONLY public.finding
    ADD CONSTRAINT pk_finding PRIMARY KEY (origin, subject, finding, day, protocol);
ALTER TABLE ONLY public.origin
    ADD CONSTRAINT pk_origin PRIMARY KEY (number);
ALTER TABLE ONLY public.pushed
    ADD CONSTRAINT pk_pushed PRIMARY KEY (target, subject);
ALTER TABLE ONLY public.subject
    ADD CONSTRAINT pk_subject PRIMARY KEY (number);
ALTER TABLE ONLY public.origin
    ADD CONSTRAINT uq_origin_site UNIQUE (site, sensor, id);
ALTER TABLE ONLY public.subject
    ADD CONSTRAINT uq_subject_key UNIQUE (key);
CREATE INDEX ix_device_alias_device ON public.device_alias USING btree (device);
CREATE INDEX ix_device_site ON public.device USING btree (site);
ALTER TABLE ONLY public.attribute
    ADD CONSTRAINT fk_attribute_device FOREIGN KEY (device) REFERENCES public.device(id);
ALTER TABLE ONLY public.conversation
    ADD CONSTRAINT fk_conversation_origin FOREIGN KEY (origin) REFERENCES public.origin(number);
ALTER TABLE ONLY public.decision
    ADD CONSTRAINT fk_decision_other FOREIGN KEY (other) REFERENCES public.subject(number);
ALTER TABLE ONLY public.decision
    ADD CONSTRAINT fk_decision_subject FOREIGN KEY (subject) REFERENCES public.subject(number);
ALTER TABLE ONLY public.device_alias
    ADD CONSTRAINT fk_device_alias_device FOREIGN KEY (device) REFERENCES public.device(id);
ALTER TABLE ONLY public.device_subject
    ADD CONSTRAINT fk_device_subject_device FOREIGN KEY (device) REFERENCES public.device(id);
ALTER TABLE ONLY public.device_subject
    ADD CONSTRAINT fk_device_subject_subject FOREIGN KEY (subject) REFERENCES public.subject(number);
ALTER TABLE ONLY public.evidence
    ADD CONSTRAINT fk_evidence_origin FOREIGN KEY (origin) REFERENCES public.origin(number);
ALTER TABLE ONLY public.evidence
    ADD CONSTRAINT fk_evidence_subject FOREIGN KEY (subject) REFERENCES public.subject(number);
ALTER TABLE ONLY public.finding
    ADD CONSTRAINT fk_finding_origin FOREIGN KEY (origin) REFERENCES public.origin(number);
ALTER TABLE ONLY public.finding
    ADD CONSTRAINT fk_finding_subject FOREIGN KEY (subject) REFERENCES public.subject(number);
ALTER TABLE ONLY public.pushed
    ADD CONSTRAINT fk_pushed_subject FOREIGN KEY (subject) REFERENCES public.subject(number);
