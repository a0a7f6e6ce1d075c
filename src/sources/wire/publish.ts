/** How sentinels come into the stream: by a command made from a template, or by a function of the user's. */
import type { Json } from '../../contract/stream-repository.js'
import type { WireSubject } from '../../subject/wire-subject.js'

/** One command, as its words. */
export type Command = readonly string[]

export interface Sentinel {
  readonly topic: string
  /** What a delivery of this entry has to contain. */
  readonly token: string
  /** Holds the token. */
  readonly data: Json
  /** Of the entry, once it is appended. */
  readonly id?: string
}

/** The usual shape: one field called data. */
export const DEFAULT_TEMPLATE = 'XADD {topic} * data {json}'

export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}

const WORD = /"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g

/** @throws TemplateError where the template is no command that carries the token. */
export function parseTemplate(template: string): (sentinel: Sentinel) => Command {
  const words = [...template.matchAll(WORD)].map(([, double, single, plain]) => double?.replaceAll(/\\(.)/g, '$1') ?? single ?? plain!)
  if (words.length < 2) throw new TemplateError(`"${template}" is no command: expected for example "${DEFAULT_TEMPLATE}"`)
  if (!words.some((word) => word.includes('{json}') || word.includes('{token}')))
    throw new TemplateError(`"${template}" carries no sentinel: {json} or {token} must stand somewhere in it`)
  if (!words.some((word) => word.includes('{topic}')))
    throw new TemplateError(`"${template}" names no topic: {topic} must stand somewhere in it`)
  return ({ topic, token, data, id = '' }) => {
    const values: Readonly<Record<string, string>> = { topic, token, json: JSON.stringify(data), id }
    return words.map((word) => word.replaceAll(/\{(topic|token|json|id)\}/g, (_, name: string) => values[name]!))
  }
}

/** Appends one sentinel, and gives its id, where the answer tells it. */
export type Publish = (sentinel: Sentinel) => Promise<unknown>

/** @param call the harness's own connection, past the probe. */
export function publisher(
  how: WireSubject['publish'],
  url: string,
  probe: () => Promise<string>,
  call: (command: string, ...args: string[]) => Promise<unknown>,
): Publish {
  if (typeof how === 'function') return async ({ topic, token, data }) => how({ url, probe: await probe(), topic, token, data })
  const command = parseTemplate(how ?? DEFAULT_TEMPLATE)
  return (sentinel) => {
    const [name, ...args] = command(sentinel)
    return call(name!, ...args)
  }
}
