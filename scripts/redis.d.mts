/** Is there a Redis to test against: REDIS_URL, or a server on the PATH? */
export declare const hasRedis: () => boolean
/** The same, after an attempt to install one where this process may. */
export declare const provideRedis: () => boolean
