/**
 * Capabilities: what a subject may offer beyond what is required of everybody, one record each. To add one is to add its record here
 * and the rule that `needs` it: what a subject may declare, the check of the configuration, what scenarios may need and why one does not
 * apply, what is tried though nobody declared it, the schema of reports, and the table in docs/writing-an-adapter.md come from these.
 */
interface CapabilityRecord {
  /** What docs/writing-an-adapter.md says of it. */
  readonly docs: string
  /** What counts where a subject says nothing. */
  readonly unsaid: boolean
  /** The rule that those who declare it are held to, in the catalogue of the oracle. Missing where none is: scenarios alone ask for it. */
  readonly rule?: string
  /** Why a scenario that needs it says nothing about a subject without it. */
  readonly without: string
  /** It is the consumer's, and the loops of the harness's own have it. Others are asked of every subject. */
  readonly ofConsumer?: true
  /** It is told by a frame, so that only `isTruncation` shows whether a consumer of the subject's own has it. */
  readonly toldByFrame?: true
}

export const CAPABILITIES = {
  /** Goes on after a read that failed. Default true: a consumer that ends instead leaves what it owes undelivered. */
  retries: {
    docs: '`false` where it ends at a read error instead of going on. Scenarios with read errors are then skipped',
    unsaid: true,
    without: 'its consumer does not go on after a read error (capabilities.retries)',
    ofConsumer: true,
  },
  /** Ends by itself after the status says done. */
  endsOnStatus: {
    docs: 'it ends by itself after `status()` gives `done`. The scenario `done-before-drained` then applies',
    unsaid: false,
    without: 'its consumer does not end on a status (capabilities.endsOnStatus)',
    ofConsumer: true,
  },
  /** Removes its topic once all who are attached have drained it. */
  removesTopic: {
    docs: 'its consumer removes the topic when all who are attached have drained it. The scenario `removed-before-drained` then applies',
    unsaid: false,
    without: 'its consumer does not say that it removes its topic (capabilities.removesTopic)',
    ofConsumer: true,
  },
  /** Tells its client that entries it was owed have been trimmed away, in a frame that `isTruncation` knows: rule 6.1. */
  signalsTruncation: {
    docs: 'it tells its client when entries that it was owed were trimmed away (rule 6.1)',
    unsaid: false,
    rule: '6.1',
    without: 'it does not say that it signals trimmed entries (capabilities.signalsTruncation)',
    toldByFrame: true,
  },
  /** Tells its client that the topic was deleted and made anew with lower ids, in the same way: rule 6.2. */
  signalsRecreation: {
    docs: 'it tells its client when the topic was deleted and made anew with lower ids (rule 6.2)',
    unsaid: false,
    rule: '6.2',
    without: 'it does not say that it signals a topic made anew (capabilities.signalsRecreation)',
    toldByFrame: true,
  },
  /** Others append to its topics, too. Default true: only where all of it is one process may it rely on knowing of every append. */
  otherWriters: {
    docs: '`false` where one process appends everything, and its adapter relies on that: it keeps the tail, or wakes its readers itself. Nothing is then appended past it',
    unsaid: true,
    without: 'it says that nobody else appends to its topics (capabilities.otherWriters)',
  },
  /** Takes `from` and goes on above it: rule 5.5. */
  resumes: {
    docs: 'it takes `from`, and goes on above it (rule 5.5)',
    unsaid: false,
    rule: '5.5',
    without: 'its consumer does not say that it resumes from an id (capabilities.resumes)',
    ofConsumer: true,
  },
  /** `getStreamTailId` does not go back when the last entry is deleted or trimmed: rule 2.5. */
  tailSurvivesTrim: {
    docs: '`getStreamTailId` does not go back when the last entry is trimmed or deleted (rule 2.5)',
    unsaid: false,
    rule: '2.5',
    without: 'it does not say that its tail survives a trim (capabilities.tailSurvivesTrim)',
  },
} as const satisfies Readonly<Record<string, CapabilityRecord>>

/**
 * What the subject offers beyond what is required of everybody. Each is then judged; what is not declared is tried all
 * the same, but for information only.
 */
export type Capabilities = { readonly [Name in keyof typeof CAPABILITIES]?: boolean }

/** What a subject may declare in its `capabilities` and is then held to. Rules of level `capability` are judged only where theirs is. */
export type Capability = {
  [Name in keyof typeof CAPABILITIES]: (typeof CAPABILITIES)[Name] extends { readonly rule: string } ? Name : never
}[keyof typeof CAPABILITIES]

export const CAPABILITY_NAMES = Object.keys(CAPABILITIES) as readonly (keyof Capabilities)[]

/** Those that there is a rule for. */
export const JUDGED_CAPABILITIES = CAPABILITY_NAMES.filter((name): name is Capability => 'rule' in CAPABILITIES[name])

/** Does a subject that declares these offer it? */
export const offers = (declared: Capabilities | undefined, name: keyof Capabilities): boolean =>
  declared?.[name] ?? CAPABILITIES[name].unsaid

/** Told by a frame: without `isTruncation` nobody can see whether a consumer of the subject's own sends it. */
export const isToldByFrame = (name: keyof Capabilities): boolean => 'toldByFrame' in CAPABILITIES[name]

/** Is what a scenario needs a capability? */
export const isCapability = (need: string): need is keyof Capabilities => Object.hasOwn(CAPABILITIES, need)

/**
 * Why a scenario that needs it says nothing about a subject that declares these; undefined where it says something.
 * @param own its consumer is the subject's own.
 */
export function lackOf(name: keyof Capabilities, declared: Capabilities | undefined, own: boolean): string | undefined {
  const { ofConsumer, without }: CapabilityRecord = CAPABILITIES[name]
  return (own || ofConsumer !== true) && !offers(declared, name) ? without : undefined
}
