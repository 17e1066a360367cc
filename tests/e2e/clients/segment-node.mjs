// @segment/analytics-node, as its documentation has it.
import { Analytics } from '@segment/analytics-node'
import { plan, report } from './plan.mjs'

const errors = []
const client = new Analytics({ writeKey: plan.key, host: plan.url, maxRetries: 8, flushInterval: 100 })
client.on('error', (error) => errors.push(String(error.reason ?? error.code)))

client.track({ anonymousId: plan.anonymous, event: 'Product Viewed', properties: { sku: 'A-1' } })
client.track({ userId: plan.earlier, event: 'Seen Before' })
client.identify({ userId: plan.user, anonymousId: plan.anonymous, traits: { email: plan.email, first_name: 'Ann' } })
client.track({ userId: plan.user, event: 'Order Completed', properties: { revenue: 12.5, currency: 'EUR', n: null } })
client.page({ userId: plan.user, name: 'Home', category: 'Docs', properties: { url: 'https://shop.test/' } })
client.screen({ userId: plan.user, name: 'Cart' })
client.group({ userId: plan.user, groupId: 'acct-9', traits: { name: 'Initech' } })
client.alias({ userId: plan.user, previousId: plan.earlier })
for (let n = 0; n < plan.more; n += 1) {
  client.track({ userId: plan.user, event: 'Heartbeat', properties: { n } })
  if (plan.pause) await new Promise((resolve) => setTimeout(resolve, plan.pause))
}
await client.closeAndFlush({ timeout: 60000 })
report(errors)
