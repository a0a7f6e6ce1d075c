/** One failure, in the order of the text report: verdict, why, what happened, how to get it again, what was found, where to look. */
import { alsoShownBy, notesOf, together, commandsOf, figuresOf, outcomeOf, stepsOf } from '../failure.js'
import type { Words as DialectWords } from '../../../dialects/words.js'
import { whyOf } from '../../explain.js'
import { hintsFor } from '../../advice.js'
import type { CaseResult, SubjectResult } from '../../result.js'
import { count } from '../../text.js'
import { Copyable, RuleLink, Verdict, Words } from './elements.js'
import { Timeline } from './timeline.js'
import type { Schedule } from '../../../schedule/schedule.js'

/** A paragraph that explains is longer than a cell. */
const MAX_PARAGRAPH = 1500
const MAX_ANOMALIES = 20

/** A failure, with the name that its place in the page has. */
export interface Shown {
  readonly anchor: string
  readonly result: CaseResult
  /** Those that show the same, and are not told. */
  readonly also: readonly CaseResult[]
  readonly subject: Pick<SubjectResult, 'name' | 'consumer' | 'store' | 'dialect' | 'again'>
}

export function Failure({ anchor, result, also, subject }: Shown) {
  const { verdict, history, schedule, summary } = result
  return (
    <article class='failure' id={anchor} aria-labelledby={`${anchor}-title`}>
      <h3 id={`${anchor}-title`}>
        <Verdict result={verdict.result} text={result.name} />
        <span class='outcome'>
          {' '}
          {outcomeOf(result)}
          {result.known && ' (known)'}
        </span>
      </h3>
      <p class='faint'>
        <Words text={`${subject.name} × ${subject.consumer}`} /> · <Words text={subject.store} /> · {figuresOf(result).join(' · ')}
        {summary !== undefined && (
          <>
            {' · '}
            <Words text={summary} />
          </>
        )}
      </p>
      {[...whyOf(result, subject.dialect), ...alsoShownBy(result, also)].map((text) => (
        <p class='why'>
          <Words text={text} length={MAX_PARAGRAPH} />
        </p>
      ))}
      {history.length > 0 && <Timeline anchor={anchor} result={result} dialect={subject.dialect} />}
      <div class='columns'>
        <Findings result={result} notes={notesOf(result, also)} words={subject.dialect.words} />
        <Again result={result} commands={commandsOf(result, subject, also)} json={scheduleJson(schedule)} />
      </div>
    </article>
  )
}

interface FindingsProps {
  readonly result: CaseResult
  readonly notes: readonly string[]
  readonly words: DialectWords
}

function Findings({ result, notes, words }: FindingsProps) {
  const { verdict, race } = result
  const groups = together(result)
  const more = groups.slice(MAX_ANOMALIES).reduce((sum, { many }) => sum + many, 0)
  const hints = hintsFor(verdict.anomalies, words)
  return (
    <div>
      {groups.length > 0 && (
        <>
          <h4>Anomalies</h4>
          <ul class='anomalies'>
            {groups.slice(0, MAX_ANOMALIES).map(({ first: { code, window, rule }, text }) => (
              <li>
                <Words text={text} />
                <br />
                <strong class='tag'>
                  {code}
                  {window !== undefined && ` @${window}`}
                </strong>{' '}
                · <RuleLink id={rule} />
                {race !== undefined && (
                  <>
                    {' · race '}
                    <Words text={race} />
                  </>
                )}
              </li>
            ))}
            {more > 0 && <li>and {count(more, 'more anomaly', 'more anomalies')}</li>}
          </ul>
        </>
      )}
      <Listed title='Where to look' texts={hints} />
      <Listed title='Notes' texts={notes} />
    </div>
  )
}

const Listed = ({ title, texts }: { readonly title: string; readonly texts: readonly string[] }) =>
  texts.length === 0 ? null : (
    <>
      <h4>{title}</h4>
      <ul>
        {texts.map((text) => (
          <li>
            <Words text={text} length={MAX_PARAGRAPH} />
          </li>
        ))}
      </ul>
    </>
  )

interface AgainProps {
  readonly result: CaseResult
  readonly commands: ReturnType<typeof commandsOf>
  readonly json: string
}

function Again({ result, commands, json }: AgainProps) {
  return (
    <div>
      <h4>Again</h4>
      {commands.map(([label, text]) =>
        label === 'replay' ? (
          <Copyable text={text} what='replay command' />
        ) : (
          <p>
            Smallest: <Words text={text} length={600} />
          </p>
        ),
      )}
      <details>
        <summary>The smallest schedule as JSON, {stepsOf(result)}</summary>
        <Copyable text={json} what='schedule as JSON' block />
      </details>
    </div>
  )
}

// ── Schedule ──
//
// A schedule as JSON with a step a line. What cannot be seen, or would turn the text around, is escaped as JSON does it.

const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]|\p{Cs}/gu

export function scheduleJson({ version, steps, read, consumers }: Schedule): string {
  const lines = [
    `"version": ${version}`,
    `"read": ${json(read)}`,
    ...(consumers === undefined ? [] : [`"consumers": ${consumers}`]),
    steps.length === 0 ? '"steps": []' : `"steps": [\n    ${steps.map(json).join(',\n    ')}\n  ]`,
  ]
  return `{\n  ${lines.join(',\n  ')}\n}`
}

const json = (value: unknown): string =>
  JSON.stringify(value).replace(UNSEEN, (char) =>
    Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''),
  )
