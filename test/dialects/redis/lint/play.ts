/**
 * A conversation with Redis, as text, played to the lint. One line for each thing that happens, behind the number of its connection:
 *
 *     1  XREAD BLOCK 2000 STREAMS tasks $   → empty     asked and answered
 *     1  XREAD BLOCK 0 STREAMS tasks $                  asked
 *     1  ← 5-0 6-0                                      answered, with entries
 *     1  closed                                          by the program
 *     1  cut off                                         by somebody else
 *
 * Answers: `empty`, ids (of entries, or of the one that was added), a number, `OK`, `QUEUED`, `error`, `[1, OK]`.
 */
import type { RespValue } from '../../../../src/dialects/redis/resp/reply.js'
import { Lint, lintRuleOf, type LintSession, type Said } from '../../../../src/dialects/redis/lint/lint.js'
import type { Warning } from '../../../../src/dialects/wire-dialect.js'

const TOPIC = { topic: '', shownAs: '' }

/** What the lint has to say on a conversation; with a rule, what that one has. */
export function warningsOf(conversation: string, rule?: string): readonly Warning[] {
  const lint = new Lint(rule === undefined ? undefined : [lintRuleOf(rule)])
  const session = lint.session(TOPIC)
  play(conversation, session)
  session.end()
  return lint.all
}

export const evidenceOf = (conversation: string, rule: string): readonly string[] =>
  warningsOf(conversation, rule).map(({ evidence }) => evidence)

export function play(conversation: string, session: LintSession): void {
  const peers = new Map<string, Peer>()
  for (const line of conversation.split('\n').map((each) => each.trim())) {
    if (line === '') continue
    const [, id, rest] = /^(\d+)\s+(.*)$/.exec(line) ?? []
    if (id === undefined) throw new Error(`no connection in "${line}"`)
    const peer = peers.get(id) ?? new Peer(Number(id), session)
    peers.set(id, peer)
    const [said, answer] = rest!.split(/\s*[→←]\s*/)
    if (said === 'closed') session.closed(peer, 'client')
    else if (said === 'cut off') session.closed(peer, 'server')
    else if (said !== '') peer.ask(said!)
    if (answer !== undefined) peer.answer(answer)
  }
}

class Peer {
  readonly state = { name: '' }
  readonly #asked: Said[] = []
  #inTransaction = false

  constructor(
    readonly id: number,
    readonly lint: LintSession,
  ) {}

  ask(text: string): void {
    const args = text.split(/\s+/).map((word) => Buffer.from(word))
    const name = args[0]!.toString().toUpperCase()
    const queued = this.#inTransaction && name !== 'EXEC' && name !== 'DISCARD'
    if (name === 'MULTI') this.#inTransaction = true
    else if (!queued) this.#inTransaction = false
    const said = { connection: this, request: { name, args }, queued }
    this.#asked.push(said)
    this.lint.request(said)
  }

  answer(text: string): void {
    const said = this.#asked.shift()
    if (said === undefined) throw new Error(`connection ${this.id} was not asked for "${text}"`)
    this.lint.reply(said, { value: () => replyOf(text, said.request.args.map(String)) })
  }
}

const array = (items: readonly RespValue[]): RespValue => ({ type: 'array', items })
const bulk = (text: string): RespValue => ({ type: 'bulk', bytes: Buffer.from(text) })
const entry = (id: string): RespValue => array([bulk(id), array([bulk('field'), bulk('value')])])

function replyOf(text: string, args: readonly string[]): RespValue {
  if (text === 'empty') return { type: 'null' }
  if (text === 'OK' || text === 'QUEUED') return { type: 'simple', text }
  if (text === 'error') return { type: 'error', text: 'ERR refused' }
  if (text.startsWith('[')) return array(text.match(/[^[\], ]+/g)?.map((item) => replyOf(item, [])) ?? [])
  if (/^\d+$/.test(text)) return { type: 'integer', value: BigInt(text) }
  const ids = text.split(' ')
  switch (args[0]) {
    case 'XREAD':
    case 'XREADGROUP':
      return array([array([bulk(args[args.indexOf('STREAMS') + 1]!), array(ids.map(entry))])])
    case 'XAUTOCLAIM':
      return array([bulk('0-0'), array(ids.map(entry)), array([])])
    case 'XPENDING':
      return array(ids.map((id) => array([bulk(id), bulk('worker'), { type: 'integer', value: 9n }, { type: 'integer', value: 1n }])))
    case 'XCLAIM':
      return array(ids.map(args.includes('JUSTID') ? bulk : entry))
    case 'XRANGE':
      return array(ids.map(entry))
    default:
      return bulk(text)
  }
}
