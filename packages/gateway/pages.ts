/** What the gateway says itself, to a browser and to everything else. */
export interface Page {
  html: string
  text: string
  /** Seconds. */
  retryAfter?: number
}

/** Says nothing of the name that was asked for: what a stranger puts into a Host header is not repeated. */
export const UNKNOWN_PAGE: Page = page({
  title: 'There is no preview here',
  sentence: 'Its pull request may be closed or merged, it may have expired, or it is not built yet.',
  advice: 'The comment on the pull request knows.',
})

/** Reloads by itself: whoever follows a fresh link sees the preview as soon as it answers. */
export const SILENT_PAGE: Page = page({
  title: 'This preview does not answer',
  sentence: 'It is starting, or it has failed. Ask again in a few seconds.',
  advice: 'The comment on the pull request shows its state and its last log lines.',
  retryAfter: 3,
})

function page(said: { title: string; sentence: string; advice: string; retryAfter?: number }): Page {
  const { title, sentence, advice, retryAfter } = said
  const refresh = retryAfter === undefined ? '' : `<meta http-equiv="refresh" content="${retryAfter}">\n`
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${refresh}<title>${title}</title>
<style>body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto; padding: 0 1.5rem }</style>
<h1>${title}</h1>
<p>${sentence} ${advice}</p>
</html>
`
  return { html, text: `${title}. ${sentence} ${advice}\n`, ...(retryAfter === undefined ? {} : { retryAfter }) }
}
