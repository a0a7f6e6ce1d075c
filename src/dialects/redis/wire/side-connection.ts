/** A connection of the probe's own, set up like a client's: for what the client did not ask. One question at a time. */
import { type NetConnectOpts, connect } from 'node:net'
import type { Upstream } from '../proxy/connection.js'
import { encodeCommand } from '../resp/encode.js'
import { type Reply, replyFramer } from '../resp/reply.js'
import type { Session } from '../proxy/session.js'

/** Of the Redis behind the probe. */
export interface Server {
  readonly upstream: Upstream
  readonly username?: string
  readonly password?: string
}

export interface SideConnection {
  ask(...words: readonly (string | Buffer)[]): Promise<Reply>
  close(): void
}

/** @throws where the server does not take it. */
export async function sideConnection({ upstream, username, password }: Server, { protocol, db }: Session): Promise<SideConnection> {
  const socket = connect({ ...upstream, noDelay: true } as NetConnectOpts)
  const framer = replyFramer()
  let waiting: { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void } | undefined
  const fail = (error: Error) => waiting?.reject(error)
  socket.on('data', (chunk: Buffer) => {
    for (const reply of framer.push(chunk)) waiting?.resolve(reply)
  })
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the Redis behind the probe has closed the connection')))
  const ask = (...words: readonly (string | Buffer)[]) =>
    new Promise<Reply>((resolve, reject) => {
      if (socket.destroyed) return reject(new Error('the connection was closed'))
      waiting = { resolve, reject }
      socket.write(encodeCommand(...words))
    })
  const close = () => void socket.destroy()
  const setUp = async (...words: readonly string[]) => {
    const value = (await ask(...words)).value()
    if (value.type === 'error') throw new Error(`the Redis behind the probe refuses ${words[0]}: ${value.text}`)
  }
  try {
    if (password !== undefined) await setUp('AUTH', ...(username === undefined ? [] : [username]), password)
    if (protocol === 3) await setUp('HELLO', '3')
    if (db !== 0) await setUp('SELECT', String(db))
  } catch (error) {
    close()
    throw error
  }
  return { ask, close }
}
