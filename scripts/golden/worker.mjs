/** A process that runs subjects, one after the other, as it is told: worker.mjs <kind> <checkout> */
import { repositorySubjectsOf } from './cases.mjs'
import { loadInternals } from './checkout.mjs'
import { lineOf } from './outcomes.mjs'
import { wireSubjectsOf } from './wire-cases.mjs'

const [kind, checkout] = process.argv.slice(2)
const report = (message) => process.send?.(message)

delete process.env.REDIS_URL
const internals = await loadInternals(checkout)
const { subjects, close } =
  kind === 'wire'
    ? await wireSubjectsOf(internals, checkout, ({ part, what = '', done = '' }) => report({ at: `${part} ${what} ${done}` }))
    : repositorySubjectsOf(kind, internals)
process.on('message', ({ run }) => {
  if (run === undefined) {
    void close().then(() => process.exit(0))
    return
  }
  void (async () => {
    try {
      const cases = await Promise.resolve(subjects.get(run)())
      for await (const [name, outcome] of cases) report({ line: lineOf(name, outcome), name })
      report({ done: run })
    } catch (error) {
      report({ failed: String(error?.stack ?? error) })
    }
  })()
})
for (const event of ['disconnect', 'SIGTERM', 'SIGINT']) process.on(event, () => process.exit(1))
report({ subjects: [...subjects.keys()] })
