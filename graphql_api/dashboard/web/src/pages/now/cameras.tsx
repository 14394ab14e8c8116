/** Cameras: whether each works, and how much of today it watched. */

import { i18n } from "@lingui/core";

import type { CameraStatus } from "../../generated/graphql";
import { isPartial } from "../../shared/figure";
import { UNKNOWN, clockToTheSecond, day, share } from "../../text/format";
import type { Store } from "./now";

const words: Record<CameraStatus, () => string> = {
  ONLINE: () => i18n._("Works"),
  DARK: () => i18n._("Dark"),
  UNSEEN: () => i18n._("Never seen"),
  ENDED: () => i18n._("Recording is over"),
  UNKNOWN: () => i18n._("Not known"),
};

/** Shapes as well as colours tell them apart. */
const SHAPES: Record<CameraStatus, string> = {
  ONLINE: "M6 1a5 5 0 1 1 0 10A5 5 0 0 1 6 1Z",
  DARK: "M1 11 6 1l5 10Z",
  UNSEEN: "M1.5 1.5h9v9h-9Zm2 2v5h5v-5Z",
  ENDED: "M2 2h8v8H2Z",
  UNKNOWN: "M6 0l6 6-6 6-6-6Z",
};

export function Cameras({ store }: { store: Store }) {
  const cameras = store.cameras ?? [];
  const coverage = new Map(store.figures?.cameras?.map((each) => [each.camera.id, each.coverage]));
  return (
    <section className="panel cameras" aria-labelledby="cameras">
      <h2 id="cameras">{i18n._("Cameras")}</h2>
      {cameras.length === 0 ? (
        <p className="empty">{i18n._("This store's layout has no cameras. Add them to the layout file and publish it.")}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="group" aria-labelledby="cameras">
          <table>
            <thead>
              <tr>
                <th scope="col">{i18n._("Camera")}</th>
                <th scope="col">{i18n._("Status")}</th>
                <th scope="col">{i18n._("Last picture")}</th>
                <th scope="col" className="quantity">{i18n._("Watched today")}</th>
              </tr>
            </thead>
            <tbody>
              {cameras.map((each) => (
                <tr key={each.id}>
                  <th scope="row">{each.name}</th>
                  <td>
                    <svg className={`mark ${each.status.toLowerCase()}`} viewBox="0 0 12 12" aria-hidden="true">
                      <path d={SHAPES[each.status]} />
                    </svg>{" "}
                    {words[each.status]()}
                    {each.cause && <p className="note">{each.cause}</p>}
                  </td>
                  <td>{moment(each.lastFrameAt, store)}</td>
                  <td className={isPartial(coverage.get(each.id)) ? "quantity partial" : "quantity"}>
                    {share(coverage.get(each.id))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function moment(at: string | null, store: Store): string {
  if (at === null) return UNKNOWN;
  const zone = store.timeZone;
  const isToday = store.figures !== null && at >= store.figures.start;
  return isToday ? clockToTheSecond(at, zone) : `${day(at, zone)}, ${clockToTheSecond(at, zone)}`;
}
