import type { Inventory, Item } from './item.ts'

/** A place that artifacts are kept in. */
export interface Store {
  kind: Item['store']
  /** Such as `ghcr.io` or `the local engine`. */
  place: string
  /**
   * Everything that can be seen of it.
   * @throws where anything cannot be read: half an inventory does not tell what still holds what.
   */
  read(): Promise<Inventory>
  /** Deletes one item with all of its tags. Safe to repeat. */
  remove(item: Item): Promise<Removal>
}

/** `gone`: it was not there any more. Refused: the store's own reason, behind "kept because". */
export type Removal = 'deleted' | 'gone' | { refused: string }
