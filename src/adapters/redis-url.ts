/**
 * Where a Redis listens, as a URL: `redis://[user[:password]@]host[:port][/db]`, `rediss://…` for TLS, and
 * `unix://[user[:password]@localhost]/path/to.sock[?db=n]`.
 *
 * Taken apart here, not by the client, because the client knows no `unix:` URL, and because messages show the URL
 * without its password.
 */
export interface RedisAddress {
  readonly host?: string
  readonly port?: number
  /** Of a unix socket. */
  readonly path?: string
  readonly username?: string
  readonly password?: string
  readonly db?: number
  readonly tls?: object
}

/** @throws TypeError when `url` is none of the forms above. */
export function parseRedisUrl(url: string): RedisAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (!parsed || !['redis:', 'rediss:', 'unix:'].includes(parsed.protocol)) {
    throw new TypeError(`"${hidePassword(url)}" is not a Redis URL: expected redis://host:port, rediss://host:port or unix:///path/to.sock`)
  }
  const unix = parsed.protocol === 'unix:'
  const db = unix ? parsed.searchParams.get('db') : parsed.pathname.slice(1)
  if (db && !/^\d+$/.test(db)) throw new TypeError(`"${db}" in ${hidePassword(url)} is not a database number`)
  return {
    ...(unix
      ? { path: decodeURIComponent(parsed.pathname) }
      : { host: parsed.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1', port: Number(parsed.port || 6379) }),
    ...(parsed.username && { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password && { password: decodeURIComponent(parsed.password) }),
    ...(db && { db: Number(db) }),
    ...(parsed.protocol === 'rediss:' && { tls: {} }),
  }
}

/** The URL as messages may show it. */
export const hidePassword = (url: string): string => url.replace(/^(\w+:\/\/[^/@:]*):.*@/, '$1:***@')
