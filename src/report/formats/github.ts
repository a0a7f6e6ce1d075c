/**
 * Workflow commands of GitHub Actions: a line on the standard output that the runner takes for an annotation.
 * Escaped as its own toolkit does, and nothing that a subject says can end the line or begin another command.
 */
import { posix } from 'node:path'
import { failureText } from './failure.js'
import { whyOf } from '../explain.js'
import { type Finding, pointerTo, tellersOf } from '../findings.js'
import { described } from '../known-losses.js'
import { type Outcome, outcomesOf } from '../outcomes.js'
import type { SubjectResult, SuiteResult } from '../result.js'
import { MAX_PARAGRAPH, cut, visible } from '../text.js'

/** @param directory where in the repository the files of the result are, if not at its top. */
export function toGithub(suite: SuiteResult, directory = ''): string {
  const lines = suite.subjects.flatMap((subject) => {
    const tellers = tellersOf(subject)
    return outcomesOf(subject).flatMap((outcome) => annotation(outcome, subject, directory, outcome.result && tellers.get(outcome.result)))
  })
  const known = suite.known ?? []
  const gone = known.filter(({ outcome }) => outcome === 'gone')
  const notices = gone.map(({ loss }) =>
    command('notice', { title: `tailrace: ${loss.subject}` }, `no longer occurs, remove it from the known losses: ${described(loss)}`),
  )
  return [...lines, ...notices].map((line) => `${line}\n`).join('')
}

const LEVEL = { failed: 'error', unknown: 'error', known: 'warning' } as const

function annotation(outcome: Outcome, subject: SubjectResult, directory: string, told: Finding | undefined): string[] {
  const { status, name, result, message } = outcome
  if (status === 'passed' || status === 'skipped') return []
  const { source } = subject
  const place = source === undefined ? {} : { file: posix.join(directory, source.file), line: String(source.line) }
  const code = result?.verdict.anomalies[0]?.code ?? 'unknown'
  const title = `${name}: ${status === 'unknown' ? 'nothing shown' : code}${status === 'known' ? ' (known)' : ''} · ${subject.name}`
  const text = told !== undefined ? visible(pointerTo(told)) : result === undefined ? visible(message) : textOf(result, subject)
  return [command(LEVEL[status], { ...place, title: visible(title) }, text)]
}

/** Why, and how to get it again; the timeline is in the summary, where it is not squeezed. */
function textOf(result: NonNullable<Outcome['result']>, subject: SubjectResult): string {
  const why = whyOf(result, subject.dialect).map((text) => cut(text, MAX_PARAGRAPH))
  const replay = result.replayFile === undefined ? [] : [`npx tailrace replay ${visible(result.replayFile)}`]
  return why.length === 0 ? failureText(result, subject) : [...why, ...replay].join('\n')
}

function command(level: 'error' | 'warning' | 'notice', properties: Readonly<Record<string, string>>, message: string): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`)
  return `::${level}${list.length === 0 ? '' : ` ${list.join(',')}`}::${escapeData(message)}`
}

const escapeData = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
