/** The gates of what a consumer does beside reading: commands such as XACK or SUBSCRIBE, and messages that come to it. */
import type { ProbeObserver } from '../sources/repository/probe.js'
import type { CommandGates } from '../subject/subject.js'

export const commandGates = (observer: ProbeObserver): CommandGates => ({
  async command(command, send) {
    await observer.gate({ gate: 'command-called', command })
    const answer = await sent(observer, send).catch(async (error: unknown) => {
      await observer.gate({ gate: 'command-returned', command, error })
      throw error
    })
    await observer.gate({ gate: 'command-returned', command })
    return answer
  },
  async notified(entry) {
    await observer.gate({ gate: 'notified', ...(entry === undefined ? {} : { entry }) })
  },
})

async function sent<T>(observer: ProbeObserver, send: () => Promise<T>): Promise<T> {
  observer.asked?.()
  try {
    return await send()
  } finally {
    observer.answered?.()
  }
}
