/** What came of it all, at a glance, and what it was run with. */
import { SIGN, conclusionOf, countsOf } from '../green-text.js'
import { knownLines } from '../known/known-losses.js'
import type { SuiteResult } from '../result.js'
import { NO_COUNTS, addCounts } from '../../oracle/counts.js'
import { capital, count, duration, number } from '../words.js'
import { Words } from './words.js'

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
