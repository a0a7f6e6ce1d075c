/** A program on the wire as the command line names it: plain data, so that a replay file can hold it. */
import { basename } from 'node:path'
import * as v from 'valibot'
import { redisWords } from '../../dialects/redis/words.js'
import { type Deliveries, commandSubject } from './command.js'
import { parseTemplate } from './sentinels.js'
import { MAX_CATCH_UP_MS, type WireSubject } from '../../subject/wire-subject.js'

export const invocationSchema = v.strictObject({
  command: v.pipe(v.array(v.string()), v.minLength(1)),
  topic: v.string(),
  /** `stdout`, `stderr` or `sse=URL`. */
  deliveries: v.string(),
  /** A regular expression: a line that promises delivery. */
  announce: v.exactOptional(v.string()),
  publish: v.exactOptional(v.string()),
  notify: v.exactOptional(v.string()),
  env: v.exactOptional(v.string()),
  format: v.exactOptional(v.string()),
  from: v.exactOptional(v.picklist(['tail', 'beginning'])),
  delivery: v.exactOptional(v.picklist(['exactly-once', 'at-least-once', 'at-most-once'])),
  catchUpWithinMs: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_CATCH_UP_MS))),
  consumers: v.exactOptional(v.union([v.pipe(v.number(), v.integer(), v.minValue(1)), v.array(v.string())])),
})

type Invocation = v.InferOutput<typeof invocationSchema>

export interface WireInvocation extends Readonly<Omit<Invocation, 'command' | 'consumers'>> {
  readonly command: readonly string[]
  readonly consumers?: number | readonly string[]
}

export class InvocationError extends Error {
  override readonly name = 'InvocationError'
}

/** @throws InvocationError, or TemplateError, that says which option is wrong. */
export function subjectOf(invocation: WireInvocation, onOutput?: (line: string) => void): WireSubject {
  const { command, topic, publish, notify, env, format, from, delivery, consumers, catchUpWithinMs } = invocation
  // A mistake in it is to be told before anything is started.
  if (publish !== undefined) parseTemplate(publish, { example: redisWords.append })
  if (notify !== undefined) parseTemplate(notify, { carries: false })
  const announcement = invocation.announce === undefined ? undefined : regularExpression(invocation.announce)
  return commandSubject({
    name: nameOf(command),
    topic,
    command,
    deliveries: deliveriesOf(invocation.deliveries),
    ...(announcement === undefined ? {} : { announcement }),
    ...(publish === undefined ? {} : { publish }),
    ...(notify === undefined ? {} : { notify }),
    ...(env === undefined ? {} : { variable: env }),
    ...(format === undefined ? {} : { format }),
    ...(from === undefined ? {} : { startsAt: from }),
    ...(delivery === undefined ? {} : { delivery }),
    ...(consumers === undefined ? {} : { consumers }),
    ...(catchUpWithinMs === undefined ? {} : { catchUpWithinMs }),
    ...(onOutput === undefined ? {} : { onOutput }),
  })
}

/** `python3 consumer.py`, wherever they lie. */
const nameOf = (command: readonly string[]): string => command.map((word) => basename(word)).join(' ')

function deliveriesOf(text: string): Deliveries {
  if (text === 'stdout' || text === 'stderr') return text
  const [, url] = /^sse=(https?:\/\/\S+)$/.exec(text) ?? []
  if (url !== undefined) return { sse: url }
  throw new InvocationError(`--deliveries "${text}" is not known: expected stdout, stderr or sse=http://127.0.0.1:3000/path`)
}

function regularExpression(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (error) {
    throw new InvocationError(`--announce is no regular expression: ${(error as Error).message}`)
  }
}
