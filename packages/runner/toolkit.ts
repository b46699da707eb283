/**
 * The parts of GitHub's toolkit that bring a whole storage client along. They are a bundle of their own that all actions
 * share, and that is read only where a job stores something.
 */
export { DefaultArtifactClient } from '@actions/artifact'
export { isFeatureAvailable, restoreCache, saveCache } from '@actions/cache'
