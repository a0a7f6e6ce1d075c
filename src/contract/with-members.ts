/**
 * A stand-in for an object: some members replaced, all others as they are.
 *
 * Methods run with the real object as `this`, so private fields work; reads, writes, `in` and `instanceof` see the real
 * object. The proxy's own target is an empty one, because a proxy around a frozen object may not replace its members.
 */
export function withMembers<T extends object, M extends object>(real: T, members: M): T & M {
  const bound = new Map<unknown, unknown>()
  return new Proxy(Object.create(Object.getPrototypeOf(real)) as T & M, {
    get(_, key) {
      if (Object.hasOwn(members, key)) return Reflect.get(members, key) as unknown
      const value = Reflect.get(real, key, real) as unknown
      if (typeof value !== 'function' || key === 'constructor') return value
      if (!bound.has(value)) bound.set(value, value.bind(real))
      return bound.get(value)
    },
    set: (_, key, value) => Reflect.set(real, key, value, real),
    has: (_, key) => Reflect.has(members, key) || Reflect.has(real, key),
    deleteProperty: (_, key) => Reflect.deleteProperty(real, key),
    ownKeys: () => Reflect.ownKeys(real),
    getOwnPropertyDescriptor(_, key) {
      const descriptor = Reflect.getOwnPropertyDescriptor(real, key)
      return descriptor && { ...descriptor, configurable: true }
    },
  })
}
