// posthog-node.
import { PostHog } from 'posthog-node'
import { plan, report } from './plan.mjs'

const errors = []
const client = new PostHog(plan.key, {
  host: plan.url,
  flushAt: 20,
  flushInterval: 200,
  fetchRetryDelay: 300,
  fetchRetryCount: 8,
  disableCompression: !plan.gzip,
  disableGeoip: false,
})
client.on('error', (error) => errors.push(String(error)))

client.capture({ distinctId: plan.earlier, event: 'Seen Before' })
client.identify({ distinctId: plan.user, properties: { email: plan.email, first_name: 'Ann', $anon_distinct_id: plan.anonymous } })
client.capture({ distinctId: plan.user, event: 'Order Completed', properties: { revenue: 12.5, currency: 'EUR' } })
client.capture({ distinctId: plan.user, event: '$pageview', properties: { $current_url: 'https://shop.test/' } })
client.groupIdentify({ groupType: 'company', groupKey: 'acct-9', properties: { name: 'Initech' }, distinctId: plan.user })
client.alias({ distinctId: plan.user, alias: plan.earlier })
for (let n = 0; n < plan.more; n += 1) {
  client.capture({ distinctId: plan.user, event: 'Heartbeat', properties: { n } })
  if (plan.pause) await new Promise((resolve) => setTimeout(resolve, plan.pause))
}
await client.shutdown(60000)
report(errors)
