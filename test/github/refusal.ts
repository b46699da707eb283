/** GitHub's way of saying no. */

export interface FieldProblem {
  resource: string
  field?: string
  code: string
  message?: string
}

/** An answer other than success, in GitHub's words; thrown by whatever serves a route. */
export class Refusal extends Error {
  readonly status: number
  readonly errors: FieldProblem[] | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, options: { errors?: FieldProblem[]; headers?: Record<string, string> } = {}) {
    super(message)
    this.status = status
    this.errors = options.errors
    this.headers = options.headers ?? {}
  }
}

/** 422 for one field, as GitHub words it. */
export function validationFailed(resource: string, field: string | undefined, code: string, message?: string): Refusal {
  const problem = { resource, code, ...(field === undefined ? {} : { field }), ...(message === undefined ? {} : { message }) }
  return new Refusal(422, 'Validation Failed', { errors: [problem] })
}

export const notFound = () => new Refusal(404, 'Not Found')
