"""segment-analytics-python, as its documentation has it."""

import json
import sys
import time
from typing import Any

from segment.analytics.client import Client  # type: ignore[import-untyped]

plan: dict[str, Any] = json.loads(sys.argv[1])
errors: list[str] = []


def note(error: Exception, batch: list[Any]) -> None:
    errors.append(f"{error!r} ({len(batch)} events)")


client = Client(plan["key"], host=plan["url"], gzip=plan["gzip"], max_retries=10, on_error=note)
client.track(anonymous_id=plan["anonymous"], event="Product Viewed", properties={"sku": "A-1"})
client.track(plan["earlier"], "Seen Before")
client.identify(plan["user"], {"email": plan["email"], "first_name": "Ann"}, anonymous_id=plan["anonymous"])
client.track(plan["user"], "Order Completed", {"revenue": 12.5, "currency": "EUR", "items": [{"sku": "A-1"}]})
client.page(plan["user"], "Docs", "Home", {"url": "https://shop.test/"})
client.screen(plan["user"], "Docs", "Cart")
client.group(plan["user"], "acct-9", {"name": "Initech"})
client.alias(plan["earlier"], plan["user"])
for number in range(plan["more"]):
    client.track(plan["user"], "Heartbeat", {"n": number, "noise": float("nan")})
    time.sleep(plan["pause"] / 1000)
client.flush()
client.shutdown()
print(json.dumps({"errors": errors}))
