/** Waiting without a clock: until a consumer, whatever it does, has nothing more to do by itself. */

/**
 * Ticks come when no microtask is left, so whatever a consumer does side by side with what brought it to its gate has been
 * done, however many turns it took; and they cost a tenth of a turn of the event loop.
 */
export const whenDry = (then: () => void): void => process.nextTick(then)

const NOW = Promise.resolve()

/**
 * One microtask on. What is called at every gate takes a callback, as this does: an `async` function on the way would be
 * a promise or three more, and promises are what a schedule on the model spends its time on.
 */
export const nextTurn = (then: () => void): void => void NOW.then(then)

/** Two turns of the event loop on: what was on its way within the process has arrived. */
export const afterTwoTurns = (then: () => void): void => {
  setImmediate(() => setImmediate(then))
}
