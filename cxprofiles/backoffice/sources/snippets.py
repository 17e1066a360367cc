"""Code that sends a first event from each client, ready to be copied. Pure: the address and the key are put in.

The clients are the ones that the end-to-end tests drive, each made as it is there (docs/clients.md).
"""

from typing import NamedTuple

URL, KEY = "{{url}}", "{{key}}"
PLACEHOLDER = "WRITE_KEY"


class Snippet(NamedTuple):
    """One client: what is installed, and code that sends a first event."""

    name: str
    family: str
    label: str
    install: str
    code: str


SEGMENT_WEB = """import { AnalyticsBrowser } from '@segment/analytics-next'

const [analytics] = await AnalyticsBrowser.load({ writeKey: '{{key}}', cdnURL: '{{url}}' })
analytics.page()
analytics.track('Product Viewed', { sku: 'A-1' })
analytics.identify('u-1', { email: 'ann@example.org' })
"""
SEGMENT_NODE = """import { Analytics } from '@segment/analytics-node'

const analytics = new Analytics({ writeKey: '{{key}}', host: '{{url}}' })
analytics.identify({ userId: 'u-1', traits: { email: 'ann@example.org' } })
analytics.track({ userId: 'u-1', event: 'Order Completed', properties: { revenue: 12.5, currency: 'EUR' } })
await analytics.closeAndFlush()
"""
SEGMENT_PYTHON = """from segment.analytics.client import Client

client = Client("{{key}}", host="{{url}}")
client.identify("u-1", {"email": "ann@example.org"})
client.track("u-1", "Order Completed", {"revenue": 12.5, "currency": "EUR"})
client.flush()
client.shutdown()
"""
RUDDER_WEB = """import { RudderAnalytics } from '@rudderstack/analytics-js/bundled'

const analytics = new RudderAnalytics()
analytics.load('{{key}}', '{{url}}', { configUrl: '{{url}}' })
analytics.page()
analytics.track('Product Viewed', { sku: 'A-1' })
analytics.identify('u-1', { email: 'ann@example.org' })
"""
RUDDER_NODE = """import RudderAnalytics from '@rudderstack/rudder-sdk-node'

const Client = RudderAnalytics.default ?? RudderAnalytics
const client = new Client('{{key}}', { dataPlaneUrl: '{{url}}' })
const told = (error) => error && console.error(String(error))
client.identify({ userId: 'u-1', traits: { email: 'ann@example.org' } }, told)
client.track({ userId: 'u-1', event: 'Order Completed', properties: { revenue: 12.5, currency: 'EUR' } }, told)
await client.flush()
"""
RUDDER_PYTHON = """from rudderstack.analytics.client import Client

client = Client("{{key}}", host="{{url}}")
client.identify("u-1", {"email": "ann@example.org"})
client.track("u-1", "Order Completed", {"revenue": 12.5, "currency": "EUR"})
client.flush()
client.shutdown()
"""
POSTHOG_WEB = """import posthog from 'posthog-js'

posthog.init('{{key}}', {
  api_host: '{{url}}',
  advanced_disable_flags: true,
  disable_external_dependency_loading: true,
  disable_session_recording: true,
  autocapture: false,
})
posthog.capture('Product Viewed', { sku: 'A-1' })
posthog.identify('u-1', { email: 'ann@example.org' })
"""
POSTHOG_NODE = """import { PostHog } from 'posthog-node'

const client = new PostHog('{{key}}', { host: '{{url}}' })
client.identify({ distinctId: 'u-1', properties: { email: 'ann@example.org' } })
client.capture({ distinctId: 'u-1', event: 'Order Completed', properties: { revenue: 12.5, currency: 'EUR' } })
await client.shutdown()
"""
POSTHOG_PYTHON = """from posthog import Posthog

client = Posthog("{{key}}", host="{{url}}")
client.set(distinct_id="u-1", properties={"email": "ann@example.org"})
client.capture("Order Completed", distinct_id="u-1", properties={"revenue": 12.5, "currency": "EUR"})
client.flush()
client.shutdown()
"""
JITSU = """import { jitsuAnalytics } from '@jitsu/js'

const analytics = jitsuAnalytics({ host: '{{url}}', writeKey: '{{key}}:any' })
await analytics.track('Product Viewed', { sku: 'A-1' })
await analytics.identify('u-1', { email: 'ann@example.org' })
"""
CLOUDEVENTS_PYTHON = """import requests
from cloudevents.core.bindings.http import to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

about = {"id": "1", "type": "shop.ordered", "source": "/shop", "specversion": "1.0",
         "datacontenttype": "application/json"}
data = {"userId": "u-1", "revenue": 12.5, "currency": "EUR"}
message = to_structured(CloudEvent(attributes=about, data=data), JSONFormat())
answer = requests.post("{{url}}/v1/cloudevents", data=message.body, headers=dict(message.headers),
                       auth=("{{key}}", ""), timeout=30)
answer.raise_for_status()
"""
CLOUDEVENTS_JS = """import { CloudEvent, emitterFor, httpTransport, Mode } from 'cloudevents'

const emit = emitterFor(httpTransport('{{url}}/v1/cloudevents'), { mode: Mode.STRUCTURED })
const headers = { authorization: 'Basic ' + Buffer.from('{{key}}:').toString('base64') }
await emit(
  new CloudEvent({ type: 'shop.ordered', source: '/shop', data: { userId: 'u-1', revenue: 12.5, currency: 'EUR' } }),
  { headers },
)
"""
CURL = """curl -u {{key}}: {{url}}/v1/track -H 'Content-Type: application/json' \\
  -d '{"userId": "u-1", "event": "Order Completed", "properties": {"revenue": 12.5, "currency": "EUR"}}'
"""

SNIPPETS = (
    Snippet("segment-web", "Segment", "Segment, browser", "npm install @segment/analytics-next", SEGMENT_WEB),
    Snippet("segment-node", "Segment", "Segment, Node", "npm install @segment/analytics-node", SEGMENT_NODE),
    Snippet("segment-python", "Segment", "Segment, Python", "pip install segment-analytics-python", SEGMENT_PYTHON),
    Snippet("rudder-web", "RudderStack", "RudderStack, browser", "npm install @rudderstack/analytics-js", RUDDER_WEB),
    Snippet("rudder-node", "RudderStack", "RudderStack, Node", "npm install @rudderstack/rudder-sdk-node", RUDDER_NODE),
    Snippet("rudder-python", "RudderStack", "RudderStack, Python", "pip install rudder-sdk-python", RUDDER_PYTHON),
    Snippet("posthog-web", "PostHog", "PostHog, browser", "npm install posthog-js", POSTHOG_WEB),
    Snippet("posthog-node", "PostHog", "PostHog, Node", "npm install posthog-node", POSTHOG_NODE),
    Snippet("posthog-python", "PostHog", "PostHog, Python", "pip install posthog", POSTHOG_PYTHON),
    Snippet("jitsu", "Jitsu", "Jitsu, browser", "npm install @jitsu/js", JITSU),
    Snippet(
        "cloudevents-python",
        "CloudEvents",
        "CloudEvents, Python",
        "pip install cloudevents requests",
        CLOUDEVENTS_PYTHON,
    ),
    Snippet("cloudevents-js", "CloudEvents", "CloudEvents, Node", "npm install cloudevents", CLOUDEVENTS_JS),
    Snippet("curl", "HTTP", "curl", "", CURL),
)
BROWSER = frozenset({"segment-web", "rudder-web", "posthog-web", "jitsu"})


def snippets_for(*, url: str, key: str, trusted: bool) -> list[Snippet]:
    """All clients with the address and the key in their code; those that suit the source first: in a browser a key can
    be read by anybody."""
    put_in = [one._replace(code=one.code.replace(URL, url).replace(KEY, key)) for one in SNIPPETS]
    return sorted(put_in, key=lambda one: (one.name in BROWSER) == trusted)
