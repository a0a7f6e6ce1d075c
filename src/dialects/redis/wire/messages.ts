/** Messages of a channel on their way to a program: each is held until it is let through. */
import type { RespValue } from '../resp/value.js'
import type { From } from './exchange.js'

export interface Message {
  readonly from: From
  /** What it says, as text. */
  readonly text: string
  /** Its connection has ended. */
  over(): boolean
  /** Lets it through. */
  pass(): void
}

/** The channel and the text of a message of pub/sub; undefined for everything else that comes unasked. */
export function messageOf(value: RespValue): { readonly channel: string; readonly text: string } | undefined {
  if (value.type !== 'array' && value.type !== 'push') return undefined
  const words = value.items.map((item) => (item.type === 'bulk' ? item.bytes.toString() : ''))
  const [kind = ''] = words
  if (!['message', 'pmessage', 'smessage'].includes(kind)) return undefined
  // A pattern stands before the channel.
  return { channel: words.at(-2)!, text: words.at(-1)! }
}
