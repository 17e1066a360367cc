// @segment/analytics-next with its batching delivery: one post to /v1/b, the rest when the page goes away.
import { AnalyticsBrowser } from '@segment/analytics-next'

window.drive = async (plan) => {
  const [analytics] = await AnalyticsBrowser.load(
    { writeKey: plan.key, cdnURL: plan.url },
    { integrations: { 'Segment.io': { deliveryStrategy: { strategy: 'batching', config: { size: 3, timeout: 60000 } } } } },
  )
  const anonymous = analytics.user().anonymousId()
  analytics.track('Product Viewed', { sku: 'A-1' })
  analytics.identify(plan.user, { email: plan.email, first_name: 'Ann' })
  analytics.track('Order Completed', { revenue: 12.5, currency: 'EUR' })
  analytics.page('Docs', 'Home')
  await analytics.track('Left', {})
  window.left = () => { location.href = 'about:blank' } // what is buffered goes out with the page
  return { anonymous }
}
