/** What the gallery prints: a row a trial. */
import type { TrialResult } from './judge.js'

const HEAD = ['package', 'version', 'race', 'injected', 'delivered', 'verdict', 'as expected', 'seconds'] as const

export function table(results: readonly TrialResult[]): string {
  const rows = results.map(cells)
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd()
  const out = [line(HEAD), '─'.repeat(widths.reduce((total, width) => total + width + 2, -2))]
  let what = ''
  results.forEach((result, at) => {
    if (what !== result.what + result.package) out.push(...(what === '' ? [] : ['']), `${result.package}: ${result.what}`)
    what = result.what + result.package
    out.push(line(rows[at]!))
  })
  return out.join('\n')
}

function cells({ package: name, version, race, name: trial, injected, lost, agreed, runs, expected, seconds }: TrialResult): string[] {
  return [
    name,
    version,
    race === undefined ? trial : `${race} ${trial}`,
    String(injected),
    String(injected - lost),
    verdict(agreed, runs, expected),
    `${agreed} of ${runs}`,
    runs === 1 ? seconds.median.toFixed(2) : `${seconds.median.toFixed(2)}, at most ${seconds.slowest.toFixed(2)}`,
  ]
}

function verdict(agreed: number, runs: number, expected: TrialResult['expected']): string {
  return agreed === runs ? expected : `DIFFERS (expected ${expected})`
}
