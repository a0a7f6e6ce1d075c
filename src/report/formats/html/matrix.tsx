/** Subjects × scenarios: what was tried on whom, and what came of it. Bursts and the exploration are rows like the others. */
import { together, outcomeOf } from '../failure.js'
import { type CaseResult, type SubjectResult, type SuiteResult, resultOf } from '../../result.js'
import { count, number } from '../../text.js'
import { RuleLink, Verdict, Words } from './elements.js'

/** A name that is longer takes the room of the results. */
const MAX_NAME = 60
const MAX_RACE = 12

export type Anchors = ReadonlyMap<CaseResult, string>

interface MatrixProps {
  readonly suite: SuiteResult
  readonly anchors: Anchors
}

export function Matrix({ suite: { subjects }, anchors }: MatrixProps) {
  const names = [...new Set(subjects.flatMap(({ scenarios, skipped }) => [...scenarios, ...skipped].map(({ name }) => name)))]
  return (
    <section aria-labelledby='matrix'>
      <h2 id='matrix'>Scenarios</h2>
      <div class='scroll' role='group' aria-label='Table of scenarios' tabIndex={0}>
        <table class='matrix'>
          <thead>
            <tr>
              <th scope='col'>Scenario</th>
              <th scope='col'>Rule</th>
              <th scope='col'>Race</th>
              {subjects.map(({ name, consumer }) => (
                <th scope='col'>
                  <Words text={name} length={MAX_NAME} />{' '}
                  <span class='faint'>
                    × <Words text={consumer} length={MAX_NAME} />
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => (
              <ScenarioRow name={name} subjects={subjects} anchors={anchors} />
            ))}
            {subjects.some(({ bursts }) => bursts !== undefined) && (
              <Row title='Bursts'>
                {subjects.map((subject) => (
                  <BurstsCell subject={subject} anchors={anchors} />
                ))}
              </Row>
            )}
            {subjects.some(({ exploration }) => exploration !== undefined) && (
              <Row title='Exploration'>
                {subjects.map((subject) => (
                  <ExplorationCell subject={subject} anchors={anchors} />
                ))}
              </Row>
            )}
            {subjects.some(({ error }) => error !== undefined) && (
              <Row title='Run to its end'>
                {subjects.map(({ error }) => (
                  <td>
                    {error === undefined ? <Verdict result='valid' text='yes' /> : <Verdict result='unknown' text={`no: ${error}`} />}
                  </td>
                ))}
              </Row>
            )}
          </tbody>
          <tfoot>
            <Row title='All of it'>
              {subjects.map((subject) => (
                <td>
                  <Verdict result={resultOf(subject)} />
                </td>
              ))}
            </Row>
          </tfoot>
        </table>
      </div>
    </section>
  )
}

type Cells = preact.ComponentChildren

const Row = ({
  title,
  rule,
  race,
  children,
}: {
  readonly title: string
  readonly rule?: string | undefined
  readonly race?: string | undefined
  readonly children: Cells
}) => (
  <tr>
    <th scope='row'>
      <Words text={title} length={MAX_NAME} />
    </th>
    <td class='short'>{rule !== undefined && <RuleLink id={rule} bare />}</td>
    <td class='short'>{race !== undefined && <Words text={race} length={MAX_RACE} />}</td>
    {children}
  </tr>
)

interface ScenarioRowProps {
  readonly name: string
  readonly subjects: readonly SubjectResult[]
  readonly anchors: Anchors
}

function ScenarioRow({ name, subjects, anchors }: ScenarioRowProps) {
  const first = subjects.flatMap(({ scenarios }) => scenarios).find((each) => each.name === name)
  return (
    <Row title={name} rule={first?.rule} race={first?.race}>
      {subjects.map(({ scenarios, skipped }) => {
        const result = scenarios.find((each) => each.name === name)
        const left = skipped.find((each) => each.name === name)
        if (result !== undefined)
          return (
            <td>
              <CaseCell result={result} anchors={anchors} />
            </td>
          )
        return (
          <td class='faint'>
            {left === undefined ? (
              'not run'
            ) : (
              <>
                – skipped: <Words text={left.reason} />
              </>
            )}
          </td>
        )
      })}
    </Row>
  )
}

/** What was lost, and where it had been appended; with the way to the failure. */
function CaseCell({
  result,
  anchors,
  what = outcomeOf(result),
}: {
  readonly result: CaseResult
  readonly anchors: Anchors
  readonly what?: string
}) {
  const { verdict } = result
  const anchor = anchors.get(result)
  if (anchor === undefined) return <Verdict result={verdict.result} text={what} />
  const tags = [...new Set(together(result).map(({ first: { code, window } }) => (window === undefined ? code : `${code} @${window}`)))]
  return (
    <>
      <a href={`#${anchor}`}>
        <Verdict result={verdict.result} text={what} />
      </a>
      {tags.length > 0 && (
        <span class='tags'>
          {' '}
          {tags.slice(0, 3).join(', ')}
          {tags.length > 3 && `, and ${count(tags.length - 3, 'more')}`.replace('mores', 'more')}
        </span>
      )}
    </>
  )
}

function BurstsCell({ subject: { bursts }, anchors }: { readonly subject: SubjectResult; readonly anchors: Anchors }) {
  if (bursts === undefined) return <td class='faint'>not run</td>
  const { failure, runs, counts } = bursts
  return (
    <td>
      {failure === undefined || failure.verdict.result === 'valid' ? (
        <Verdict
          result={counts.owed > 0 ? 'valid' : 'unknown'}
          text={`${count(runs, 'schedule')}, ${number(counts.delivered)} of ${number(counts.owed)} delivered`}
        />
      ) : (
        <CaseCell result={failure} anchors={anchors} />
      )}
    </td>
  )
}

function ExplorationCell({ subject: { exploration }, anchors }: { readonly subject: SubjectResult; readonly anchors: Anchors }) {
  if (exploration === undefined) return <td class='faint'>not run</td>
  const { failure, covered, interleavings, lost, counts } = exploration
  const complete = covered === interleavings && counts.owed > 0
  return (
    <td>
      {failure === undefined || failure.verdict.result === 'valid' ? (
        <Verdict
          result={lost !== '0' ? 'invalid' : complete ? 'valid' : 'unknown'}
          text={`${grouped(covered)} of ${grouped(interleavings)} interleavings${lost === '0' ? '' : `, ${grouped(lost)} lost`}`}
        />
      ) : (
        <CaseCell result={failure} anchors={anchors} />
      )}
    </td>
  )
}

/** Digits in groups: these can be beyond what a number holds. */
const grouped = (digits: string) => digits.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
