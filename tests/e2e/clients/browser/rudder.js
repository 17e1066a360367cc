// @rudderstack/analytics-js, bundled: it asks the service for its source's configuration.
import { RudderAnalytics } from '@rudderstack/analytics-js/bundled'

window.drive = async (plan) => {
  const analytics = new RudderAnalytics()
  analytics.load(plan.key, plan.url, { configUrl: plan.url })
  await new Promise((resolve) => analytics.ready(resolve))
  analytics.track('Product Viewed', { sku: 'A-1' })
  const anonymous = analytics.getAnonymousId()
  analytics.identify(plan.user, { email: plan.email, first_name: 'Ann' })
  analytics.track('Order Completed', { revenue: 12.5, currency: 'EUR' })
  analytics.page('Docs', 'Home')
  analytics.group('acct-9', { name: 'Initech' })
  analytics.alias(plan.user, plan.earlier)
  return { anonymous }
}
