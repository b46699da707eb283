/** The header that only the gateway itself sets: with it a reader can tell its own answers from a service's. */
export const GATEWAY_HEADER = 'x-mayfly-gateway'

const page = (title: string, text: string) => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto; padding: 0 1.5rem }</style>
<h1>${title}</h1>
<p>${text}</p>
</html>
`

/** Says nothing of the name that was asked for: what a stranger puts into a Host header is not repeated. */
export const UNKNOWN_PAGE = page(
  'There is no preview here',
  'Its pull request may be closed or merged, it may have expired, or it is not built yet. The pull request’s comment knows.',
)

export const SILENT_PAGE = page(
  'This preview does not answer',
  'It is starting, or it has failed. Reload in a few seconds; the pull request’s comment shows its state and its last log lines.',
)
