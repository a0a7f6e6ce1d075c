/**
 * The page around the report. Its policy lets run what it brings along, by hash, and forbids everything else; so even a
 * payload that got past the escaping could neither run nor load anything.
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { renderToString } from 'preact-render-to-string'
import { EXIT, type CaseResult, type SubjectResult, type SuiteResult, failuresOf, resultOf, worst } from '../result.js'
import { Failure } from './failure.js'
import { Header } from './header.js'
import { Matrix } from './matrix.js'
import { Subject } from './subject.js'

/** A failure, with the name that its place in the page has. */
export interface Shown {
  readonly anchor: string
  readonly result: CaseResult
  readonly subject: SubjectResult
}

export async function documentOf(suite: SuiteResult): Promise<string> {
  const [script, ...styles] = (await Promise.all(['client.js', 'page.css', 'timeline.css'].map(asset))) as [string, ...string[]]
  const style = styles.join('\n')
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return `<!doctype html>\n${renderToString(<Page suite={suite} style={style} script={script} policy={policy} />)}\n`
}

const asset = (name: string) => readFile(new URL(`page/${name}`, import.meta.url), 'utf8')

const hashOf = (text: string) => `sha256-${createHash('sha256').update(text).digest('base64')}`

interface PageProps {
  readonly suite: SuiteResult
  readonly style: string
  readonly script: string
  readonly policy: string
}

function Page({ suite, style, script, policy }: PageProps) {
  const result = worst(suite.subjects.map(resultOf))
  const failures = suite.subjects
    .flatMap((subject) => failuresOf(subject).map((failed) => ({ result: failed, subject })))
    .map((each, index): Shown => ({ ...each, anchor: `failure-${index + 1}` }))
  const anchors = new Map(failures.map(({ result, anchor }) => [result, anchor]))
  return (
    <html lang='en'>
      <head>
        <meta charset='utf-8' />
        <meta http-equiv='Content-Security-Policy' content={policy} />
        <meta name='viewport' content='width=device-width, initial-scale=1' />
        <meta name='color-scheme' content='light dark' />
        <title>{`tailrace: ${result}, exit ${EXIT[result]}`}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <a class='skip' href='#report'>
          Skip to the report
        </a>
        <Header suite={suite} result={result} failures={failures.length} />
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
        </main>
        <script dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>
  )
}
