/** What changed between two reports, as a page: the lists of compare-text.ts, and the shortest new counterexample as a picture. */
import type { Comparison } from '../compare/compare.js'
import { asCase, conclusion, headline, listsOf, speedText } from '../compare/compare-text.js'
import type { SubjectResult } from '../result.js'
import { Failure } from './failure.js'
import { page } from './page.js'
import { Rules, rulesOf } from './rules.js'
import { Verdict, Words } from './words.js'

export function comparisonPage(comparison: Comparison): Promise<string> {
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
            <Failure
              anchor='failure-1'
              result={asCase(counterexample.result)}
              subject={counterexample.subject as unknown as SubjectResult}
            />
          </section>
        )}
        {counterexample && <Rules ids={rulesOf([asCase(counterexample.result)])} />}
      </main>
    </>
  )
}
