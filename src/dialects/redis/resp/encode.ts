/** What the probe says itself: commands to a server, and the replies that it gives in a server's place. */

export type Protocol = 2 | 3

/** A command as clients send it. */
export function encodeCommand(...args: readonly (string | number | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)]
  for (const arg of args) parts.push(encodeBulk(typeof arg === 'number' ? String(arg) : arg))
  return Buffer.concat(parts)
}

export function encodeBulk(content: string | Buffer): Buffer {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')])
}

/** `encodeError('LOADING Redis is loading the dataset in memory')`: the code is the first word. */
export function encodeError(message: string): Buffer {
  return Buffer.from(`-${message.replaceAll(/[\r\n]+/g, ' ')}\r\n`)
}

export const encodeSimple = (text: string): Buffer => Buffer.from(`+${text.replaceAll(/[\r\n]+/g, ' ')}\r\n`)

/** What a blocking command answers when its time is over. */
export const encodeNullArray = (protocol: Protocol): Buffer => Buffer.from(protocol === 2 ? '*-1\r\n' : '_\r\n')
