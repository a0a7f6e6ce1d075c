/**
 * `tailrace demo`: one schedule, two consumers, and what comes of it; on the model, then on a real Redis where one can be
 * had. It expects exactly one loss and one pass on each store, and fails where that is not what happens.
 */
import { NO_COUNTS } from '../oracle/check.js'
import { failureText } from '../report/formats/failure.js'
import { subjectText } from '../report/formats/summary.js'
import { type SubjectResult, resultOf } from '../report/result.js'
import { styleFor } from '../report/style.js'
import { StoreError } from '../dialects/store-error.js'
import { runSuite } from '../run/run-suite.js'
import emptyGap from '../../scenarios/empty-gap.js'
import { demoSubject } from './demo-subjects.js'
import { type Stores, withStores } from './stores.js'

export async function demo({ redis }: { readonly redis?: string }): Promise<number> {
  const style = styleFor(process.stdout)
  const say = (text: string) => process.stdout.write(`${text}\n`)
  return withStores(redis, async (stores) => {
    say(style.strong('The race: a consumer reads after "$", its BLOCK times out empty, and an entry is added before it reads again.\n'))
    let asExpected = await showOn('memory', stores, say)
    try {
      await stores.get('redis')
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      say(`${style.unsure('No real Redis:')} ${error.message.split('\n')[0]}. npx tailrace doctor says how to get one.`)
      return asExpected ? 0 : 1
    }
    asExpected = (await showOn('redis', stores, say)) && asExpected
    return asExpected ? 0 : 1
  })
}

async function showOn(dialect: 'memory' | 'redis', stores: Stores, say: (text: string) => void): Promise<boolean> {
  const style = styleFor(process.stdout)
  const width = process.stdout.columns ?? 80
  const store = await stores.get(dialect)
  say(
    style.strong(
      `── on ${/^[aeio]/.test(store.description) ? 'the ' : ''}${store.description} ${'─'.repeat(Math.max(0, width - store.description.length - 11))}\n`,
    ),
  )
  const subjects = [demoSubject(dialect, 'literal-dollar'), demoSubject(dialect, 'snapshot-cursor')]
  const suite = await runSuite(subjects, { scenarios: [emptyGap], bursts: 0, seed: 42, openStore: stores.get, saveTo: process.cwd() })
  const [literal, snapshot] = suite.subjects as [SubjectResult, SubjectResult]
  const lost = literal.scenarios.find(({ name }) => name === emptyGap.name)
  const asExpected = lost?.verdict.result === 'invalid' && lost.verdict.counts.lost === 1 && resultOf(snapshot) === 'valid'
  for (const subject of suite.subjects) {
    if (subject.error !== undefined) say(`${subject.name}: ${subject.error}`)
    for (const each of subject.scenarios) if (each.verdict.result !== 'valid') say(`${failureText(each, subject, { style, width })}\n`)
  }
  const { owed, delivered } = snapshot.scenarios[0]?.verdict.counts ?? NO_COUNTS
  say(`${subjectText(snapshot, { style, width })}\n  the same schedule, with the cursor taken once: ${owed} owed, ${delivered} delivered\n`)
  if (!asExpected) say(style.bad('This is not what the demonstration expects: one loss for literal-dollar, none for snapshot-cursor.\n'))
  return asExpected
}
