/** Waiting without a clock: until a consumer, whatever it does, has nothing more to do by itself. */

/**
 * Ticks come when no microtask is left, so whatever a consumer does side by side with what brought it to its gate has been
 * done, however many turns it took; and they cost a tenth of a turn of the event loop.
 */
export const runDry = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

/** Two turns of the event loop on: what was on its way within the process has arrived. */
export const afterTwoTurns = (then: () => void): void => {
  setImmediate(() => setImmediate(then))
}
