/**
 * Scripts that read streams: told by their text, which passes the probe with EVAL, SCRIPT LOAD or FUNCTION LOAD.
 *
 * A call of one is a read that never waits. Where it reads from is the first of its arguments that looks like a cursor.
 */
import { createHash } from 'node:crypto'
import { LATEST, isStreamId } from '../../../contract/stream-id.js'
import { ALL, type ReadRequest } from './requests.js'

const READS = /\bX(READ|READGROUP|RANGE|REVRANGE)\b/i
/** In the text of a library: `redis.register_function('name'` or `{ function_name = 'name'`. */
const FUNCTION = /(?:register_function\s*\(\s*|function_name\s*=\s*)['"]([^'"]+)['"]/g

const text = (argument: Buffer | undefined): string => argument?.toString() ?? ''

export class Scripts {
  /** By digest, or name of a function: does it read? */
  readonly #known = new Map<string, boolean>()

  /** The read that this command is; undefined where it is none, or calls a script that is not known to read. */
  request(args: readonly Buffer[]): ReadRequest | undefined {
    const command = text(args[0]).toUpperCase()
    switch (command) {
      case 'SCRIPT':
      case 'FUNCTION':
        if (text(args[1]).toUpperCase() === 'LOAD') this.#learn(command, text(args.at(-1)))
        return undefined
      case 'EVAL':
      case 'EVAL_RO':
        this.#learn('SCRIPT', text(args[1]))
        return READS.test(text(args[1])) ? call(args) : undefined
      case 'EVALSHA':
      case 'EVALSHA_RO':
        return this.#known.get(text(args[1]).toLowerCase()) ? call(args) : undefined
      case 'FCALL':
      case 'FCALL_RO':
        return this.#known.get(text(args[1])) ? call(args) : undefined
      default:
        return undefined
    }
  }

  /** The keys of a script that is called, and whose text has not passed. */
  unknown(args: readonly Buffer[]): readonly string[] {
    const [, command] = /^(EVALSHA|FCALL)(_RO)?$/i.exec(text(args[0])) ?? []
    if (command === undefined) return []
    const name = text(args[1])
    return this.#known.has(command.toUpperCase() === 'FCALL' ? name : name.toLowerCase()) ? [] : call(args).keys
  }

  #learn(kind: 'SCRIPT' | 'FUNCTION', body: string): void {
    const reads = READS.test(body)
    if (kind === 'SCRIPT') this.#known.set(createHash('sha1').update(body).digest('hex'), reads)
    else for (const [, name] of body.matchAll(FUNCTION)) this.#known.set(name!, reads)
  }
}

/** `EVAL text numkeys key … argument …` */
function call(args: readonly Buffer[]): ReadRequest {
  const rest = args.slice(3).map(text)
  const keys = rest.slice(0, Number(text(args[2])) || 0)
  const cursor = rest.slice(keys.length).find((argument) => argument === LATEST || isStreamId(argument)) ?? '?'
  return { kind: 'read', keys, cursors: keys.map(() => cursor), count: ALL, timeoutMs: 0, script: true }
}
