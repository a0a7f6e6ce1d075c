/** Keys as they are pressed, one by one where it is a terminal, and a terminal that is as before when it is over. */
import { type Key, emitKeypressEvents } from 'node:readline'

/** @returns what ends it. */
export function listenToKeys(input: NodeJS.ReadStream, onKey: (key: Key) => void): () => void {
  const raw = (on: boolean) => (input.isTTY ? input.setRawMode(on) : undefined)
  const heard = (text: string | undefined, key: Key | undefined) => onKey({ sequence: text ?? '', ...key })
  const restore = () => void raw(false)
  emitKeypressEvents(input)
  raw(true)
  input.on('keypress', heard).resume()
  // However the process ends, the shell gets its terminal back.
  process.once('exit', restore)
  return () => {
    process.removeListener('exit', restore)
    input.off('keypress', heard).pause()
    restore()
  }
}
