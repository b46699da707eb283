import { type Job, type Log, type Measurement, previewId, type TestsMeasured, UserError } from '@mayfly/core'
import {
  connectGitHub,
  downloadArtifact,
  findRunArtifact,
  type GitHub,
  pullRequestOfRun,
  readWorkflowRun,
  type WorkflowRun,
} from '@mayfly/github'
import { evaluateGates, type GateSettings, readMeasurement } from '@mayfly/measure'
import { announceMeasurement } from './announce-measurement.ts'

export interface PublishWanted {
  gates: GateSettings
  quiet: boolean
}

export interface Published {
  outcome: 'published' | 'overtaken' | 'skipped'
  pullRequest: number | undefined
  measurement?: Measurement
}

/**
 * Tells what another run measured that was not allowed to tell it: a fork's. Nothing of that run is believed but what
 * GitHub says of it: its file is read as hostile and judged anew, its pull request is the one that GitHub finds, its commit
 * has to be the one that ran, and its links are dropped.
 */
export async function publishEvent(context: Job, token: string, log: Log, wanted: PublishWanted): Promise<Published> {
  if (token === '') throw new UserError('The input github-token is empty.', { cure: 'Leave it out to use the token of the job.' })
  const ran = readWorkflowRun(context.event)
  const github = connectGitHub({ token, apiUrl: context.apiUrl, repository: context.repository, log })
  const measurement = await fetchMeasurement(github, ran, log)
  if (measurement === undefined) return { outcome: 'skipped', pullRequest: undefined }
  const number = await pullRequestOfRun(github, ran)
  if (number === undefined) {
    log.info(`No open pull request has ${ran.headSha.slice(0, 7)} as its head by now; nothing is told.`)
    return { outcome: 'overtaken', pullRequest: undefined }
  }
  const trusted = trustedOf(measurement, ran, number, context, wanted)
  await announceMeasurement({ github, log }, number, trusted, { preview: undefined, quiet: wanted.quiet })
  return { outcome: 'published', pullRequest: number, measurement: trusted }
}

async function fetchMeasurement(github: GitHub, ran: WorkflowRun, log: Log): Promise<Measurement | undefined> {
  const name = `mayfly-measurement-${ran.id}-${ran.attempt}.json`
  const artifact = await findRunArtifact(github, ran.id, name)
  if (artifact === undefined) {
    log.info(`Run ${ran.id} left no ${name}; nothing is told.`)
    return undefined
  }
  return readMeasurement(await downloadArtifact(github, artifact))
}

/** What GitHub knows stands in the place of what the file says. */
function trustedOf(told: Measurement, ran: WorkflowRun, number: number, context: Job, wanted: PublishWanted): Measurement {
  if (told.revision !== ran.headSha) {
    throw new UserError(`The file is of ${told.revision.slice(0, 7)}, and the run was of ${ran.headSha.slice(0, 7)}.`, {
      cure: 'It is not published; run the workflow of the pull request again.',
    })
  }
  const { serverUrl, repository } = context
  const url = `${serverUrl}/${repository}/actions/runs/${ran.id}`
  const trusted: Measurement = {
    ...told,
    repository,
    pullRequest: number,
    // What its comment is found by must not be another's.
    environment: previewId(repository, number),
    run: { id: ran.id, attempt: ran.attempt, url },
    // A fork's preview may be anywhere, and so may what its file links to.
    url: '',
    links: { server: serverUrl },
    ...(told.tests === undefined ? {} : { tests: withOwnLinks(told.tests, `${url}/artifacts/`) }),
  }
  return { ...trusted, gates: evaluateGates(trusted, wanted.gates) }
}

/** Screenshots and traces are linked where they are among that very run's artifacts, and nowhere else. */
function withOwnLinks(tests: TestsMeasured, artifacts: string): TestsMeasured {
  const own = (url: string | undefined) => url?.startsWith(artifacts) === true && /^\d+$/.test(url.slice(artifacts.length))
  return {
    ...tests,
    failures: tests.failures.map((failure) => ({
      ...failure,
      attachments: failure.attachments.map(({ url, ...rest }) => (url !== undefined && own(url) ? { ...rest, url } : rest)),
    })),
  }
}
