"""The same request sent several times at once makes one request and gets one receipt."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection
from django.test import Client

from consent.models import PrivacyRequest, ProtocolReceipt
from cxprofiles.tokens import create_token
from tests.factories.protocols import dsr
from tests.integration.doors.conftest import deployment, transactional_db

__all__ = ["deployment", "transactional_db"]


def test_one_request_is_made_of_many_sendings(deployment: None) -> None:
    token = create_token(name="controller", scopes=["privacy"], actor="test")
    body = json.dumps(dsr()).encode()

    def send(_: int) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answered = Client().generic("POST", "/v2/requests", body, content_type="application/json", headers=headers)
            return answered.status_code, answered.content
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers: set[Any] = set(pool.map(send, range(8)))
    [(status, _)] = answers
    assert status == 201
    assert (PrivacyRequest.objects.count(), ProtocolReceipt.objects.count()) == (1, 1)
