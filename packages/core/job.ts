/** What is known of the job that a run belongs to, read once. Nothing after this looks at the process' environment for it. */
export interface Job {
  event: { name: string; payload: unknown }
  /** `owner/name`. */
  repository: string
  /** Such as `https://github.com`. */
  serverUrl: string
  apiUrl: string
  workspace: string
  /** The folder that the runner empties after the job. */
  temp: string
  /** URL of this run. */
  runUrl: string
  /** A folder that may outlive the job, for tools that are fetched once. */
  cache: string
  /** The functions' runtime, shipped beside the bundle; undefined where Mayfly runs from its sources. */
  runtime: string | undefined
  /** Whether this machine ends with the job. */
  hosted: boolean
  /** The process' environment, for rooms that start programs; each takes from it only what it needs. */
  environment: Readonly<Record<string, string | undefined>>
}
