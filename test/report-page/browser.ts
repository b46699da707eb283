import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { which } from '../../scripts/setup/machine.ts'

/** What happened in a tab that must not: words in the console, errors, requests for anything but the page, refusals of its policy. */
export interface Tab {
  page: Page
  troubles: string[]
}

export interface Opener {
  /** Opens a page from a file, as somebody does who downloaded it. */
  open(html: string, options?: BrowserContextOptions): Promise<Tab>
}

/** One browser for the tests of a file, a context of its own for each page. Debian's Chromium, which set-up installs. */
export function useBrowser(): Opener {
  const folder = mkdtempSync(join(tmpdir(), `mayfly-report-page-${process.pid}-`))
  let browser: Browser | undefined
  let opened = 0
  before(async () => {
    const executablePath = ['chromium', 'chromium-browser', 'google-chrome']
      .map((name) => which(name))
      .find((path) => path !== undefined)
    assert.ok(executablePath !== undefined, 'There is no Chromium: npm run setup -- --tests installs it.')
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
  })
  after(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    open: async (html, options = {}) => {
      assert.ok(browser !== undefined)
      const file = join(folder, `${++opened}.html`)
      writeFileSync(file, html)
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', ...options })
      const page = await context.newPage()
      const url = pathToFileURL(file).href
      const troubles: string[] = []
      page.on('console', (message) => troubles.push(`console: ${message.text()}`))
      page.on('pageerror', (error) => troubles.push(`error: ${error.message}`))
      page.on('dialog', (dialog) => {
        troubles.push(`dialog: ${dialog.message()}`)
        void dialog.dismiss()
      })
      // The icon is part of the page; a request for it never leaves the browser.
      page.on('request', (request) => {
        if (request.url() !== url && !request.url().startsWith('data:image/svg+xml,')) troubles.push(`request: ${request.url()}`)
      })
      await page.goto(url)
      return { page, troubles }
    },
  }
}
