/** What has just happened: facts as they come, and before them the visits that the first answer knew. */

import { i18n } from "@lingui/core";

import type { Fact } from "../../api/live";
import { UNKNOWN, clockToTheSecond, count, duration } from "../../text/format";
import type { Store } from "./now";

interface Entry {
  key: string;
  time: string;
  text: string;
}

const MOST = 14;

export function Happened({ facts, first, store }: { facts: Fact[]; first: Store; store: Store }) {
  const live = facts.map((fact) => ({ key: fact.position, time: fact.time, text: textOf(fact) }));
  const shown = [...live.filter((each): each is Entry => each.text !== null), ...earlier(first)].slice(0, MOST);
  return (
    <section className="panel happened" aria-labelledby="happened">
      <h2 id="happened">{i18n._("What has just happened")}</h2>
      {shown.length === 0 ? (
        <p className="empty">{i18n._("Nothing yet. What the cameras see appears here by itself.")}</p>
      ) : (
        <ol aria-live="off">
          {shown.map((entry) => (
            <li key={entry.key} data-position={entry.key}>
              <time dateTime={entry.time}>{clockToTheSecond(entry.time, store.timeZone)}</time>
              <span>{entry.text}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function earlier(store: Store): Entry[] {
  const visits = store.visits?.nodes ?? [];
  const came = visits.map((visit) => ({
    key: `${visit.id} in`,
    time: visit.enteredAt,
    text: cameBy(visit.entryDoor.name),
  }));
  const went = visits.flatMap((visit) =>
    visit.exitedAt === null
      ? []
      : [{ key: `${visit.id} out`, time: visit.exitedAt, text: wentBy(visit.exitDoor?.name) }],
  );
  return [...came, ...went].sort((one, other) => (one.time < other.time ? 1 : -1));
}

const cameBy = (door: string) => i18n._("Somebody came in by {door}", { door });
/** Only who left has a door; the others were lost, which is not leaving. */
const wentBy = (door: string | undefined) =>
  door === undefined ? i18n._("Somebody is no longer followed") : i18n._("Somebody left by {door}", { door });

/** Return what a fact says to a reader; null for what only keeps the record going. */
function textOf(fact: Fact): string | null {
  switch (fact.__typename) {
    case "ShopperEntered":
      return cameBy(fact.door?.name ?? UNKNOWN);
    case "ShopperExited":
      return wentBy(fact.reason === "LEFT" ? (fact.door?.name ?? UNKNOWN) : undefined);
    case "LineCrossed": {
      const line = fact.line?.name ?? UNKNOWN;
      return fact.direction === "INWARD"
        ? i18n._("Somebody crossed {line} inwards", { line })
        : i18n._("Somebody crossed {line} outwards", { line });
    }
    case "ZoneEntered":
      return i18n._("Somebody stays in {zone}", { zone: fact.zoneName });
    case "ZoneExited":
      return i18n._("Somebody left {zone} after {length}", { zone: fact.zoneName, length: duration(fact.dwellMs) });
    case "CameraOnline":
      return i18n._("Camera {camera} delivers pictures", { camera: fact.camera?.name ?? UNKNOWN });
    case "CameraDark":
      return i18n._("Camera {camera} went dark", { camera: fact.camera?.name ?? UNKNOWN });
    case "CameraRestored":
      return i18n._("Camera {camera} delivers pictures again", { camera: fact.camera?.name ?? UNKNOWN });
    case "LayoutPublished":
      return i18n._("A new layout is in force");
    case "EventCorrected":
      return i18n._("A fact was corrected");
    case "ShelfEmpty":
      return i18n._("Shelf {shelf}, place {slot} is empty", { shelf: fact.shelf?.name ?? UNKNOWN, slot: count(fact.slot) });
    case "ShelfRestocked":
      return i18n._("Shelf {shelf}, place {slot} is filled again", {
        shelf: fact.shelf?.name ?? UNKNOWN,
        slot: count(fact.slot),
      });
    default:
      return null;
  }
}
