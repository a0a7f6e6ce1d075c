/** Markdown for pull requests, and the diagram in it, which Mermaid's own parser must accept. */
import { describe, expect, it } from 'vitest'
import { redisDialect } from '../../../src/dialects/redis/dialect.js'
import { toCtrf } from '../../../src/report/formats/ctrf.js'
import { toGithub } from '../../../src/report/formats/github.js'
import { toJunit } from '../../../src/report/formats/junit.js'
import { toMarkdown, codeSpan, escapeMarkdown, fenced, toMermaid } from '../../../src/report/formats/markdown.js'
import { advance, append, disconnect } from '../../../src/schedule/scenario.js'
import { parseMermaid } from './mermaid-parser.js'
import { emptyGap, runCase, subjectResult, suiteResult } from '../runs.js'
import { bad, broken, bursts, coverage, good, green, nastySuite, nothing, runSubjects, skipped } from '../suites.js'

const diagramsIn = (markdown: string) => [...markdown.matchAll(/^(`{3,})mermaid\n(.*?)\n\1$/gms)].map(([, , diagram]) => diagram!)

describe('an error of a megabyte', () => {
  it('is cut, so that a comment can be posted, and a runner takes the annotation', async () => {
    const error = 'x'.repeat(1 << 20)
    const suite = suiteResult([subjectResult([await emptyGap({ notes: [error] })], { error })])
    const markdown = toMarkdown(suite)
    expect(markdown.length).toBeLessThan(65_536)
    expect(markdown).toContain('(1,048,576 characters in all)')
    for (const text of [toGithub(suite), await toJunit(suite), toCtrf(suite, { stop: 1 })]) expect(text.length).toBeLessThan(65_536)
  })
})

describe('Markdown', () => {
  it('says what came of it, what was run, and why something was lost', async () => {
    const subjects = [
      subjectResult([await green(), await emptyGap()], { bursts, skipped }),
      subjectResult([await green()], { name: 'other' }),
    ]
    const markdown = toMarkdown(suiteResult(subjects))
    const [head, verdict] = markdown.split('\n\n')
    expect(head).toBe('## ✗ tailrace: 1 of 2 subjects failed')
    expect(verdict).toContain('1 entry was lost: of 1,503 owed entries 1,502 were delivered')
    expect(verdict).toContain('seed 42 · exit 1')
    expect(markdown).toContain('| ✗ | RedisStreamRepository × literal-dollar | redis 7.0.15 (private process) | 1/2 | 1 | 1,200 | – |')
    expect(markdown).toContain('### ✗ empty-gap · RedisStreamRepository × literal-dollar')
    expect(markdown).toContain('Entry 1-0 was appended after read')
    expect(markdown).toContain('```sh\nnpx tailrace replay .tailrace/empty-gap-3f9a.json\n```')
    expect(markdown).toContain('`consumer → empty · append 1 · drain`')
    expect(markdown).toMatch(/- hint: take the cursor once/)
  })

  it('has the command that runs as much again, where a time ended the bursts', async () => {
    const markdown = toMarkdown(suiteResult([subjectResult([await green()], { bursts: { ...bursts, timeMs: 30_000 } })]))
    expect(markdown).toContain('**RedisStreamRepository**: the time of 30 s was over after 1,200 bursts; the same ones, whatever the time:')
    expect(markdown).toContain('```sh\nnpx tailrace run --subject RedisStreamRepository --runs 1200 --seed 7\n```')
  })

  it('says so where nothing is wrong, nothing was shown, or a subject did not open', async () => {
    expect(toMarkdown(suiteResult([subjectResult([await green()])]))).toContain('## ✓ tailrace: passed')
    expect(toMarkdown(suiteResult([subjectResult([await nothing()])]))).toContain('Nothing can be concluded')
    expect(toMarkdown(await runSubjects([broken]))).toContain('**broken** was not run to the end: open() failed: no route')
    expect(toMarkdown(suiteResult([]))).toContain('No subject was run.')
  })

  it('folds what was tried where, behind everything else', async () => {
    const markdown = toMarkdown(suiteResult([subjectResult([await emptyGap()], { coverage }), subjectResult([], { name: 'other' })]))
    const [, folded] = markdown.split('\n\n<details>\n<summary>What was tried where, and what was not</summary>\n\n')
    const rows = folded!.split('\n')
    expect(rows[0]).toMatch(
      /^\*\*RedisStreamRepository\*\* × literal-dollar: tried 5 of 10 combinations .*, in 1,300 schedules\. A number is/,
    )
    expect(rows.slice(2, 6)).toEqual([
      '| held at | steps there | append | undecodable entry | failing tail | failing read |',
      '| --- | --: | --: | --: | --: | --: |',
      '| tail-called @&#8203;connect-gap | 1,400 | 31 | 2 | **0** | – |',
      '| read-called @&#8203;empty-gap | 3,100 | 1,200 | **0** | – | 7 |',
    ])
    expect(folded!.endsWith('command-returned or notified.\n\n</details>\n')).toBe(true)
    expect(toMarkdown(suiteResult([subjectResult([])]))).not.toContain('<details>')
  })

  it('leaves out tables that there is no room for, and says so', () => {
    const markdown = toMarkdown(suiteResult(Array.from({ length: 90 }, (_, i) => subjectResult([], { name: `s${i}`, coverage }))))
    expect(markdown.length).toBeLessThan(65_536)
    expect(markdown).toMatch(/There is no room here for \d+ more subjects\.\n\n<\/details>\n$/)
  })

  it('fits into a comment, and names what it leaves out', async () => {
    const many = await Promise.all(Array.from({ length: 90 }, (_, i) => emptyGap({ name: `case-${i}` })))
    const markdown = toMarkdown(suiteResult(many.map((each) => subjectResult([each]))))
    expect(markdown.length).toBeLessThan(65_536)
    expect(markdown).toMatch(/There is no room here for \d+ more failures:\n\n- case-\d+/)
  })

  it('shows what a subject says as text', async () => {
    const markdown = toMarkdown(await nastySuite())
    const outside = markdown.replace(/^(`{3,})\w*\n.*?\n\1$/gms, '').replace(/(`+).*?\1/g, '')
    expect(outside).not.toMatch(/<(?!\/?$)|^::|@all|#1 |https:\/\//m)
    expect(markdown).not.toMatch(/[\u202e\p{Cs}]/u)
    for (const control of ['\u0000', '\u001b', '\r']) expect(markdown).not.toContain(control)
    for (const row of markdown.split('\n').filter((line) => line.startsWith('|')))
      expect(row.replaceAll('\\|', '').split('|')).toHaveLength(12)
    const diagrams = diagramsIn(markdown)
    expect(diagrams.length).toBeGreaterThan(1)
    for (const diagram of diagrams) expect(await parseMermaid(diagram)).toBe('sequence')
  })

  it('closes every fence that it opens, whatever is in it', () => {
    expect(fenced('sh', 'a ``` b ```` c')).toBe('`````sh\na ``` b ```` c\n`````')
    expect(codeSpan('a ` b')).toBe('`` a ` b ``')
    expect(escapeMarkdown('a|b *c* #12 @me <b> & &amp;')).toBe('a\\|b \\*c\\* #&#8203;12 @&#8203;me &lt;b&gt; &amp; &amp;amp;')
    expect(['- a', '1. b', '# c', '  d', '== e', '12) f', '1.5 ms'].map(escapeMarkdown)).toEqual([
      '\\- a',
      '1\\. b',
      '\\# c',
      'd',
      '\\== e',
      '12\\) f',
      '1\\.5 ms',
    ])
    expect(codeSpan('a | b')).toBe('`a | b`')
  })
})

describe('the diagram', () => {
  it('has a lane each for producer, store and consumer, the gate, the gap shaded, and what was lost', async () => {
    const { history, verdict } = await emptyGap()
    const diagram = toMermaid(history, verdict, redisDialect)
    expect(diagram.split('\n').slice(0, 4)).toEqual([
      'sequenceDiagram',
      '  participant P as producer',
      '  participant S as store',
      '  participant C0 as consumer',
    ])
    const shaded = diagram.slice(diagram.indexOf('rect rgba'), diagram.indexOf('\n  end'))
    expect(shaded).toContain('Note over C0: empty-gap opens')
    expect(shaded).toContain('Note over C0: held at read-returned')
    expect(shaded).toContain('P->>S: append s1 → 1-0')
    expect(shaded).toContain('Note over P,S: ✗ s1 (1-0) never delivered')
    expect(await parseMermaid(diagram)).toBe('sequence')
  })

  it('is refused by the parser where it is wrong, so that acceptance means something', async () => {
    await expect(parseMermaid('sequenceDiagram\n  P->>: append')).rejects.toThrow(/Parse error/)
    await expect(parseMermaid('sequenceDiagram\n  rect rgb(1,2,3)\n  P->>S: append')).rejects.toThrow(/Parse error/)
  })

  it('has one lane for each of several consumers, and shows a cut connection', async () => {
    const two = await runCase([advance(0), advance(1), append(2)], { consumers: 2 })
    const diagram = toMermaid(two.history, two.verdict, redisDialect)
    expect(diagram).toContain('participant C1 as consumer 1')
    expect(await parseMermaid(diagram)).toBe('sequence')
    const cut = await runCase([{ advance: 0, to: 'blocked' }, disconnect(), append(1)])
    expect(await parseMermaid(toMermaid(cut.history, cut.verdict, redisDialect))).toBe('sequence')
  })

  it('is accepted for every failure of a broken loop, and every history of a correct one', async () => {
    const { subjects } = await runSubjects([bad, good])
    const cases = subjects.flatMap(({ scenarios }) => scenarios)
    expect(cases.length).toBeGreaterThan(50)
    for (const { name, history, verdict } of cases)
      expect(await parseMermaid(toMermaid(history, verdict, redisDialect)), name).toBe('sequence')
  })
})
