// What a test asks of a driver, and what the driver tells it.
export const plan = JSON.parse(process.argv[2])

const unhandled = []
process.on('unhandledRejection', (error) => unhandled.push(String(error)))

export function report(errors) {
  console.log(JSON.stringify({ errors: [...errors, ...unhandled] }))
  process.exit(0)
}
