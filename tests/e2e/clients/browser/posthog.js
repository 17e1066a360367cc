// posthog-js without what it would load from elsewhere. Its body is gzip under Content-Type text/plain.
import posthog from 'posthog-js'

window.drive = async (plan) => {
  posthog.init(plan.key, {
    api_host: plan.url,
    opt_out_useragent_filter: true,
    advanced_disable_flags: true,
    disable_external_dependency_loading: true,
    disable_session_recording: true,
    autocapture: false,
    capture_pageview: false,
    capture_pageleave: false,
  })
  posthog.capture('Product Viewed', { sku: 'A-1' })
  const anonymous = posthog.get_distinct_id()
  posthog.identify(plan.user, { email: plan.email, first_name: 'Ann' })
  posthog.capture('Order Completed', { revenue: 12.5, currency: 'EUR' })
  posthog.capture('$pageview')
  posthog.group('company', 'acct-9', { name: 'Initech' })
  posthog.alias(plan.earlier)
  return { anonymous }
}
