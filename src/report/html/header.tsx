/** What came of it all, at a glance, and what it was run with. */
import { MEANING, SIGN, conclusion, countsOf } from '../green-text.js'
import { EXIT, type Result, type SuiteResult } from '../result.js'
import { NO_COUNTS, addCounts } from '../../checker/counts.js'
import { capital, count, duration, number } from '../words.js'
import { Words } from './words.js'

interface HeaderProps {
  readonly suite: SuiteResult
  readonly result: Result
  readonly failures: number
}

export function Header({ suite, result, failures }: HeaderProps) {
  const { subjects } = suite
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
      <h1 class={result}>
        <span aria-hidden='true'>{SIGN[result]} </span>
        {capital(conclusion(suite, result))}
      </h1>
      <p class='lead'>
        Exit {EXIT[result]}: {MEANING[result]}.
      </p>
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
