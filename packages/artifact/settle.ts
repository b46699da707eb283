import { describeError, UserError } from '@mayfly/core'

/** Waits for all; where some fail, one error names every one of them. Our own faults come first and alone. */
export async function allOrEveryError<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(work)
  const errors = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  const fault = errors.find((error) => !(error instanceof UserError)) ?? (errors.length === 1 ? errors[0] : undefined)
  if (fault !== undefined) throw fault
  if (errors.length > 1)
    throw new UserError(errors.map((error) => describeError(error)).join('\n\n'), { cause: new AggregateError(errors) })
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

/** The first call does the work; every call gets what came of it. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined
  return () => {
    done ??= work()
    return done
  }
}
