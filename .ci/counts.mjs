// The last line of the gate, from vitest's JSON reports and the list of steps that failed: counts.mjs <folder> <exit code>
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder, exitCode] = process.argv.slice(2)
const REPORT_OF = { unit: 'npm test', container: 'testcontainers' }

let passed = 0
let failed = 0
let skipped = 0
/** Steps whose failure shows as failed tests. */
const explained = new Set()

for (const name of readdirSync(folder)) {
  const report = /^report-(\w+)\.json$/.exec(name)?.[1]
  if (report === undefined) continue
  for (const file of read(name).testResults) {
    const of = (...statuses) => file.assertionResults.filter(({ status }) => statuses.includes(status))
    // A file that does not load has no tests, and fails.
    const broken = file.status === 'failed' && of('failed').length === 0 ? [{ fullName: `${file.name}: ${file.message}` }] : []
    const failures = [...of('failed'), ...broken]
    passed += of('passed').length
    failed += failures.length
    if (failures.length > 0) explained.add(REPORT_OF[report])
    for (const { fullName } of failures) console.log(`failed: ${fullName}`)
    const others = file.assertionResults.filter(({ status }) => status !== 'passed' && status !== 'failed')
    skipped += others.length
    for (const { fullName } of others) console.log(`skipped: ${fullName}`)
  }
}

const steps = readFileSync(join(folder, 'failed-steps'), 'utf8').split('\n').filter(Boolean)
for (const step of steps) console.log(`failed step: ${step}`)
failed += steps.filter((step) => !explained.has(step)).length
// Ended from outside, or before any test ran: that is never green.
if (failed === 0 && (exitCode !== '0' || passed === 0)) {
  console.log(`failed: ended with ${exitCode} before it was done`)
  failed += 1
}

console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed > 0 || skipped > 0 ? 1 : 0

function read(name) {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8'))
  } catch {
    return { testResults: [] }
  }
}
