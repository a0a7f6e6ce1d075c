/** The fake repository of the wire as a source, until the wire is one itself. */
import type { StreamRepository } from '../../contract/stream-repository.js'
import { effectsOf } from '../../dialects/redis/effects.js'
import type { BlockedReader, Opened } from '../../dialects/store.js'
import type { WireStep } from '../../schedule/step.js'
import type { Subject } from '../../subject/subject.js'
import { repositorySource } from '../repository/source.js'
import type { Call, Frame, Holder, ReadCall, Source } from '../source.js'

export interface WireOpened {
  readonly repository: StreamRepository
  watch(onBlocked: (reader: BlockedReader) => void, onError: (error: unknown) => void): () => void
  arm(step: WireStep): void
  unseen(): string
  unheld(): string | undefined
  notify?(id: string): Promise<void>
  listens(consumer: number): boolean
  asks(consumer: number): boolean
  unmet(): string | undefined
  readonly blind: string | undefined
  close(): Promise<string | undefined>
}

export function wireSource(wire: WireOpened, subject: Subject): Source {
  const opened: Opened = {
    repository: wire.repository,
    within: (call) => call(),
    settle: (answer) => answer,
    effectsOf,
    watch: (onBlocked, onError) => wire.watch(onBlocked, onError),
    tellsQueued: false,
    queuedBehindRead: async () => undefined,
    get blind() {
      return wire.blind
    },
    close: () => wire.close(),
  }
  const source = repositorySource(opened, subject)
  return {
    ...source,
    get blind() {
      return wire.blind
    },
    consume: (holder, context, start) => source.consume(new OnTopic(holder, context.topic), context, start),
    arm: (step) => ('fail' in step ? source.arm(step) : wire.arm(step)),
    unmet: () => {
      const unmet = wire.unmet()
      return source.unmet() ?? (unmet === undefined ? undefined : { expected: unmet, came: 'no such reply came' })
    },
    whereabouts: (consumer) => ({
      listens: wire.listens(consumer),
      asks: wire.asks(consumer),
      get unheld() {
        return wire.unheld()
      },
      get unseen() {
        return wire.unseen()
      },
    }),
    notifies: wire.notify !== undefined,
    notify: async (id) => wire.notify?.(id),
    tellsEqualApart: false,
  }
}

/** Every call is about the topic, whatever the fake repository calls it. */
class OnTopic implements Holder {
  constructor(
    readonly to: Holder,
    readonly topic: string,
  ) {}

  get index(): number {
    return this.to.index
  }

  get signal(): AbortSignal {
    return this.to.signal
  }

  get now(): number {
    return this.to.now
  }

  get gates(): number {
    return this.to.gates
  }

  get asking(): boolean {
    return this.to.asking
  }

  set asking(asks: boolean) {
    this.to.asking = asks
  }

  hold(call: Call): Promise<never> {
    return this.to.hold(this.#onTopic(call) as never)
  }

  #onTopic(call: Call): Call {
    const { topic: stream } = this
    if (call.kind === 'tail') return { kind: 'tail', stream, send: () => call.send() }
    if (call.kind !== 'read') return call
    const { kind, cursor, timeoutMs, count } = call
    return {
      kind,
      stream,
      cursor,
      timeoutMs,
      count,
      get number() {
        return call.number
      },
      set number(number) {
        call.number = number
      },
      aborted: () => call.aborted(),
      send: () => call.send(),
      isEmpty: (answer) => call.isEmpty(answer),
    }
  }

  entry(read: ReadCall, entry: Parameters<Holder['entry']>[1]): void {
    this.to.entry(read, entry)
  }

  ended(...args: Parameters<Holder['ended']>): void {
    this.to.ended(...args)
  }

  asked(): void {
    this.to.asked()
  }

  answered(): void {
    this.to.answered()
  }

  frame(frame: Frame): Promise<unknown> | undefined {
    return this.to.frame(frame)
  }

  pause(ms: number, signal?: AbortSignal): Promise<void> {
    return this.to.pause(ms, signal)
  }
}
