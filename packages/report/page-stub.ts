import type { Measurement } from '@mayfly/core'
export function renderPage(measurement: Measurement, _options: { source: (path: string) => string | undefined }): string {
  return JSON.stringify(measurement)
}
