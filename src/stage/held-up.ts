/** An append that waits behind a blocked read of the same connection: rule 1.8. */
import { alarm } from '../clock/clock.js'
import type { Opened } from '../dialects/store.js'
import { Stall } from './endings.js'

/** So many looks at the server find a command queued behind a blocked read before the append counts as held up. */
const LOOKS = 3
/** After so many looks without a sign, an append that does not return is left to the watchdog. */
const MAX_LOOKS = 50
/**
 * Almost every append has returned by then, and needs no look: two for each were a sixth of what was said to the server.
 * What is found hangs on the looks alone.
 */
const BEFORE_FIRST_LOOK_MS = 2

/** The id of the append, once it has returned. @throws Stall where the server shows that it cannot. */
export function unlessHeldUp(value: string, sent: Promise<string>, opened: Opened): Promise<string> {
  const look = opened.queuedBehindRead?.bind(opened)
  if (look === undefined) return sent
  return new Promise((resolve, reject) => {
    const callOff = alarm(BEFORE_FIRST_LOOK_MS, () => {
      watchForSigns(value, look, () => returned).catch(reject)
    })
    let returned = false
    const settled = () => {
      returned = true
      callOff()
    }
    sent.finally(settled).then(resolve, reject)
  })
}

async function watchForSigns(value: string, look: () => Promise<string | undefined>, returned: () => boolean): Promise<void> {
  let signs = 0
  for (let looks = 0; looks < MAX_LOOKS && !returned(); looks++) {
    const evidence = await look()
    signs = evidence === undefined ? 0 : signs + 1
    if (signs === LOOKS && !returned()) throw new Stall(`append ${value} is held up by a read that is blocked: ${evidence}`)
  }
}
