/** Where the folder of a service's files is, inside its container. */
export const HOOK_FOLDER_VARIABLE = 'MAYFLY_MEASURE'

/** `off`: nothing is counted, only profiles are taken. */
export const HOOK_COVERAGE_VARIABLE = 'MAYFLY_MEASURE_COVERAGE'

/** The name under which the runner puts what it asks; the hook looks for it five times a second. */
export const REQUEST_FILE = 'request.json'

/**
 * What a runner asks all Node processes of a service. Each acts once per `id` and answers with a file of its own.
 * A process that starts while a profile is being taken joins it.
 */
export type HookRequest =
  | { id: string; do: 'coverage' }
  /** `interval`: microseconds between samples. It ends by itself after `seconds` (300): nobody may come to stop it. */
  | { id: string; do: 'profile-start'; interval?: number; seconds?: number }
  | { id: string; do: 'profile-stop' }
  /** `interval`: mean bytes between samples. */
  | { id: string; do: 'heap-start'; interval?: number; seconds?: number }
  | { id: string; do: 'heap-stop' }

/** The request as the bytes of its file. */
export function hookRequest(request: HookRequest): string {
  return JSON.stringify(request)
}
