"""Reports of Puritan Bennett ventilators: the beginnings as recorded in public code (mdpnp's PB840 sample, others)."""

from __future__ import annotations

ASK, ASK_LONG, RESET = b"SNDA\r", b"SNDF\r", b"RSET\r"
SHORT = b"MISCA,706,97,\x0214:47 ,840 3510053249    ,      ,NOV 22 2011 ,CMV   ,14.0  ,0.36  ,55    ,ZQCANARY,\x03\r"
LONG = b"MISCF,1225,169 ,\x0210:40 ,980 35B1500404    ,APR 24 2023 ,INVASIVE ,SIMV  ,VC    ,PS    ,V-Trig,15.0  ,\x03\r"
