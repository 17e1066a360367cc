// cloudevents: one event at a time, in binary or in structured mode. Its bodies are chunked.
import { CloudEvent, emitterFor, httpTransport, Mode } from 'cloudevents'
import { plan, report } from './plan.mjs'

const errors = []
const mode = plan.mode === 'binary' ? Mode.BINARY : Mode.STRUCTURED
const emit = emitterFor(httpTransport(`${plan.url}/v1/cloudevents`), { mode })
const headers = { authorization: 'Basic ' + Buffer.from(`${plan.key}:`).toString('base64') }

async function send(id, type, data, subject) {
  const answer = await emit(new CloudEvent({ id, type, source: '/e2e/shop', subject, data }), { headers })
  const text = typeof answer?.body === 'string' ? answer.body : JSON.stringify(answer?.body)
  if (!text?.includes('"success"')) errors.push(`${id}: ${text}`)
}

await send('1', 'shop.viewed', { anonymous_id: plan.anonymous, sku: 'A-1' })
await send('2', 'shop.registered', {
  type: 'identify', userId: plan.user, anonymousId: plan.anonymous, traits: { email: plan.email, first_name: 'Ann' },
})
await send('3', 'shop.ordered', { userId: plan.user, revenue: 12.5, currency: 'EUR' })
await send('4', 'shop.visited', { place: 'Jakarta' }, plan.user)
await send('4', 'shop.visited', { place: 'Jakarta' }, plan.user) // a retry
report(errors)
