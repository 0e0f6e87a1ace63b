"""What GLPI's REST API answers to who reads lists: apirest.md of glpi-project/glpi."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.push.server import Answer, Request

RANGE_MAX = 990
LOGIN = "Basic " + base64.b64encode(b"auscult:zqsecret").decode()


class Glpi:
    """items: by type. sessions: those that are open."""

    def __init__(self, items: dict[str, list[dict[str, Any]]]) -> None:
        self.items = items
        self.sessions: set[str] = set()

    def __call__(self, request: Request) -> Answer:
        parts = urlsplit(request.path)
        path = unquote(parts.path.removeprefix("/apirest.php/")).strip("/")
        if request.method != "GET" or request.raw or not parts.path.startswith("/apirest.php/"):
            return Answer(400, ["ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM", ""])
        if request.headers.get("App-Token") != "zqapp":
            return Answer(400, ["ERROR_WRONG_APP_TOKEN_PARAMETER", "parameter app_token seems wrong"])
        if path == "initSession":
            if request.headers.get("Authorization") not in (LOGIN, "user_token zquser"):
                return Answer(401, ["ERROR_GLPI_LOGIN", "Incorrect username or password"])
            self.sessions.add("zqsession")
            return Answer(200, {"session_token": "zqsession"})
        if request.headers.get("Session-Token") not in self.sessions:
            return Answer(401, ["ERROR_SESSION_TOKEN_INVALID", "session_token seems invalid"])
        if path == "killSession":
            self.sessions.clear()
            return Answer(200)
        if path not in self.items:
            return Answer(400, ["ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM", "resource not found"])
        asked = parse_qs(parts.query)
        begin, end = map(int, asked["range"][0].split("-"))
        found = self.items[path]
        if begin and begin >= len(found):
            said = f"Provided range exceed total count of data: {len(found)}"
            return Answer(400, ["ERROR_RANGE_EXCEED_TOTAL", said])
        page = found[begin : min(end + 1, begin + RANGE_MAX)]
        return Answer(206 if len(page) < len(found) else 200, page, {"Accept-Range": f"{path} {RANGE_MAX}"})
