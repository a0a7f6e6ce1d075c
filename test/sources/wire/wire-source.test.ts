/** The wire as a source, in front of a server that speaks no protocol at all: what a second dialect would have to offer. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { STREAM_IDS } from '../../../src/contract/stream-id.js'
import { type StreamId, parseStreamId } from '../../../src/contract/stream-id.js'
import type { Answer, Asked, HeldRequest, Passing, Probe, ProbedStore, ProbeListener } from '../../../src/dialects/wire-dialect.js'
import { Passing as PassingStage } from '../../../src/testing/instrument.js'
import type { Frame, ReadCall, SessionContext } from '../../../src/sources/source.js'
import { Recorder } from '../../../src/history/recorder.js'
import { Actor } from '../../../src/stage/actor.js'
import { Publisher, Sentinels } from '../../../src/sources/wire/sentinels.js'
import { type OpenWire, WireSource } from '../../../src/sources/wire/wire-source.js'
import type { WireContext, WireSubject } from '../../../src/subject/wire-subject.js'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A server in the memory, that gives each read what it is told to. */
class FakeStore implements Partial<ProbedStore> {
  readonly publishes = 'APPEND {topic} {json}'
  readonly publisherProbe = { address: async () => '', loseNext: () => void this.told.push('lose'), unmet: undefined }
  readonly blind = undefined
  readonly stream = 'topic'
  readonly told: string[] = []
  readonly listeners: ProbeListener[] = []
  #appends = 0

  readonly streamOf = (topic: string) => topic

  async claim(): Promise<void> {}

  async appended(): Promise<void> {}

  async call(): Promise<unknown> {
    return `${++this.#appends}-0`
  }

  neverRefuses(message: string): string | undefined {
    return message.startsWith('NEVER') ? 'because' : undefined
  }

  idIn(answer: unknown): StreamId {
    return parseStreamId(String(answer))
  }

  refusal(message: string): string {
    return `NO ${message}`
  }

  async probe(listener: ProbeListener): Promise<Probe> {
    const name = `probe ${this.listeners.push(listener)}`
    return {
      url: name,
      host: '',
      port: 0,
      connections: [],
      listeners: { all: 0, held: 0 },
      asks: false,
      out: 0,
      seen: {
        commands: 0,
        streams: [],
        sideBySide: false,
        unheld: new Set(),
        groups: new Set(),
        lookBacks: { answered: 0, idleMs: new Set(), compares: false },
      },
      accepts: (they) => void this.told.push(`${name} accepts ${they}`),
      cut: () => void this.told.push(`${name} cut`),
      slow: (pace) => void this.told.push(`${name} slow ${pace}`),
      close: async () => undefined,
    }
  }
}

/** A consumer on a stage that holds nothing, and notes what it sees. */
class Stage extends PassingStage {
  readonly seen: string[] = []

  constructor(index: number, signal: AbortSignal) {
    super()
    Object.assign(this, { index, signal })
  }

  override gate(signal: Parameters<PassingStage['gate']>[0]): undefined {
    const { gate, ...rest } = signal
    this.seen.push([gate, ...Object.values(rest).map((each) => (each instanceof Error ? each.message : String(each)))].join(' '))
  }

  override entry(_read: ReadCall, { id }: { readonly id: string }): void {
    this.seen.push(`entry ${id}`)
  }

  override frame(frame?: Frame): undefined {
    this.seen.push(frame?.announces ? 'announced' : `delivered ${frame?.entries[0]?.id}`)
  }
}

function opened(more: Partial<WireSubject> = {}) {
  const store = new FakeStore()
  let context: WireContext | undefined
  const subject: WireSubject = {
    name: 'any',
    topic: 'any:*',
    start: (given) => {
      context = given
      return { stop() {} }
    },
    ...more,
  }
  const probed = store as unknown as ProbedStore
  const open: OpenWire = {
    subject,
    store: probed,
    sentinels: new Sentinels(),
    publisher: new Publisher(subject, probed, ''),
    habits: { announcesAfterTail: false, announcesFirst: false, showsLater: false, asksBeside: false, asksOn: false, neverClaims: false },
  }
  return { store, open, source: () => new WireSource(open), context: () => context! }
}

const CONTEXT: SessionContext = { topic: 'topic', read: { count: 1, timeoutMs: 1 }, status: async () => 'running' }

/** Starts a consumer, and waits until its program runs. */
async function consuming(source: WireSource, index = 0) {
  const abort = new AbortController()
  const stage = new Stage(index, abort.signal)
  const over = source.consume(stage, CONTEXT)
  closing.push(async () => {
    abort.abort()
    await over
  })
  await settled()
  return { stage, over, abort }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5))

const READ: Asked = { kind: 'read', cursor: '0-0', count: 1, timeoutMs: 0 }

/** What a program asks, and what it gets. */
function request(asks: Asked, answer: Answer, refusable = true) {
  const passed: Passing[] = []
  let sent = 0
  const held: HeldRequest = {
    connection: { name: '', open: true },
    asks,
    stream: 'topic',
    over: false,
    mayBeRefused: () => refusable,
    send: async () => {
      sent++
      return answer
    },
    pass: (passing) => void passed.push(passing),
    cut: () => undefined,
  }
  return { held, passed, sent: () => sent }
}

const entries = (...ids: readonly string[]): Answer => ({ kind: 'entries', ids: ids.map((id) => parseStreamId(id)) })

describe('a request of a program', () => {
  it('goes through its gates, and its answer on to the program', async () => {
    const { store, open, source, context } = opened()
    const { stage } = await consuming(source())
    open.sentinels.set('s1@tailrace', parseStreamId('5-0'))
    const tail = request({ kind: 'tail' }, { kind: 'tail', id: '4-0' })
    store.listeners[0]!.onRequest(tail.held)
    await settled()
    const read = request(READ, entries('5-0'))
    store.listeners[0]!.onRequest(read.held)
    await settled()
    context().onDelivery('handles s1@tailrace')
    await settled()
    const command = request({ kind: 'command', name: 'ACK', does: ['acknowledge'] }, { kind: 'done' })
    store.listeners[0]!.onRequest(command.held)
    await settled()
    expect(stage.seen).toEqual([
      'tail-called',
      'tail-returned 4-0',
      'read-called 1 0-0 0 1',
      'read-returned 1 batch',
      'entry 5-0',
      'delivered 5-0',
      'command-called ACK',
      'command-returned ACK',
    ])
    expect([tail, read, command].map(({ passed }) => passed)).toEqual([[{ is: 'forwarded' }], [{ is: 'forwarded' }], [{ is: 'forwarded' }]])
  })

  it('that the server refuses is told as the user calls the stream, and passes as it is', async () => {
    const { store, source } = opened()
    const { stage } = await consuming(source())
    const { held, passed } = request(READ, { kind: 'error', message: 'NOGROUP no such key topic' })
    store.listeners[0]!.onRequest(held)
    await settled()
    expect(stage.seen.at(-1)).toBe('read-returned 1 error NOGROUP no such key any:*')
    expect(passed).toEqual([{ is: 'forwarded' }])
  })

  it('fails where the schedule says so, before it is sent, or with its connection in the middle of its answer', async () => {
    const { store, source } = opened()
    const run = source()
    const { stage } = await consuming(run)
    run.arm({ fail: 'read', times: 1 })
    run.arm({ fail: 'read', times: 1, after: 1 })
    expect(run.unmet()).toEqual({ expected: 'a call of read that fails', came: 'no such call was made' })
    const passed = []
    for (const ids of [entries('5-0'), entries('5-0', '6-0'), entries('7-0')]) {
      const each = request(READ, ids)
      store.listeners[0]!.onRequest(each.held)
      await settled()
      passed.push(...each.passed)
    }
    const injected = { is: 'error', error: 'NO injected by the schedule: this read fails' }
    expect(passed).toEqual([injected, { is: 'torn' }, { is: 'forwarded' }])
    expect(stage.seen.filter((each) => !each.startsWith('read-called'))).toEqual([
      'read-returned 1 error injected by the schedule: this read fails',
      'read-returned 2 error injected by the schedule: this read fails',
      'read-returned 3 batch',
      'entry 7-0',
    ])
    expect(run.unmet()).toBeUndefined()
  })
})

describe('a program that shows what nobody has appended', () => {
  const unreached = () => expect.unreachable()

  /** On the stage itself. */
  async function moved() {
    const { store, source, context } = opened()
    const actor = new Actor({
      index: 0,
      session: 0,
      start: { start: 'tail' },
      source: source(),
      context: CONTEXT,
      recorder: new Recorder(),
      values: { identify: unreached, owes: unreached, appended: [], carriedBy: unreached, wholeIn: unreached, isWhole: unreached },
      ids: STREAM_IDS,
      handed: [],
      patience: undefined,
      idling: undefined,
      othersMove: undefined,
      promised: false,
      lingers: () => false,
      onError: () => expect.unreachable(),
    })
    closing.push(() => actor.tearDown())
    const over = actor.advance()
    await settled()
    const show = (times: number) => {
      for (let time = 0; time < times; time++) context().onDelivery('nobody@tailrace')
      return settled()
    }
    return { actor, over, show, asks: (tail: HeldRequest) => store.listeners[0]!.onRequest(tail) }
  }

  it('has run away if it does so for ever and asks for nothing, as any consumer', async () => {
    const { actor, over, show } = await moved()
    await show(10_001)
    await over
    expect(actor.at).toMatchObject({ type: 'closed', how: 'threw', error: 'the consumer handed out 10000 frames without coming to a gate' })
  })

  it('has not if it asks for something in between', async () => {
    const { actor, over, show, asks } = await moved()
    await show(10_000)
    asks(request({ kind: 'tail' }, { kind: 'tail', id: '0-0' }).held)
    await over
    expect(actor.at).toMatchObject({ type: 'tail-called' })
    const answered = actor.advance()
    await answered
    const last = actor.advance()
    await show(10_000)
    expect(actor.at).toMatchObject({ type: 'tail-returned' })
    asks(request({ kind: 'tail' }, { kind: 'tail', id: '0-0' }).held)
    await last
    expect(actor.at).toMatchObject({ type: 'tail-called' })
  })
})

describe('a fault of replies', () => {
  it('is met by the next reply to its consumer, and by that one alone', async () => {
    const { store, source } = opened({ consumers: ['one', 'two'] })
    const run = source()
    await consuming(run, 0)
    await consuming(run, 1)
    run.arm({ reply: 1, is: 'lost' })
    const ask = async (name: string) => {
      const { held, passed } = request(READ, entries())
      store.listeners[0]!.onRequest({ ...held, connection: { name, open: true } })
      await settled()
      return passed
    }
    expect([await ask('one'), await ask('two'), await ask('two')]).toEqual([[{ is: 'forwarded' }], [{ is: 'lost' }], [{ is: 'forwarded' }]])
  })

  it('waits in line behind the one before, and is told of in words while nothing has met it', async () => {
    const { store, source } = opened()
    const run = source()
    await consuming(run)
    expect(run.unmet()).toBeUndefined()
    run.arm({ reply: 0, is: 'torn' })
    run.arm({ reply: 0, is: 'error', error: 'LOADING' })
    run.arm({ reply: 0, is: 'error' })
    run.arm({ reply: 0, is: 'withheld' })
    expect(run.unmet()).toEqual({ expected: 'a reply to consumer 0 that is torn', came: 'no such reply came' })
    const passed = []
    for (let i = 0; i < 4; i++) {
      const each = request(READ, entries())
      store.listeners[0]!.onRequest(each.held)
      await settled()
      passed.push(...each.passed)
    }
    expect(passed).toEqual([
      { is: 'torn' },
      { is: 'error', error: 'LOADING' },
      { is: 'error', error: 'NO injected by the schedule' },
      { is: 'withheld' },
    ])
    expect(run.unmet()).toBeUndefined()
  })

  it('that is an error keeps the request from the server; one that no server refuses so goes through', async () => {
    const { store, source } = opened()
    const run = source()
    await consuming(run)
    run.arm({ reply: 0, is: 'error', error: 'READONLY' })
    run.arm({ reply: 0, is: 'lost' })
    const all = [request(READ, entries(), false), request(READ, entries()), request(READ, entries())]
    for (const { held } of all) {
      store.listeners[0]!.onRequest(held)
      await settled()
    }
    // What was lost behind the error waits for it.
    expect(all.map(({ passed }) => passed)).toEqual([[{ is: 'forwarded' }], [{ is: 'error', error: 'READONLY' }], [{ is: 'lost' }]])
    expect(all.map(({ sent }) => sent())).toEqual([1, 0, 1])
  })

  it('that is an error refuses nothing that is on its way', async () => {
    const { store, source } = opened()
    const run = source()
    await consuming(run)
    let answered!: (answer: Answer) => void
    const { held, passed } = request(READ, entries())
    store.listeners[0]!.onRequest({ ...held, send: () => new Promise((resolve) => (answered = resolve)) })
    await settled()
    run.arm({ reply: 0, is: 'error', error: 'BUSY' })
    answered(entries('5-0'))
    await settled()
    expect(passed).toEqual([{ is: 'forwarded' }])
    expect(run.unmet()).toEqual({ expected: 'a request of consumer 0 that a server may refuse: BUSY', came: 'no such request was made' })
  })

  it('is not taken where no server answers so', () => {
    const run = opened().source()
    expect(run.arm({ reply: 0, is: 'error', error: 'NEVER mind' })).toEqual({
      expected: 'a read that is refused: NEVER mind',
      came: 'no server does that: because',
    })
    expect(run.unmet()).toBeUndefined()
  })

  it('does not outlive its run', () => {
    const { source } = opened()
    source().arm({ reply: 0, is: 'lost' })
    expect(source().unmet()).toBeUndefined()
  })

  it('of an append is for the probe of publishers', () => {
    const { store, source } = opened()
    source().arm({ acknowledgement: 'lost' })
    expect(store.told).toEqual(['lose'])
  })
})

describe('a fault of connections', () => {
  it("is that of its consumer's present probe", async () => {
    const { store, source } = opened()
    const run = source()
    const before = await consuming(run, 0)
    before.abort.abort()
    await before.over
    await consuming(run, 0)
    await consuming(run, 1)
    run.arm({ connections: 0, are: 'refused' })
    run.arm({ connections: 0, are: 'accepted' })
    run.arm({ connections: 1, are: 'cut' })
    run.arm({ slow: 0, bytesPerSecond: 100 })
    run.arm({ slow: 1, bytesPerSecond: 7 })
    expect(store.told).toEqual(['probe 2 accepts false', 'probe 2 accepts true', 'probe 3 cut', 'probe 2 slow 100', 'probe 3 slow 7'])
  })

  it('is nothing to a consumer that has no probe yet', () => {
    opened().source().arm({ connections: 0, are: 'refused' })
  })
})

describe('what was seen of a program', () => {
  const tail = () => request({ kind: 'tail' }, { kind: 'tail', id: '0-0' })

  it('holds for the next run of its subject, and for no other subject', async () => {
    const one = opened({ announces: true })
    const other = opened({ announces: true })
    await consuming(one.source())
    const asked = tail()
    one.store.listeners[0]!.onRequest(asked.held)
    await vi.waitFor(() => expect(asked.passed).toHaveLength(1), { timeout: 10_000 })
    one.context().onAnnouncement()
    await settled()
    expect(one.open.habits).toMatchObject({ announcesAfterTail: true, announcesFirst: false })
    expect(other.open.habits.announcesAfterTail).toBe(false)
  })

  it('is that it announces first, where it does so with its question for the tail on the way', async () => {
    const { store, open, source, context } = opened({ announces: true })
    await consuming(source())
    const asked = tail()
    store.listeners[0]!.onRequest(asked.held)
    context().onAnnouncement()
    await settled()
    expect(open.habits).toMatchObject({ announcesAfterTail: false, announcesFirst: true })
    expect(asked.sent()).toBe(1)
  })

  it('is that it announces first, whatever a slow start has made of it before', async () => {
    const { store, open, source, context } = opened({ announces: true })
    Object.assign(open.habits, { announcesAfterTail: true, announcesFirst: true })
    const { stage } = await consuming(source())
    const asked = tail()
    store.listeners[0]!.onRequest(asked.held)
    await settled()
    expect(asked.sent()).toBe(0)
    context().onAnnouncement()
    await settled()
    expect(asked.sent()).toBe(1)
    expect(stage.seen[0]).toBe('announced')
  })
})
