// @segment/analytics-next from npm: it asks the service for its settings, then posts each event by itself.
import { AnalyticsBrowser } from '@segment/analytics-next'

window.drive = async (plan) => {
  const [analytics] = await AnalyticsBrowser.load({ writeKey: plan.key, cdnURL: plan.url })
  await analytics.track('Product Viewed', { sku: 'A-1' })
  const anonymous = analytics.user().anonymousId()
  await analytics.identify(plan.user, { email: plan.email, first_name: 'Ann' })
  await analytics.track('Order Completed', { revenue: 12.5, currency: 'EUR' })
  await analytics.page('Docs', 'Home')
  await analytics.screen('Docs', 'Cart')
  await analytics.group('acct-9', { name: 'Initech' })
  await analytics.alias(plan.earlier) // already identified: it sends userId = previousId = the old id
  return { anonymous }
}
