"""posthog, as its documentation has it."""

import json
import sys
import time
from typing import Any

from posthog import Posthog

plan: dict[str, Any] = json.loads(sys.argv[1])
errors: list[str] = []


def note(error: Exception, batch: list[Any]) -> None:
    errors.append(f"{error!r} ({len(batch)} events)")


client = Posthog(plan["key"], host=plan["url"], gzip=plan["gzip"], on_error=note, max_retries=8, flush_interval=0.2)
client.capture("Seen Before", distinct_id=plan["earlier"])
client.set(distinct_id=plan["user"], properties={"email": plan["email"], "first_name": "Ann"})
client.set_once(distinct_id=plan["user"], properties={"first_channel": "shop"})
client.capture("Order Completed", distinct_id=plan["user"], properties={"revenue": 12.5, "currency": "EUR"})
client.capture("$pageview", distinct_id=plan["user"], properties={"$current_url": "https://shop.test/"})
client.group_identify("company", "acct-9", {"name": "Initech"}, distinct_id=plan["user"])
client.alias(plan["earlier"], plan["user"])
for number in range(plan["more"]):
    client.capture("Heartbeat", distinct_id=plan["user"], properties={"n": number})
    time.sleep(plan["pause"] / 1000)
client.flush()
client.shutdown()
print(json.dumps({"errors": errors}))
