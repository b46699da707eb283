import { type ServiceResult, UserError } from '@mayfly/core'

/** What runs after a deployment that failed. */
export type Left = 'nothing' | 'the previous revision' | 'its data' | 'what could not be put back'

const SENTENCES: Readonly<Record<Left, string>> = {
  nothing: 'Everything of it was removed.',
  'the previous revision': 'The previous revision was put back and is running.',
  'its data': 'Everything of it was removed, but for the data volumes that were there before.',
  'what could not be put back': 'The previous revision could not be put back in full; nothing was removed.',
}

/** A deployment that failed. Nothing half is left: `left` says what runs now. */
export class DeploymentError extends UserError {
  readonly left: Left
  readonly services: ServiceResult[]

  constructor(cause: UserError, left: Left, services: ServiceResult[]) {
    super(`${cause.message} ${SENTENCES[left]}`, { cause, ...(cause.cure === undefined ? {} : { cure: cause.cure }) })
    this.left = left
    this.services = services
  }
}

/** A newer commit, a close or a later deployment has taken over while this was deployed: what runs now is not ours to judge or to undo. */
export class OvertakenError extends UserError {
  constructor(message = 'The pull request moved on while this commit was being deployed.') {
    super(message)
  }
}
