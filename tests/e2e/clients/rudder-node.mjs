// @rudderstack/rudder-sdk-node.
import RudderAnalytics from '@rudderstack/rudder-sdk-node'
import { plan, report } from './plan.mjs'

const Client = RudderAnalytics.default ?? RudderAnalytics
const errors = []
const client = new Client(plan.key, { dataPlaneUrl: plan.url, flushAt: 20, flushInterval: 200, gzip: plan.gzip })
const told = (error) => error && errors.push(String(error))

client.track({ anonymousId: plan.anonymous, event: 'Product Viewed', properties: { sku: 'A-1' } }, told)
client.track({ userId: plan.earlier, event: 'Seen Before' }, told)
client.identify({ userId: plan.user, anonymousId: plan.anonymous, traits: { email: plan.email, first_name: 'Ann' } }, told)
client.track({ userId: plan.user, event: 'Order Completed', properties: { revenue: 12.5, currency: 'EUR' } }, told)
client.page({ userId: plan.user, name: 'Home', properties: { url: 'https://shop.test/' } }, told)
client.screen({ userId: plan.user, name: 'Cart' }, told)
client.group({ userId: plan.user, groupId: 'acct-9', traits: { name: 'Initech' } }, told)
client.alias({ userId: plan.user, previousId: plan.earlier }, told)
for (let n = 0; n < plan.more; n += 1) {
  client.track({ userId: plan.user, event: 'Heartbeat', properties: { n } }, told)
  if (plan.pause) await new Promise((resolve) => setTimeout(resolve, plan.pause))
}
await client.flush()
report(errors)
