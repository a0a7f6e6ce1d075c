/** The report of a run. */
import { conclusionOf } from '../green-text.js'
import { EXIT, type CaseResult, type SubjectResult, type SuiteResult, failuresOf } from '../result.js'
import { Failure } from './failure.js'
import { Header } from './header.js'
import { Matrix } from './matrix.js'
import { page } from './page.js'
import { Rules, rulesOf } from './rules.js'
import { Subject } from './subject.js'

/** A failure, with the name that its place in the page has. */
export interface Shown {
  readonly anchor: string
  readonly result: CaseResult
  readonly subject: SubjectResult
}

export function documentOf(suite: SuiteResult): Promise<string> {
  const { gate } = conclusionOf(suite)
  return page(`tailrace: ${gate}, exit ${EXIT[gate]}`, <Report suite={suite} />)
}

function Report({ suite }: { readonly suite: SuiteResult }) {
  const failures = suite.subjects
    .flatMap((subject) => failuresOf(subject).map((failed) => ({ result: failed, subject })))
    .map((each, index): Shown => ({ ...each, anchor: `failure-${index + 1}` }))
  const anchors = new Map(failures.map(({ result, anchor }) => [result, anchor]))
  return (
    <>
      <Header suite={suite} failures={failures.length} />
      <main id='report'>
        <Matrix suite={suite} anchors={anchors} />
        {failures.length > 0 && (
          <section aria-labelledby='failures'>
            <h2 id='failures'>What was not found valid</h2>
            {failures.map((shown) => (
              <Failure {...shown} />
            ))}
          </section>
        )}
        <section aria-labelledby='subjects'>
          <h2 id='subjects'>Subjects</h2>
          {suite.subjects.map((subject) => (
            <Subject subject={subject} seed={suite.seed} />
          ))}
        </section>
        <Rules ids={rulesOf([...suite.subjects.flatMap(({ scenarios }) => scenarios), ...failures.map(({ result }) => result)])} />
      </main>
    </>
  )
}
