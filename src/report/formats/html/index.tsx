/**
 * The report as one HTML page that needs nothing else, neither network nor another file: of a run, and of a comparison.
 * Whoever writes one loads this on use, since it brings the renderer along.
 */
import { type Coverage, placeText, summaryOf, timesAt, wordsOf } from '../../coverage.js'
import { IMPOSSIBLE, LEGEND, neverAtText, triedText } from '../coverage.js'
import { conclusionOf, SIGN, countsOf, gapsText, ran, timedOf } from '../summary.js'
import {
  EXIT,
  type SuiteResult,
  type SubjectResult,
  type ExplorationResult,
  type ProbedCapability,
  resultOf,
  type CaseResult,
} from '../../result.js'
import { storiesOf } from '../../findings.js'
import { Failure, type Shown } from './failure.js'
import { Matrix } from './matrix.js'
import type { Comparison } from '../../compare.js'
import { conclusion, headline, listsOf, speedText } from '../comparison.js'
import { Verdict, Words } from './elements.js'
import { sharesText } from '../../shares.js'
import { knownLines } from '../../known-losses.js'
import { NO_COUNTS, addCounts } from '../../../oracle/check.js'
import { capital, count, duration, number } from '../../text.js'
import { anchorOf } from '../../../oracle/rules.js'
import { PLAIN_WORDS } from '../../../dialects/words.js'
import { rulesIn } from '../../advice.js'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ComponentChildren } from 'preact'
import { renderToString } from 'preact-render-to-string'

export function toHtml(suite: SuiteResult): Promise<string> {
  const { gate } = conclusionOf(suite)
  return page(`tailrace: ${gate}, exit ${EXIT[gate]}`, <Report suite={suite} />)
}

function Report({ suite }: { readonly suite: SuiteResult }) {
  const failures = suite.subjects
    .flatMap((subject) => storiesOf(subject).map((story) => ({ ...story, subject })))
    .map((each, index): Shown => ({ ...each, anchor: `failure-${index + 1}` }))
  // What is told elsewhere leads there.
  const anchors = new Map(failures.flatMap(({ result, also, anchor }) => [result, ...also].map((each) => [each, anchor] as const)))
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
        <Rules
          ids={rulesOf([...suite.subjects.flatMap(({ scenarios }) => scenarios), ...failures.map(({ result }) => result)])}
          of={suite.subjects}
        />
      </main>
    </>
  )
}

// ── Comparison ──
//
// What changed between two reports, as a page: the lists of ../comparison.ts, and the shortest new counterexample as a picture.

export function comparisonToHtml(comparison: Comparison): Promise<string> {
  return page(`tailrace compare: ${headline(comparison)}`, <Changes comparison={comparison} />)
}

function Changes({ comparison }: { readonly comparison: Comparison }) {
  const { regression, counterexample } = comparison
  return (
    <>
      <header>
        <h1>tailrace compare</h1>
        <p>
          <Verdict result={regression ? 'invalid' : 'valid'} text={headline(comparison)} />
        </p>
        <p>
          {conclusion(comparison)} · {speedText(comparison)}
        </p>
      </header>
      <main id='report'>
        {listsOf(comparison).map(({ title, lines }) => (
          <section aria-label={title}>
            <h2>{title}</h2>
            <ul>
              {lines.map((line) => (
                <li>
                  <Words text={line} />
                </li>
              ))}
            </ul>
          </section>
        ))}
        {counterexample && (
          <section aria-labelledby='counterexample'>
            <h2 id='counterexample'>Shortest new counterexample</h2>
            <Failure anchor='failure-1' result={counterexample.result} also={[]} subject={counterexample.subject} />
          </section>
        )}
        {counterexample && <Rules ids={rulesOf([counterexample.result])} of={[counterexample.subject]} />}
      </main>
    </>
  )
}

// ── Header ──
//
// What came of it all, at a glance, and what it was run with.

interface HeaderProps {
  readonly suite: SuiteResult
  readonly failures: number
}

export function Header({ suite, failures }: HeaderProps) {
  const { subjects, known = [] } = suite
  const { gate, parts } = conclusionOf(suite)
  const counts = subjects.map(countsOf).reduce(addCounts, NO_COUNTS)
  const stores = [...new Set(subjects.map(({ store }) => store))]
  const cases = subjects.reduce((sum, { scenarios }) => sum + scenarios.length, 0)
  return (
    <header>
      <div class='bar'>
        <p class='brand'>tailrace</p>
        <button type='button' class='theme' aria-pressed='false'>
          Dark
        </button>
      </div>
      <h1 class={gate}>
        <span aria-hidden='true'>{SIGN[gate]} </span>
        {capital(parts[0]!)}
      </h1>
      <p class='lead'>{capital(parts.at(-1)!)}.</p>
      {known.length > 0 && (
        <ul class='known' aria-label='Known losses'>
          {knownLines(known).map((line) => (
            <li>
              <Words text={line} length={1500} />
            </li>
          ))}
        </ul>
      )}
      <ul class='figures' aria-label='Counts'>
        <Figure n={counts.owed} text='owed' />
        <Figure n={counts.delivered} text='delivered' />
        <Figure n={counts.lost} text='lost' bad />
        <Figure n={counts.gaps} text={counts.gaps === 1 ? 'gap opened' : 'gaps opened'} />
        <Figure n={cases} text={cases === 1 ? 'scenario' : 'scenarios'} />
        <Figure n={failures} text='not valid' bad />
      </ul>
      <dl class='facts'>
        <Fact term='Ran' text={count(subjects.length, 'subject')} />
        <Fact term={stores.length === 1 ? 'Store' : 'Stores'} text={stores.join('; ') || 'none'} />
        <Fact term='Seed' text={String(suite.seed)} />
        <Fact term='Version' text={suite.tailrace} />
        <Fact term='Took' text={duration(suite.ms)} />
      </dl>
    </header>
  )
}

const Figure = ({ n, text, bad = false }: { readonly n: number; readonly text: string; readonly bad?: boolean }) => (
  <li class={bad && n > 0 ? 'invalid' : undefined}>
    <b>{number(n)}</b> {text}
  </li>
)

const Fact = ({ term, text }: { readonly term: string; readonly text: string }) => (
  <div>
    <dt>{term}</dt>
    <dd>
      <Words text={text} />
    </dd>
  </div>
)

// ── Subjects ──
//
// One subject: what it owed and delivered, so that nobody doubts a run that found nothing, and what it can do.

export function Subject({ subject, seed }: { readonly subject: SubjectResult; readonly seed: number }) {
  const { name, consumer, store, limits = [], bursts, exploration, capabilities, coverage, error, ms } = subject
  const counts = countsOf(subject)
  return (
    <article class='subject'>
      <h3>
        <Verdict result={resultOf(subject)} text={`${name} × ${consumer}`} />
      </h3>
      {error !== undefined && (
        <p class='error'>
          Not run to the end: <Words text={error} length={2000} />
        </p>
      )}
      <p>
        <strong>
          {number(counts.owed)} owed, {number(counts.delivered)} delivered.
        </strong>{' '}
        {ran(subject).join(' · ')} · {gapsText(counts).join(' · ')}
      </p>
      <p class='faint'>
        <Words text={store} /> · {duration(ms)} · seed {bursts?.seed ?? seed}
      </p>
      {sharesText(subject).map((line) => (
        <p class='faint'>
          <Words text={line} />
        </p>
      ))}
      {limits.map((limit) => (
        <p class='faint'>{limit}</p>
      ))}
      {timedOf(subject).map(({ said, again }) => (
        <p class='faint'>
          {said}{' '}
          {again !== undefined && (
            <code>
              <Words text={again} />
            </code>
          )}
        </p>
      ))}
      {exploration !== undefined && <Bound exploration={exploration} />}
      {capabilities !== undefined && capabilities.length > 0 && <Capabilities capabilities={capabilities} of={name} />}
      {coverage !== undefined && <HeatMap coverage={coverage} of={name} />}
    </article>
  )
}

const Bound = ({ exploration: { appends, cycles, schedules, certificate } }: { readonly exploration: ExplorationResult }) => (
  <p class='faint'>
    Explored: up to {appends} appends in {cycles} read cycles, {number(schedules)} schedules, certificate{' '}
    <code>
      <Words text={certificate} />
    </code>
  </p>
)

const Capabilities = ({ capabilities, of }: { readonly capabilities: readonly ProbedCapability[]; readonly of: string }) => (
  <table>
    <caption>
      Capabilities of <Words text={of} />
    </caption>
    <thead>
      <tr>
        <th scope='col'>Capability</th>
        <th scope='col'>Declared</th>
        <th scope='col'>Tried</th>
      </tr>
    </thead>
    <tbody>
      {capabilities.map(({ name, declared, outcome }) => (
        <tr>
          <th scope='row'>
            <code>{name}</code>
          </th>
          <td>{declared ? 'yes' : 'no'}</td>
          <td>{outcome}</td>
        </tr>
      ))}
    </tbody>
  </table>
)

// ── Coverage ──
//
// What was tried on a subject, and where: places × disturbances, with how often. The zeros are what to look at.

/** Folded: nobody who reads of a failure needs it. */
function HeatMap({ coverage, of }: { readonly coverage: Coverage; readonly of: string }) {
  const summary = summaryOf(coverage)
  const { columns } = summary
  const never = neverAtText(summary)
  return (
    <details class='coverage'>
      <summary>
        {capital(triedText(summary))}, in {count(coverage.schedules, 'schedule')}
      </summary>
      <div class='scroll' role='group' aria-label={`What was tried on ${of}`} tabIndex={0}>
        <table class='heat'>
          <caption>
            What came in between on <Words text={of} />, and where. {LEGEND}
          </caption>
          <thead>
            <tr>
              <th scope='col'>Held at</th>
              <th scope='col'>Steps there</th>
              {columns.map((what) => (
                <th scope='col'>{capital(wordsOf(what))}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {coverage.places.map((place) => (
              <tr>
                <th scope='row'>{placeText(place)}</th>
                <td>{number(place.held)}</td>
                {columns.map((what) => (
                  <Cell times={timesAt(place, what)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {never !== undefined && <p class='faint'>{never}</p>}
    </details>
  )
}

/** Never by colour alone: the number says it all. */
function Cell({ times }: { readonly times: number | undefined }) {
  if (times !== undefined) return <td class={heatOf(times)}>{number(times)}</td>
  return (
    <td class='faint'>
      <span aria-hidden='true'>{IMPOSSIBLE}</span>
      <span class='unseen'>cannot be</span>
    </td>
  )
}

const HOTTEST = 4

/** A class for each power of ten. */
const heatOf = (times: number): string => (times === 0 ? 'untried' : `heat-${Math.min(HOTTEST, String(times).length)}`)

// ── Rules ──
//
// The rules that a report speaks of, so that it says by itself what they ask for.

/** Those that cases try first, and those that what was found speaks of. */
export const rulesOf = (cases: readonly CaseResult[]): ReadonlySet<string> =>
  new Set(cases.flatMap(({ rule = [], verdict }) => [rule, ...verdict.anomalies.map((each) => each.rule)].flat()))

interface RulesProps {
  readonly ids: ReadonlySet<string>
  readonly of: readonly Pick<SubjectResult, 'dialect'>[]
}

/** In the words of the store; where the subjects are on several that speak differently, plainly. */
export function Rules({ ids, of }: RulesProps) {
  const [words = PLAIN_WORDS, ...others] = new Set(of.map(({ dialect }) => dialect.words))
  const spokenOf = rulesIn(others.length === 0 ? words : PLAIN_WORDS).filter(({ id }) => ids.has(id))
  if (spokenOf.length === 0) return null
  return (
    <section aria-labelledby='rules'>
      <h2 id='rules'>Rules</h2>
      <dl class='rules'>
        {spokenOf.map(({ id, intent, ifItFails }) => (
          <div id={anchorOf(id)}>
            <dt>{id}</dt>
            <dd>
              {intent}
              <br />
              <span class='faint'>If it fails: {ifItFails}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

// ── Page ──
//
// The page around what is shown. Its policy lets run what it brings along, by hash, and forbids everything else; so even a
// payload that got past the escaping could neither run nor load anything.

/** A whole page of this title. */
export async function page(title: string, body: ComponentChildren): Promise<string> {
  const [script, ...styles] = (await Promise.all(['client.js', 'page.css', 'timeline.css'].map(asset))) as [string, ...string[]]
  const style = styles.join('\n')
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!doctype html>\n${renderToString(
    <html lang='en'>
      <head>
        <meta charset='utf-8' />
        <meta http-equiv='Content-Security-Policy' content={policy} />
        <meta name='viewport' content='width=device-width, initial-scale=1' />
        <meta name='color-scheme' content='light dark' />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <a class='skip' href='#report'>
          Skip to the report
        </a>
        {body}
        <script dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>,
  )}\n`
}

const asset = (name: string) => readFile(new URL(`page/${name}`, import.meta.url), 'utf8')

const hashOf = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`
