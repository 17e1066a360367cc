// @jitsu/js.
import { jitsuAnalytics } from '@jitsu/js'

window.drive = async (plan) => {
  const analytics = jitsuAnalytics({ host: plan.url, writeKey: `${plan.key}:secret` })
  await analytics.track('Product Viewed', { sku: 'A-1' })
  const anonymous = (await analytics.user?.())?.anonymousId ?? null
  await analytics.identify(plan.user, { email: plan.email, first_name: 'Ann' })
  await analytics.track('Order Completed', { revenue: 12.5, currency: 'EUR' })
  await analytics.page({ name: 'Home' })
  await analytics.group('acct-9', { name: 'Initech' })
  return { anonymous }
}
