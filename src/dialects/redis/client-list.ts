/** `CLIENT LIST`, taken apart: one line a client, `name=value` separated by blanks. */
export interface ClientLine {
  readonly id: string
  /** `ip:port` as the server sees it; `/path:0` for every client of a unix socket. */
  readonly addr: string
  readonly flags: string
  /** The command that it is in, or was in last. */
  readonly cmd: string
  /** Bytes received, and not yet looked at: commands that wait behind the one that blocks. */
  readonly waiting: number
}

export function parseClientList(text: string): ClientLine[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('id='))
    .map((line) => ({
      id: fieldOf(line, 'id='),
      addr: plainAddress(fieldOf(line, ' addr=')),
      flags: fieldOf(line, ' flags='),
      cmd: fieldOf(line, ' cmd='),
      waiting: Number(fieldOf(line, ' qbuf=')),
    }))
}

/** Five of thirty: to take the whole line apart took a tenth of a schedule. */
function fieldOf(line: string, name: string): string {
  const at = line.indexOf(name)
  if (at === -1) return ''
  const end = line.indexOf(' ', at + name.length)
  return line.slice(at + name.length, end === -1 ? undefined : end)
}

export const isBlocked = (client: ClientLine): boolean => client.flags.includes('b')

/** One spelling for both sides: no brackets, IPv4 where IPv6 only wraps it. */
export const plainAddress = (address: string): string =>
  address
    .toLowerCase()
    .replace(/[[\]]/g, '')
    .replace(/^::ffff:(?=\d+\.)/, '')

/** One end of a connection: a socket, or what is known of one. */
export interface LocalEnd {
  readonly localAddress?: string | undefined
  readonly localPort?: number | undefined
}

/** How the server would list the client at this end of the socket; undefined while it is not connected. */
export function addressOfSocket(socket: LocalEnd): string | undefined {
  return socket.localAddress === undefined ? undefined : plainAddress(`${socket.localAddress}:${socket.localPort}`)
}
