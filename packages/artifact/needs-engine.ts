import type { Project } from '@mayfly/project'

/** Functions that go into a registry are made without an engine; everything else is built or looked up on one. */
export function needsEngine(project: Project, registry: string | undefined): boolean {
  if (registry === undefined) return true
  return project.services.some(
    ({ name, source }) =>
      source.kind !== 'function' || (project.model.services[name]?.volumes ?? []).some((mount) => mount.type === 'bind'),
  )
}
