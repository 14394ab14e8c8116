/** What has just happened: facts as they come, and before them the visits that the first answer knew. */

import { i18n } from "@lingui/core";

import type { Fact } from "../../api/live";
import { clockToTheSecond, duration } from "../../text/format";
import type { Store } from "./now";

interface Entry {
  key: string;
  time: string;
  text: string;
}

const MOST = 14;

export function Happened({ facts, first, store }: { facts: Fact[]; first: Store; store: Store }) {
  const live = facts.map((fact) => ({ key: fact.position, time: fact.time, text: textOf(fact, store) }));
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
    text: cameBy(nameOf(store.layout.doors, visit.entryDoor.key)),
  }));
  const went = visits.flatMap((visit) =>
    visit.exitedAt === null
      ? []
      : [
          {
            key: `${visit.id} out`,
            time: visit.exitedAt,
            text: wentBy(visit.reason ?? "", visit.exitDoor && nameOf(store.layout.doors, visit.exitDoor.key)),
          },
        ],
  );
  return [...came, ...went].sort((one, other) => (one.time < other.time ? 1 : -1));
}

const nameOf = (named: { key: string; name: string }[], key: unknown): string =>
  named.find((each) => each.key === key)?.name ?? String(key ?? "");

const cameBy = (door: string) => i18n._("Somebody came in by {door}", { door });
const wentBy = (reason: string, door: string | null) =>
  reason.toLowerCase() === "left" && door !== null
    ? i18n._("Somebody left by {door}", { door })
    : i18n._("Somebody is no longer followed");

/** Return what a fact says to a reader; null for what only keeps the record going. */
function textOf(fact: Fact, store: Store): string | null {
  const data = (fact.data ?? {}) as Record<string, unknown>;
  const { doors, lines } = store.layout;
  const zones = (store.figures?.zones ?? []).map((each) => each.zone);
  const camera = nameOf(store.cameras ?? [], data["camera_id"]);
  switch (kindOf(fact.type)) {
    case "ShopperEntered":
      return cameBy(nameOf(doors, data["door_id"]));
    case "ShopperExited":
      return wentBy(String(data["reason"]), data["door_id"] == null ? null : nameOf(doors, data["door_id"]));
    case "LineCrossed":
      return data["direction"] === "in"
        ? i18n._("Somebody crossed {line} inwards", { line: nameOf(lines, data["line_id"]) })
        : i18n._("Somebody crossed {line} outwards", { line: nameOf(lines, data["line_id"]) });
    case "ZoneEntered":
      return i18n._("Somebody stays in {zone}", { zone: nameOf(zones, data["zone_id"]) });
    case "ZoneExited":
      return i18n._("Somebody left {zone} after {length}", {
        zone: nameOf(zones, data["zone_id"]),
        length: duration(Number(data["dwell_ms"])),
      });
    case "CameraOnline":
      return i18n._("Camera {camera} delivers pictures", { camera });
    case "CameraDark":
      return i18n._("Camera {camera} went dark", { camera });
    case "CameraRestored":
      return i18n._("Camera {camera} delivers pictures again", { camera });
    case "LayoutPublished":
      return i18n._("A new layout is in force");
    case "EventCorrected":
      return i18n._("A fact was corrected");
    case "ShelfEmpty":
      return i18n._("Shelf {shelf}, place {slot} is empty", { shelf: String(data["shelf_id"]), slot: String(data["slot"]) });
    case "ShelfRestocked":
      return i18n._("Shelf {shelf}, place {slot} is filled again", {
        shelf: String(data["shelf_id"]),
        slot: String(data["slot"]),
      });
    default:
      return null;
  }
}

/** The fact's word, whichever version of it this is. */
const kindOf = (type: string): string =>
  type.includes(".")
    ? (type.split(".")[1] ?? type)
    : type.toLowerCase().replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
