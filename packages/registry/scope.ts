/** What a token is for: reading a repository (distribution, token scopes). */
export function pullScope(repository: string): string {
  return `repository:${repository}:pull`
}

export function pushScope(repository: string): string {
  return `repository:${repository}:pull,push`
}

export function deleteScope(repository: string): string {
  return `repository:${repository}:pull,delete`
}
