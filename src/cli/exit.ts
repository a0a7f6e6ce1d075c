/** The end of the process: what its exit code says, and what the subject left behind. */
import { unlessIdle } from '../clock/clock.js'
import { describeError } from './errors.js'

/** Rejections that the subject left unhandled while it ran. They do not end the run: what was recorded is kept. */
const strays: string[] = []

export function noteStrays(): void {
  process.on('unhandledRejection', (error) => strays.push(error instanceof Error ? error.message : String(error)))
}

/** Who reads may have seen enough (`| head`): the rest is not written, and the exit code is what came of the run. */
export function endureClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
}

let given: number | undefined

/** Whatever comes of the run, this is the exit code: somebody has ended it. */
export function exitsWith(code: number): void {
  given = code
}

const NOTHING_LEFT =
  'the command waits for something that never settles, and nothing is left that could settle it: a promise of the subject, or of what it imports'

/** A subject may have left timers or sockets behind: the process ends all the same, once the output is written. */
export async function exitWith(run: () => Promise<number>): Promise<void> {
  let code: number
  try {
    // Begun inside: what waits for something of its own then tells of that.
    code = await unlessIdle(run, () => new Error(NOTHING_LEFT))
  } catch (error) {
    process.stderr.write(`tailrace: ${describeError(error, process.env['TAILRACE_DEBUG'] !== undefined)}\n`)
    code = 2
  }
  if (strays.length > 0) {
    process.stderr.write(
      `tailrace: the subject left ${strays.length === 1 ? 'a rejection' : `${strays.length} rejections`} unhandled, the first: ${strays[0]}\n`,
    )
    code ||= 2
  }
  process.stdout.write('', () => process.exit(given ?? code))
}
