/** What is in each place of a store's shelves: the layout's places, and what was seen of them. */

import type { FacingState, ShelvesQuery } from "../../generated/graphql";

export type Store = NonNullable<ShelvesQuery["store"]>;
export type Task = NonNullable<Store["open"]>["nodes"][number];
type Seen = NonNullable<Store["shelfStates"]>[number];
type Label = NonNullable<Store["labels"]>[number];

export interface Place {
  key: string;
  shelf: string;
  slot: number;
  product: string | null;
  /** What the layout says that it costs. */
  planned: string | null;
  /** What is in it; null where nobody looks at it now, or ever did. */
  state: FacingState | null;
  /** Whether nobody looks because a recording is over, and not because something fails. */
  isOver: boolean;
  seen: Seen | undefined;
  hasLabel: boolean;
  label: Label | undefined;
  emptyMs: EmptyTime;
}

export interface EmptyTime {
  ms: number | null;
  /** Whether there may be more that the answer left out. */
  isLeast: boolean;
}

const keyOf = (shelf: string, slot: number) => `${shelf} ${slot}`;

/** Return every place of the layout in its order. */
export function placesOf(store: Store, now: number): Place[] {
  const seen = new Map(store.shelfStates?.map((each) => [keyOf(each.shelf.id, each.slot), each]));
  const labels = new Map(store.labels?.map((each) => [keyOf(each.shelf.id, each.slot), each]));
  const cameras = new Map(store.cameras?.map((each) => [each.id, each]));
  return store.layout.shelves.flatMap((shelf) =>
    shelf.facings.map((facing): Place => {
      const key = keyOf(shelf.id, facing.slot);
      const camera = shelf.camera ? cameras.get(shelf.camera.id) : undefined;
      const state = seen.get(key);
      const isWatched = camera?.status === "ONLINE";
      const watchedUntil = isWatched ? now : Date.parse(camera?.lastFrameAt ?? state?.seenAt ?? "");
      return {
        key,
        shelf: shelf.name,
        slot: facing.slot,
        product: facing.product?.name ?? null,
        planned: facing.product?.price ?? null,
        state: isWatched ? (state?.state ?? null) : null,
        isOver: camera?.status === "ENDED",
        seen: state,
        hasLabel: shelf.labels.some((each) => each.slot === facing.slot),
        label: labels.get(key),
        emptyMs: state ? emptyToday(store, key, watchedUntil) : { ms: null, isLeast: false },
      };
    }),
  );
}

/** Return for how long a place was empty today; what began before midnight counts from midnight. */
function emptyToday(store: Store, key: string, watchedUntil: number): EmptyTime {
  const { open, done, figures } = store;
  if (!open || !done || !figures || Number.isNaN(watchedUntil)) return { ms: null, isLeast: false };
  const midnight = Date.parse(figures.start);
  const ms = [...open.nodes, ...done.nodes]
    .filter((each) => keyOf(each.shelf.id, each.slot) === key)
    .map((each) => {
      const end = each.completedAt === null ? watchedUntil : Date.parse(each.completedAt);
      return Math.max(0, end - Math.max(midnight, Date.parse(each.emptySince)));
    })
    .reduce((sum, each) => sum + each, 0);
  return { ms, isLeast: open.pageInfo.hasNextPage || done.pageInfo.hasNextPage };
}

/** Return whether a label says another price than the layout; null where either is not known. */
export function differs(place: Place, currency: string | null): boolean | null {
  if (place.planned === null || place.label?.price == null) return null;
  if (currency !== null && place.label.currency !== currency) return true;
  return Number(place.label.price) !== Number(place.planned);
}
