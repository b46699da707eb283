import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { command } from '@mayfly/core'
import { parse } from 'yaml'
import type { GitHub, Payload } from './github/types.ts'

/** Runs a built action the way GitHub's runner does: its own process, inputs and files by environment, nothing shared. */

const root = join(import.meta.dirname, '..')

export interface ActionRun {
  /** `mayfly` (the one at the root), `build`, `preview` or `clean`. */
  action: string
  github: GitHub
  /** `owner/name`. */
  repository: string
  event: { name: string; payload: Payload | unknown }
  inputs?: Readonly<Record<string, string>>
  /** Further variables of the step. */
  env?: Readonly<Record<string, string>>
  token?: string
  /** The workspace; an empty folder by default, as where no step checked anything out. */
  workspace?: string
  /** RUNNER_TEMP, where the test looks into it afterwards; by default a folder that is gone then. */
  temp?: string
  onLine?: (line: string) => void
  /** Ends the process at a moment of the test's choice. */
  signal?: AbortSignal
}

export interface ActionResult {
  code: number
  /** What the step printed, commands included. */
  log: string
  outputs: Record<string, string>
  summary: string
  /** The `::error::` lines, decoded. */
  errors: string[]
  /** What it left in RUNNER_TEMP, but for the checkout that it made. */
  leftInTemp: string[]
}

export async function runAction(run: ActionRun): Promise<ActionResult> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-runner-'))
  try {
    const files = { event: join(folder, 'event.json'), output: join(folder, 'output'), summary: join(folder, 'summary.md') }
    const [workspace, temp] = [run.workspace ?? join(folder, 'workspace'), run.temp ?? join(folder, 'temp')]
    await Promise.all([
      mkdir(workspace, { recursive: true }),
      mkdir(temp, { recursive: true }),
      writeFile(files.output, ''),
      writeFile(files.summary, ''),
    ])
    await writeFile(files.event, typeof run.event.payload === 'string' ? run.event.payload : JSON.stringify(run.event.payload))
    const { main, inputs } = await readAction(run.action)
    const given = Object.entries({ ...inputs, ...run.inputs }).map(([name, value]) => [
      `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`,
      value.replace(/\$\{\{ *github\.token *\}\}/, run.token ?? 'workflow-token'),
    ])
    const result = await command([process.execPath, main], {
      cwd: workspace,
      env: {
        ...machine(),
        GITHUB_ACTIONS: 'true',
        GITHUB_REPOSITORY: run.repository,
        GITHUB_EVENT_NAME: run.event.name,
        GITHUB_EVENT_PATH: files.event,
        GITHUB_SERVER_URL: run.github.url,
        GITHUB_API_URL: run.github.apiUrl,
        GITHUB_RUN_ID: '77',
        GITHUB_WORKSPACE: workspace,
        GITHUB_OUTPUT: files.output,
        GITHUB_STEP_SUMMARY: files.summary,
        RUNNER_TEMP: temp,
        RUNNER_TOOL_CACHE: join(tmpdir(), 'mayfly-test-tools'),
        RUNNER_ENVIRONMENT: 'self-hosted',
        ...Object.fromEntries(given),
        ...run.env,
      },
      stdoutLines: true,
      ...(run.onLine ? { onLine: run.onLine } : {}),
      ...(run.signal ? { signal: run.signal, killSignal: 'SIGKILL' as const } : {}),
    })
    const log = result.stdout + result.stderr
    const left = await readdir(temp)
    return {
      leftInTemp: left.filter((name) => !/^mayfly-[0-9a-f]{40}$/.test(name)),
      code: result.code,
      log,
      outputs: parseOutputs(await readFile(files.output, 'utf8')),
      summary: await readFile(files.summary, 'utf8'),
      errors: [...log.matchAll(/^::error[^:]*::(.*)$/gm)].map(([, text = '']) => decode(text)),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readAction(name: string): Promise<{ main: string; inputs: Record<string, string> }> {
  const folder = name === 'mayfly' ? root : join(root, 'actions', name)
  const action: unknown = parse(await readFile(join(folder, 'action.yml'), 'utf8'))
  const { runs, inputs } = Object(action)
  const defaults = Object.entries(Object(inputs)).map(([input, value]) => [input, String(Object(value).default ?? '')])
  return { main: join(folder, String(Object(runs).main)), inputs: Object.fromEntries(defaults) }
}

/** What a job's environment has of the machine. */
function machine(): Record<string, string> {
  const names = ['PATH', 'HOME', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'DOCKER_HOST']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, String(process.env[name])]])))
}

/** GITHUB_OUTPUT: `name<<delimiter`, lines, delimiter; or `name=value`. */
function parseOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {}
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const [, name, delimiter] = /^([^=<]+)<<(.*)$/.exec(lines[at] ?? '') ?? []
    if (name === undefined || delimiter === undefined) continue
    const end = lines.indexOf(delimiter, at + 1)
    outputs[name] = lines.slice(at + 1, end).join('\n')
    at = end
  }
  return outputs
}

function decode(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}
