// @segment/analytics-next, with the hash of the user id that the shop's backend made for this page.
import { AnalyticsBrowser } from '@segment/analytics-next'

window.drive = async (plan) => {
  const [analytics] = await AnalyticsBrowser.load({ writeKey: plan.key, cdnURL: plan.url })
  const anonymous = analytics.user().anonymousId()
  await analytics.identify(
    plan.user,
    { email: plan.email, first_name: 'Ann' },
    { context: { identityHash: plan.identity_hash } },
  )
  return { anonymous }
}
