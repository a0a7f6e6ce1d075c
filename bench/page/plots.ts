/** The plots of the page, as SVG: log scales, intervals as bars, and what is censored hollow, at its bound. */
import { type Markish, type PlotOptions, axisFx, axisFy, dot, line, plot, ruleY } from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import type { Results } from '../results.js'
import { seconds } from './words.js'

export interface PlotFile {
  readonly file: string
  readonly svg: string
}

const BLUE = '#1f6feb'
const GREY = '#8c959f'

export const plots = (results: Results): readonly PlotFile[] => [
  { file: 'benchmarks-detection.svg', svg: detection(results) },
  { file: 'benchmarks-depth.svg', svg: depth(results) },
  { file: 'benchmarks-growth.svg', svg: growth(results) },
  { file: 'benchmarks-exploration.svg', svg: exploration(results) },
]

/** A file of its own: a namespace, a ground, and a name that is the same each time. */
function draw(options: PlotOptions, marks: readonly Markish[]): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const svg = plot({ width: 760, className: 'plot', style: { background: 'white' }, ...options, document, marks: [...marks] })
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return `${svg.outerHTML}\n`
}

function detection({ detection: rows }: Results): string {
  const data = rows.map(({ arm, timing, untilFound }) => ({
    arm,
    timing: timing === 'original' ? 'original’s timing' : 'bare loop',
    censored: 'above' in untilFound,
    ...('above' in untilFound ? { value: untilFound.above, low: untilFound.above, high: untilFound.above } : untilFound),
  }))
  const domain = [...new Set(rows.map(({ arm }) => arm))]
  return draw(
    {
      height: 460,
      marginLeft: 190,
      marginRight: 110,
      x: {
        type: 'log',
        label: 'expected time to find it (hollow: nothing found, at least so long)',
        grid: true,
        ticks: 6,
        tickFormat: seconds,
      },
      y: { domain, label: null },
      fy: { label: null, domain: ['original’s timing', 'bare loop'] },
    },
    [
      axisFy({ anchor: 'right' }),
      ruleY(data, { y: 'arm', fy: 'timing', x1: 'low', x2: 'high', stroke: GREY, strokeWidth: 2 }),
      dot(data, {
        y: 'arm',
        fy: 'timing',
        x: 'value',
        r: 4,
        fill: (row: { censored: boolean }) => (row.censored ? 'white' : BLUE),
        stroke: BLUE,
      }),
    ],
  )
}

function depth({ depth: { mutants, cap } }: Results): string {
  const data = mutants.flatMap(({ mutant, strategies }) =>
    Object.entries(strategies).map(([strategy, { schedules }]) => ({
      mutant,
      strategy,
      censored: 'above' in schedules,
      value: 'above' in schedules ? cap : schedules.value,
    })),
  )
  return draw(
    {
      height: 360,
      marginLeft: 190,
      marginTop: 40,
      x: { type: 'log', label: `schedules to the first find (hollow: more than ${cap})`, grid: true, ticks: 4, tickFormat: 'd' },
      y: { domain: mutants.map(({ mutant }) => mutant), label: null },
      fx: { label: null, domain: Object.keys(mutants[0]?.strategies ?? {}) },
    },
    [
      axisFx({ anchor: 'top' }),
      dot(data, {
        y: 'mutant',
        fx: 'strategy',
        x: 'value',
        r: 4,
        fill: (row: { censored: boolean }) => (row.censored ? 'white' : BLUE),
        stroke: BLUE,
      }),
    ],
  )
}

function growth({ rates }: Results): string {
  const data = rates.growth.map(({ of, n, milliseconds }) => ({ of, n, value: milliseconds.value }))
  return draw(
    {
      height: 260,
      marginTop: 40,
      x: { type: 'log', label: 'how many', ticks: 4, tickFormat: 'd' },
      y: { type: 'log', label: 'milliseconds', grid: true },
      fx: { label: null },
    },
    [
      axisFx({ anchor: 'top' }),
      line(data, { x: 'n', y: 'value', fx: 'of', stroke: BLUE }),
      dot(data, { x: 'n', y: 'value', fx: 'of', fill: BLUE }),
    ],
  )
}

function exploration({ rates }: Results): string {
  return draw(
    {
      height: 260,
      x: { type: 'log', label: 'interleavings', grid: true },
      y: { type: 'log', label: 'schedules run', grid: true },
    },
    [
      line(rates.explorations, { x: 'interleavings', y: 'schedules', stroke: BLUE }),
      dot(rates.explorations, { x: 'interleavings', y: 'schedules', fill: BLUE }),
    ],
  )
}
