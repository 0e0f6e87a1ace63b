BEGIN TRANSACTION;
CREATE TABLE attribute (
	device VARCHAR(128) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	place INTEGER NOT NULL, 
	value TEXT NOT NULL, 
	confidence DOUBLE NOT NULL, 
	reasons TEXT NOT NULL, 
	CONSTRAINT pk_attribute PRIMARY KEY (device, name, place), 
	CONSTRAINT fk_attribute_device FOREIGN KEY(device) REFERENCES device (id)
);
INSERT INTO "attribute" VALUES('d-622e4f60326eb910','location',0,'Room 3',1.0,'[{"observable":"label.location","text":"Room 3","value":"Room 3","weight":1.0,"rule":"decision:1","protocol":"person","source":"person anna","subject":{"mac":"02:a0:00:00:00:11","ip":"","vlan":0,"application":"","behind":[]},"origin":"decision 1","count":1,"first":{"time":1795474434189010660,"frame":0},"last":{"time":1795474434189010660,"frame":0},"counts_as":"person"}]');
INSERT INTO "attribute" VALUES('d-652b9943652d66a9','network_maker',0,'Dell',0.9,'[{"observable":"ethernet.address","text":"00:14:22:10:20:41","value":"Dell","weight":0.9,"rule":"oui","protocol":"ethernet","source":"ethernet","subject":{"mac":"00:14:22:10:20:41","ip":"","vlan":0,"application":"","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970886618000,"frame":1},"last":{"time":1795449970886618000,"frame":1},"counts_as":"ethernet"}]');
INSERT INTO "attribute" VALUES('d-652b9943652d66a9','os',0,'Linux',0.15,'[{"observable":"tcp.syn","text":"4:64:0:1460:mss*44,10:mss,sok,ts,nop,ws:df,id+","value":"Linux","weight":0.15,"rule":"syn-linux","protocol":"tcp","source":"tcp","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970886646000,"frame":3},"last":{"time":1795449970886646000,"frame":3},"counts_as":"tcp"}]');
INSERT INTO "attribute" VALUES('d-652b9943652d66a9','toolkit',0,'OFFIS DCMTK',0.81,'[{"observable":"dicom.implementation_uid","text":"1.2.276.0.7230010.3.0.3.6.7","value":"OFFIS DCMTK","weight":0.81,"rule":"implementation:1.2.276.0.7230010.3.","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"ECHOSCU","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970891996000,"frame":6},"last":{"time":1795449970891996000,"frame":6},"counts_as":"dicom"},{"observable":"dicom.implementation_version","text":"OFFIS_DCMTK_367","value":"OFFIS DCMTK","weight":0.81,"rule":"dicom-name-dcmtk","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"ECHOSCU","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970891996000,"frame":6},"last":{"time":1795449970891996000,"frame":6},"counts_as":"dicom"},{"observable":"dicom.calling_ae","text":"ECHOSCU","value":"OFFIS DCMTK","weight":0.27,"rule":"dicom-ae-dcmtk-tool","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"ECHOSCU","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970891996000,"frame":6},"last":{"time":1795449970891996000,"frame":6},"counts_as":"dicom"}]');
INSERT INTO "attribute" VALUES('d-652b9943652d66a9','toolkit_maker',0,'OFFIS',0.81,'[{"observable":"dicom.implementation_uid","text":"1.2.276.0.7230010.3.0.3.6.7","value":"OFFIS","weight":0.81,"rule":"implementation:1.2.276.0.7230010.3.","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"ECHOSCU","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970891996000,"frame":6},"last":{"time":1795449970891996000,"frame":6},"counts_as":"dicom"},{"observable":"dicom.implementation_version","text":"OFFIS_DCMTK_367","value":"OFFIS","weight":0.81,"rule":"dicom-name-dcmtk","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"ECHOSCU","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970891996000,"frame":6},"last":{"time":1795449970891996000,"frame":6},"counts_as":"dicom"}]');
INSERT INTO "attribute" VALUES('d-652b9943652d66a9','toolkit_version',0,'3.6.7',0.81,'[{"observable":"dicom.implementation_version","text":"OFFIS_DCMTK_367","value":"3.6.7","weight":0.81,"rule":"dicom-name-dcmtk","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:41","ip":"10.20.2.41","vlan":0,"application":"ECHOSCU","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970891996000,"frame":6},"last":{"time":1795449970891996000,"frame":6},"counts_as":"dicom"}]');
INSERT INTO "attribute" VALUES('d-f710a9e173b58014','network_maker',0,'Dell',0.9,'[{"observable":"ethernet.address","text":"00:14:22:10:20:31","value":"Dell","weight":0.9,"rule":"oui","protocol":"ethernet","source":"ethernet","subject":{"mac":"00:14:22:10:20:31","ip":"","vlan":0,"application":"","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970886636000,"frame":2},"last":{"time":1795449970886636000,"frame":2},"counts_as":"ethernet"}]');
INSERT INTO "attribute" VALUES('d-f710a9e173b58014','os',0,'Linux',0.12,'[{"observable":"tcp.syn_ack","text":"4:64:0:1460:mss-12*45,10:mss,sok,ts,nop,ws:df","value":"Linux","weight":0.12,"rule":"syn-ack-linux","protocol":"tcp","source":"tcp","subject":{"mac":"00:14:22:10:20:31","ip":"10.20.0.31","vlan":0,"application":"","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970886666000,"frame":4},"last":{"time":1795449970886666000,"frame":4},"counts_as":"tcp"}]');
INSERT INTO "attribute" VALUES('d-f710a9e173b58014','toolkit',0,'OFFIS DCMTK',0.81,'[{"observable":"dicom.implementation_uid","text":"1.2.276.0.7230010.3.0.3.6.7","value":"OFFIS DCMTK","weight":0.81,"rule":"implementation:1.2.276.0.7230010.3.","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:31","ip":"10.20.0.31","vlan":0,"application":"ANY-SCP","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970892098000,"frame":8},"last":{"time":1795449970892098000,"frame":8},"counts_as":"dicom"},{"observable":"dicom.implementation_version","text":"OFFIS_DCMTK_367","value":"OFFIS DCMTK","weight":0.81,"rule":"dicom-name-dcmtk","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:31","ip":"10.20.0.31","vlan":0,"application":"ANY-SCP","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970892098000,"frame":8},"last":{"time":1795449970892098000,"frame":8},"counts_as":"dicom"}]');
INSERT INTO "attribute" VALUES('d-f710a9e173b58014','toolkit_maker',0,'OFFIS',0.81,'[{"observable":"dicom.implementation_uid","text":"1.2.276.0.7230010.3.0.3.6.7","value":"OFFIS","weight":0.81,"rule":"implementation:1.2.276.0.7230010.3.","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:31","ip":"10.20.0.31","vlan":0,"application":"ANY-SCP","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970892098000,"frame":8},"last":{"time":1795449970892098000,"frame":8},"counts_as":"dicom"},{"observable":"dicom.implementation_version","text":"OFFIS_DCMTK_367","value":"OFFIS","weight":0.81,"rule":"dicom-name-dcmtk","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:31","ip":"10.20.0.31","vlan":0,"application":"ANY-SCP","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970892098000,"frame":8},"last":{"time":1795449970892098000,"frame":8},"counts_as":"dicom"}]');
INSERT INTO "attribute" VALUES('d-f710a9e173b58014','toolkit_version',0,'3.6.7',0.81,'[{"observable":"dicom.implementation_version","text":"OFFIS_DCMTK_367","value":"3.6.7","weight":0.81,"rule":"dicom-name-dcmtk","protocol":"dicom","source":"dicom","subject":{"mac":"00:14:22:10:20:31","ip":"10.20.0.31","vlan":0,"application":"ANY-SCP","behind":[]},"origin":"407c3197630ff6cd","count":1,"first":{"time":1795449970892098000,"frame":8},"last":{"time":1795449970892098000,"frame":8},"counts_as":"dicom"}]');
CREATE TABLE auscult_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT auscult_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "auscult_version" VALUES('0002');
CREATE TABLE conversation (
	origin INTEGER NOT NULL, 
	day VARCHAR(10) NOT NULL, 
	client VARCHAR(64) NOT NULL, 
	server VARCHAR(64) NOT NULL, 
	port INTEGER NOT NULL, 
	transport VARCHAR(16) NOT NULL, 
	protocol VARCHAR(64) NOT NULL, 
	encrypted BOOLEAN NOT NULL, 
	client_frames BIGINT NOT NULL, 
	client_bytes BIGINT NOT NULL, 
	server_frames BIGINT NOT NULL, 
	server_bytes BIGINT NOT NULL, 
	connections BIGINT NOT NULL, 
	first_time BIGINT NOT NULL, 
	first_frame BIGINT NOT NULL, 
	last_time BIGINT NOT NULL, 
	last_frame BIGINT NOT NULL, 
	CONSTRAINT pk_conversation PRIMARY KEY (origin, day, client, server, port, transport, protocol), 
	CONSTRAINT fk_conversation_origin FOREIGN KEY(origin) REFERENCES origin (number)
);
INSERT INTO "conversation" VALUES(1,'2026-11-23','10.20.0.11','10.20.0.1',0,'icmp','',0,1,98,1,98,0,1795449753712228000,4,1795449753712415000,5);
INSERT INTO "conversation" VALUES(1,'2026-11-23','2001:db8:20::11','ff02::1:ff00:1',0,'icmp6','nd',0,1,86,0,0,0,1795449753719185000,6,1795449753719185000,6);
INSERT INTO "conversation" VALUES(1,'2026-11-23','2001:db8:20::1','2001:db8:20::11',0,'icmp6','nd',0,2,204,1,118,0,1795449753719207000,7,1795449753719216000,9);
INSERT INTO "conversation" VALUES(1,'2026-11-23','fe80::a0:ff:fe00:1','ff02::2',0,'icmp6','nd',0,1,70,0,0,0,1795449754723970000,11,1795449754723970000,11);
INSERT INTO "conversation" VALUES(1,'2026-11-23','fe80::a0:ff:fe00:11','ff02::2',0,'icmp6','nd',0,1,70,0,0,0,1795449754979977000,13,1795449754979977000,13);
INSERT INTO "conversation" VALUES(2,'2026-11-23','10.20.2.41','10.20.0.31',11112,'tcp','dicom',0,11,1035,9,892,1,1795449970886646000,3,1795449970982555000,22);
CREATE TABLE correlation (
	site VARCHAR(64) NOT NULL, 
	ambiguous BIGINT NOT NULL, 
	CONSTRAINT pk_correlation PRIMARY KEY (site)
);
INSERT INTO "correlation" VALUES('main',0);
CREATE TABLE decision (
	number INTEGER NOT NULL, 
	site VARCHAR(64) NOT NULL, 
	action VARCHAR(16) NOT NULL, 
	subject INTEGER NOT NULL, 
	seen BIGINT NOT NULL, 
	other INTEGER, 
	other_seen BIGINT NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	value VARCHAR(256) NOT NULL, 
	"by" VARCHAR(64) NOT NULL, 
	at BIGINT NOT NULL, 
	CONSTRAINT pk_decision PRIMARY KEY (number), 
	CONSTRAINT fk_decision_subject FOREIGN KEY(subject) REFERENCES subject (number), 
	CONSTRAINT fk_decision_other FOREIGN KEY(other) REFERENCES subject (number)
);
INSERT INTO "decision" VALUES(1,'main','label',1,1795449754979977000,NULL,0,'location','Room 3','anna',1795474434189010660);
CREATE TABLE device (
	id VARCHAR(128) NOT NULL, 
	site VARCHAR(64) NOT NULL, 
	kind VARCHAR(64) NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	parent VARCHAR(128) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	first_seen BIGINT NOT NULL, 
	last_seen BIGINT NOT NULL, 
	interfaces TEXT NOT NULL, 
	addresses TEXT NOT NULL, 
	applications TEXT NOT NULL, 
	merges TEXT NOT NULL, 
	rules_version VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_device PRIMARY KEY (id)
);
INSERT INTO "device" VALUES('d-622e4f60326eb910','main','unknown','10.20.0.11','','device',1795449752676839000,1795449754979977000,'["02:a0:00:00:00:11"]','[{"ip":"10.20.0.11","since":1795449752676839000,"until":1795449753712228000},{"ip":"fe80::a0:ff:fe00:11","since":1795449754979977000,"until":1795449754979977000}]','[]','["10.20.0.11 belongs to 02:a0:00:00:00:11: ARP","fe80::a0:ff:fe00:11 belongs to 02:a0:00:00:00:11: ND"]','2026-11-23+1750beae');
INSERT INTO "device" VALUES('d-652b9943652d66a9','main','unknown','ECHOSCU','','device',1795449970886618000,1795449970982555000,'["00:14:22:10:20:41"]','[{"ip":"10.20.2.41","since":1795449970886618000,"until":1795449970982555000}]','["ECHOSCU"]','["10.20.2.41 belongs to 00:14:22:10:20:41: ARP"]','2026-11-23+1750beae');
INSERT INTO "device" VALUES('d-cab37896714be0e4','main','unknown','10.20.0.1','','device',1795449753712226000,1795449755779974000,'["02:a0:00:00:00:01"]','[{"ip":"10.20.0.1","since":1795449753712226000,"until":1795449755779974000},{"ip":"2001:db8:20::1","since":1795449753719207000,"until":1795449753719207000},{"ip":"fe80::a0:ff:fe00:1","since":1795449754723970000,"until":1795449754723970000}]','[]','["10.20.0.1 belongs to 02:a0:00:00:00:01: ARP","2001:db8:20::1 belongs to 02:a0:00:00:00:01: ND","fe80::a0:ff:fe00:1 belongs to 02:a0:00:00:00:01: ND"]','2026-11-23+1750beae');
INSERT INTO "device" VALUES('d-f710a9e173b58014','main','unknown','ANY-SCP','','device',1795449970886636000,1795449970982526000,'["00:14:22:10:20:31"]','[{"ip":"10.20.0.31","since":1795449970886636000,"until":1795449970982526000}]','["ANY-SCP"]','["10.20.0.31 belongs to 00:14:22:10:20:31: ARP"]','2026-11-23+1750beae');
CREATE TABLE device_alias (
	alias VARCHAR(128) NOT NULL, 
	device VARCHAR(128) NOT NULL, 
	CONSTRAINT pk_device_alias PRIMARY KEY (alias), 
	CONSTRAINT fk_device_alias_device FOREIGN KEY(device) REFERENCES device (id)
);
INSERT INTO "device_alias" VALUES('d-08de670969769260','d-cab37896714be0e4');
INSERT INTO "device_alias" VALUES('d-4acbac9e6a8c0525','d-652b9943652d66a9');
INSERT INTO "device_alias" VALUES('d-791c454d6c5b9f01','d-f710a9e173b58014');
INSERT INTO "device_alias" VALUES('d-97661ee7d54d1b4e','d-622e4f60326eb910');
INSERT INTO "device_alias" VALUES('d-ba115da3e0f6aeba','d-f710a9e173b58014');
INSERT INTO "device_alias" VALUES('d-d601c05b767f5e54','d-652b9943652d66a9');
INSERT INTO "device_alias" VALUES('d-ea1b20535164e5b1','d-622e4f60326eb910');
INSERT INTO "device_alias" VALUES('d-ef50beb4ac4cc457','d-cab37896714be0e4');
CREATE TABLE device_subject (
	device VARCHAR(128) NOT NULL, 
	place INTEGER NOT NULL, 
	subject INTEGER NOT NULL, 
	CONSTRAINT pk_device_subject PRIMARY KEY (device, place), 
	CONSTRAINT fk_device_subject_device FOREIGN KEY(device) REFERENCES device (id), 
	CONSTRAINT fk_device_subject_subject FOREIGN KEY(subject) REFERENCES subject (number)
);
INSERT INTO "device_subject" VALUES('d-622e4f60326eb910',0,1);
INSERT INTO "device_subject" VALUES('d-622e4f60326eb910',1,5);
INSERT INTO "device_subject" VALUES('d-622e4f60326eb910',2,4);
INSERT INTO "device_subject" VALUES('d-652b9943652d66a9',0,7);
INSERT INTO "device_subject" VALUES('d-652b9943652d66a9',1,9);
INSERT INTO "device_subject" VALUES('d-652b9943652d66a9',2,11);
INSERT INTO "device_subject" VALUES('d-cab37896714be0e4',0,2);
INSERT INTO "device_subject" VALUES('d-cab37896714be0e4',1,6);
INSERT INTO "device_subject" VALUES('d-cab37896714be0e4',2,3);
INSERT INTO "device_subject" VALUES('d-f710a9e173b58014',0,8);
INSERT INTO "device_subject" VALUES('d-f710a9e173b58014',1,10);
INSERT INTO "device_subject" VALUES('d-f710a9e173b58014',2,12);
CREATE TABLE evidence (
	origin INTEGER NOT NULL, 
	subject INTEGER NOT NULL, 
	observable VARCHAR(64) NOT NULL, 
	day VARCHAR(10) NOT NULL, 
	value VARCHAR(256) NOT NULL, 
	source VARCHAR(160) NOT NULL, 
	protocol VARCHAR(64) NOT NULL, 
	rank BIGINT NOT NULL, 
	weight DOUBLE NOT NULL, 
	count BIGINT NOT NULL, 
	first_time BIGINT NOT NULL, 
	first_frame BIGINT NOT NULL, 
	last_time BIGINT NOT NULL, 
	last_frame BIGINT NOT NULL, 
	CONSTRAINT pk_evidence PRIMARY KEY (origin, subject, observable, day, value, source, protocol), 
	CONSTRAINT fk_evidence_origin FOREIGN KEY(origin) REFERENCES origin (number), 
	CONSTRAINT fk_evidence_subject FOREIGN KEY(subject) REFERENCES subject (number)
);
INSERT INTO "evidence" VALUES(1,1,'ethernet.address','2026-11-23','02:a0:00:00:00:11','ethernet','ethernet',3593879404480635309,0.5,2,1795449752676839000,1,1795449753712205000,2);
INSERT INTO "evidence" VALUES(1,2,'ethernet.address','2026-11-23','02:a0:00:00:00:01','ethernet','ethernet',5837418359678446796,0.5,4,1795449753712226000,3,1795449755779974000,14);
INSERT INTO "evidence" VALUES(1,5,'ip.address','2026-11-23','10.20.0.11','ip','ip',91357036154217406,0.5,1,1795449753712228000,4,1795449753712228000,4);
INSERT INTO "evidence" VALUES(1,6,'ip.address','2026-11-23','10.20.0.1','ip','ip',8348835967548935510,0.5,1,1795449753712415000,5,1795449753712415000,5);
INSERT INTO "evidence" VALUES(1,1,'ip.outside','2026-11-23','ipv6','ip','ip',8373788345897988479,0.5,2,1795449753719185000,6,1795449753719211000,8);
INSERT INTO "evidence" VALUES(1,2,'ip.outside','2026-11-23','ipv6','ip','ip',8373788345897988479,0.5,2,1795449753719207000,7,1795449753719216000,9);
INSERT INTO "evidence" VALUES(1,3,'ip.address','2026-11-23','fe80::a0:ff:fe00:1','ip','ip',6537526107019113800,0.1,1,1795449754723970000,11,1795449754723970000,11);
INSERT INTO "evidence" VALUES(1,4,'ip.address','2026-11-23','fe80::a0:ff:fe00:11','ip','ip',3619811543239561332,0.1,1,1795449754979977000,13,1795449754979977000,13);
INSERT INTO "evidence" VALUES(1,1,'arp.address','2026-11-23','10.20.0.11','arp 02:a0:00:00:00:11','arp',91357036154217406,0.9,2,1795449752676839000,1,1795449753712205000,2);
INSERT INTO "evidence" VALUES(1,2,'arp.address','2026-11-23','10.20.0.1','arp 02:a0:00:00:00:01','arp',8348835967548935510,0.9,4,1795449753712226000,3,1795449755779974000,14);
INSERT INTO "evidence" VALUES(1,2,'nd.address','2026-11-23','2001:db8:20::1','nd 2001:db8:20::1','nd',7100066481225096314,0.9,1,1795449753719207000,7,1795449753719207000,7);
INSERT INTO "evidence" VALUES(1,3,'nd.link_address','2026-11-23','02:a0:00:00:00:01','nd','nd',5837418359678446796,0.8,1,1795449754723970000,11,1795449754723970000,11);
INSERT INTO "evidence" VALUES(1,4,'nd.link_address','2026-11-23','02:a0:00:00:00:11','nd','nd',3593879404480635309,0.8,1,1795449754979977000,13,1795449754979977000,13);
INSERT INTO "evidence" VALUES(2,7,'ethernet.address','2026-11-23','00:14:22:10:20:41','ethernet','ethernet',7075953219854207039,0.5,1,1795449970886618000,1,1795449970886618000,1);
INSERT INTO "evidence" VALUES(2,8,'ethernet.address','2026-11-23','00:14:22:10:20:31','ethernet','ethernet',1598234925685730742,0.5,1,1795449970886636000,2,1795449970886636000,2);
INSERT INTO "evidence" VALUES(2,9,'ip.address','2026-11-23','10.20.2.41','ip','ip',3721502537067274738,0.5,11,1795449970886646000,3,1795449970982555000,22);
INSERT INTO "evidence" VALUES(2,10,'ip.address','2026-11-23','10.20.0.31','ip','ip',2185582205893972998,0.5,9,1795449970886666000,4,1795449970982526000,21);
INSERT INTO "evidence" VALUES(2,7,'arp.address','2026-11-23','10.20.2.41','arp 00:14:22:10:20:41','arp',3721502537067274738,0.9,1,1795449970886618000,1,1795449970886618000,1);
INSERT INTO "evidence" VALUES(2,8,'arp.address','2026-11-23','10.20.0.31','arp 00:14:22:10:20:31','arp',2185582205893972998,0.9,1,1795449970886636000,2,1795449970886636000,2);
INSERT INTO "evidence" VALUES(2,9,'tcp.syn','2026-11-23','4:64:0:1460:mss*44,10:mss,sok,ts,nop,ws:df,id+','tcp','tcp',3261886550545898512,0.3,1,1795449970886646000,3,1795449970886646000,3);
INSERT INTO "evidence" VALUES(2,10,'tcp.syn_ack','2026-11-23','4:64:0:1460:mss-12*45,10:mss,sok,ts,nop,ws:df','tcp','tcp',3217755043840574539,0.3,1,1795449970886666000,4,1795449970886666000,4);
INSERT INTO "evidence" VALUES(2,11,'dicom.calling_ae','2026-11-23','ECHOSCU','dicom','dicom',3866104370374323479,0.9,1,1795449970891996000,6,1795449970891996000,6);
INSERT INTO "evidence" VALUES(2,11,'dicom.implementation_uid','2026-11-23','1.2.276.0.7230010.3.0.3.6.7','dicom','dicom',6260536229254738298,0.9,1,1795449970891996000,6,1795449970891996000,6);
INSERT INTO "evidence" VALUES(2,11,'dicom.implementation_version','2026-11-23','OFFIS_DCMTK_367','dicom','dicom',3017119507723698952,0.9,1,1795449970891996000,6,1795449970891996000,6);
INSERT INTO "evidence" VALUES(2,11,'dicom.max_pdu','2026-11-23','16384','dicom','dicom',7748021395163959674,0.3,1,1795449970891996000,6,1795449970891996000,6);
INSERT INTO "evidence" VALUES(2,11,'dicom.proposed_count','2026-11-23','1','dicom','dicom',8898586205396736955,0.8,1,1795449970891996000,6,1795449970891996000,6);
INSERT INTO "evidence" VALUES(2,11,'dicom.proposed_sop_class','2026-11-23','1.2.840.10008.1.1','dicom','dicom',8636049461231123110,0.8,1,1795449970891996000,6,1795449970891996000,6);
INSERT INTO "evidence" VALUES(2,12,'dicom.called_ae','2026-11-23','ANY-SCP','dicom','dicom',1512492750515713479,0.7,1,1795449970892098000,8,1795449970892098000,8);
INSERT INTO "evidence" VALUES(2,12,'dicom.implementation_uid','2026-11-23','1.2.276.0.7230010.3.0.3.6.7','dicom','dicom',6260536229254738298,0.9,1,1795449970892098000,8,1795449970892098000,8);
INSERT INTO "evidence" VALUES(2,12,'dicom.implementation_version','2026-11-23','OFFIS_DCMTK_367','dicom','dicom',3017119507723698952,0.9,1,1795449970892098000,8,1795449970892098000,8);
INSERT INTO "evidence" VALUES(2,12,'dicom.max_pdu','2026-11-23','16384','dicom','dicom',7748021395163959674,0.3,1,1795449970892098000,8,1795449970892098000,8);
INSERT INTO "evidence" VALUES(2,12,'dicom.accepted_count','2026-11-23','1','dicom','dicom',8898586205396736955,0.9,1,1795449970892098000,8,1795449970892098000,8);
INSERT INTO "evidence" VALUES(2,12,'dicom.accepted_sop_class','2026-11-23','1.2.840.10008.1.1','dicom','dicom',8636049461231123110,0.9,1,1795449970892098000,8,1795449970892098000,8);
INSERT INTO "evidence" VALUES(2,11,'dicom.role_request','2026-11-23','echo','dicom','dicom',8147442014400438769,0.9,1,1795449970936007000,12,1795449970936007000,12);
INSERT INTO "evidence" VALUES(2,12,'dicom.role_provide','2026-11-23','echo','dicom','dicom',8147442014400438769,0.9,1,1795449970980004000,16,1795449970980004000,16);
CREATE TABLE finding (
	origin INTEGER NOT NULL, 
	subject INTEGER NOT NULL, 
	finding VARCHAR(64) NOT NULL, 
	day VARCHAR(10) NOT NULL, 
	protocol VARCHAR(64) NOT NULL, 
	count BIGINT NOT NULL, 
	first_time BIGINT NOT NULL, 
	first_frame BIGINT NOT NULL, 
	last_time BIGINT NOT NULL, 
	last_frame BIGINT NOT NULL, 
	CONSTRAINT pk_finding PRIMARY KEY (origin, subject, finding, day, protocol), 
	CONSTRAINT fk_finding_origin FOREIGN KEY(origin) REFERENCES origin (number), 
	CONSTRAINT fk_finding_subject FOREIGN KEY(subject) REFERENCES subject (number)
);
INSERT INTO "finding" VALUES(2,11,'dicom.default_ae','2026-11-23','dicom',1,1795449970891996000,6,1795449970891996000,6);
INSERT INTO "finding" VALUES(2,12,'dicom.cleartext','2026-11-23','dicom',1,1795449970892098000,8,1795449970892098000,8);
INSERT INTO "finding" VALUES(2,12,'dicom.default_ae','2026-11-23','dicom',1,1795449970892098000,8,1795449970892098000,8);
CREATE TABLE origin (
	number INTEGER NOT NULL, 
	site VARCHAR(64) NOT NULL, 
	sensor VARCHAR(64) NOT NULL, 
	id VARCHAR(128) NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	kind VARCHAR(16) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	size BIGINT NOT NULL, 
	frames BIGINT NOT NULL, 
	bytes BIGINT NOT NULL, 
	started BIGINT NOT NULL, 
	finished BIGINT NOT NULL, 
	first BIGINT NOT NULL, 
	last BIGINT NOT NULL, 
	counters TEXT NOT NULL, 
	faults TEXT NOT NULL, 
	version VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_origin PRIMARY KEY (number), 
	CONSTRAINT uq_origin_site UNIQUE (site, sensor, id)
);
INSERT INTO "origin" VALUES(1,'main','sensor','941b1f421bad3089','neighbours.pcap','capture','complete',1260,14,1012,1795474432690824846,1795474432707721127,1795449753712228000,1795449754979977000,'{"capture.bytes":1012,"capture.cut":0,"capture.damaged":0,"capture.frames":14,"capture.frames_cut_short":0,"capture.frames_refused":0,"capture.times_clipped":0,"dispatch.no_parser.ip:1":2,"dispatch.refused.ip:58":2,"endpoints.outside_site":2,"evidence.outside_site":1,"flows.new":5,"wire.bytes":1012,"wire.frames":14,"wire.ip_other":8,"wire.not_ip":6}','[]','0.1.0');
INSERT INTO "origin" VALUES(2,'main','sensor','407c3197630ff6cd','echo-default-titles.pcap','capture','complete',2387,22,2011,1795474432716384925,1795474432722681683,1795449970886646000,1795449970982555000,'{"capture.bytes":2011,"capture.cut":0,"capture.damaged":0,"capture.frames":22,"capture.frames_cut_short":0,"capture.frames_refused":0,"capture.times_clipped":0,"flows.connections":1,"flows.new":1,"wire.bytes":2011,"wire.frames":22,"wire.not_ip":2,"wire.tcp":20}','[]','0.1.0');
CREATE TABLE subject (
	number INTEGER NOT NULL, 
	"key" VARCHAR(32) NOT NULL, 
	mac VARCHAR(64) NOT NULL, 
	ip VARCHAR(64) NOT NULL, 
	vlan INTEGER NOT NULL, 
	application VARCHAR(256) NOT NULL, 
	behind TEXT NOT NULL, 
	CONSTRAINT pk_subject PRIMARY KEY (number), 
	CONSTRAINT uq_subject_key UNIQUE ("key")
);
INSERT INTO "subject" VALUES(1,'e219d36334ad286a07f978fbf2dff029','02:a0:00:00:00:11','',0,'','[]');
INSERT INTO "subject" VALUES(2,'63e0ea446b85a19e2de35fac40c30ea2','02:a0:00:00:00:01','',0,'','[]');
INSERT INTO "subject" VALUES(3,'428476a2d6a358f68f0a5abfef4f642c','02:a0:00:00:00:01','fe80::a0:ff:fe00:1',0,'','[]');
INSERT INTO "subject" VALUES(4,'883ebec3ba702492910bbe1e12b6dd11','02:a0:00:00:00:11','fe80::a0:ff:fe00:11',0,'','[]');
INSERT INTO "subject" VALUES(5,'5f13d3103e0959a51fa259567031f20f','02:a0:00:00:00:11','10.20.0.11',0,'','[]');
INSERT INTO "subject" VALUES(6,'1dad785c5779e8629aa74978c51a3baf','02:a0:00:00:00:01','10.20.0.1',0,'','[]');
INSERT INTO "subject" VALUES(7,'dd1160efd1764a5286075af4ce9d880d','00:14:22:10:20:41','',0,'','[]');
INSERT INTO "subject" VALUES(8,'ff16f82fbc572dd7039e820adf9a35bd','00:14:22:10:20:31','',0,'','[]');
INSERT INTO "subject" VALUES(9,'7b340fc6bee071a2a3f41af50dbd238a','00:14:22:10:20:41','10.20.2.41',0,'','[]');
INSERT INTO "subject" VALUES(10,'19aedff88249efd283f18ba0c1d9849d','00:14:22:10:20:31','10.20.0.31',0,'','[]');
INSERT INTO "subject" VALUES(11,'f0fbdab367b377ec2d76a30cd5152033','00:14:22:10:20:41','10.20.2.41',0,'ECHOSCU','[]');
INSERT INTO "subject" VALUES(12,'e0cc55d7f9bcf2a9ad66a9f3420ef0a1','00:14:22:10:20:31','10.20.0.31',0,'ANY-SCP','[]');
CREATE INDEX ix_device_site ON device (site);
CREATE INDEX ix_device_alias_device ON device_alias (device);
COMMIT;
