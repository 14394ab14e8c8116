/** How the floor was used: where people are, where they stop, and where nobody goes. */

import { i18n } from "@lingui/core";
import { useEffect, useMemo, useState } from "react";

import { useAnswer } from "../../api/client";
import { FloorDocument, type FloorQuery, type HeatMeasure, type Preset } from "../../generated/graphql";
import { Choice } from "../../shared/choice";
import { Trust } from "../../shared/figure";
import { State, Waiting } from "../../shared/state";
import { clock, day } from "../../text/format";
import type { Page, PageProps } from "../page";
import { Areas } from "./areas";
import { Cells } from "./cells";
import { unpack } from "./grid";
import { Plan } from "./plan";

export type Store = NonNullable<FloorQuery["store"]>;
export type HeatMap = NonNullable<NonNullable<Store["figures"]>["heatMap"]>;

const RANGES: [Preset, () => string][] = [
  ["TODAY", () => i18n._("Today")],
  ["YESTERDAY", () => i18n._("Yesterday")],
  ["THIS_WEEK", () => i18n._("This week")],
  ["LAST_WEEK", () => i18n._("Last week")],
  ["LAST_28_DAYS", () => i18n._("Last 28 days")],
];
const MEASURES: [HeatMeasure, () => string][] = [
  ["TIME", () => i18n._("Time")],
  ["VISITS", () => i18n._("Visits")],
  ["STOPS", () => i18n._("Stops")],
];

export const unitOf = (measure: HeatMeasure): string =>
  ({
    TIME: () => i18n._("seconds, all people together"),
    VISITS: () => i18n._("visits that came to it"),
    STOPS: () => i18n._("times that somebody stood still"),
  })[measure]();

function Floor({ store: id, onLoggedOut }: PageProps) {
  const [preset, setPreset] = useState<Preset>("TODAY");
  const [measure, setMeasure] = useState<HeatMeasure>("TIME");
  const answer = useAnswer(FloorDocument, { store: id, range: { preset }, measure });
  useEffect(() => {
    if (answer.trouble === "logged-out") onLoggedOut();
  }, [answer.trouble, onLoggedOut]);
  return (
    <>
      <form className="choices" onSubmit={(event) => event.preventDefault()}>
        <Choice
          name="range"
          legend={i18n._("Period")}
          options={RANGES.map(([each, title]) => [each, title()])}
          value={preset}
          choose={setPreset}
        />
        <Choice
          name="measure"
          legend={i18n._("What is shown")}
          options={MEASURES.map(([each, title]) => [each, title()])}
          value={measure}
          choose={setMeasure}
        />
      </form>
      {answer.data === undefined ? (
        <Waiting answer={answer} />
      ) : answer.data.store ? (
        <>
          <State answer={answer} freshness={answer.data.store.freshness} zone={answer.data.store.timeZone} />
          <Told store={answer.data.store} />
        </>
      ) : (
        <p className="empty">{i18n._("This store is not known, or your token may not see it.")}</p>
      )}
    </>
  );
}

function Told({ store }: { store: Store }) {
  const { figures, layout, timeZone: zone } = store;
  const map = figures?.heatMap;
  const cells = useMemo(() => (map?.grid ? unpack(map.grid, map.scale) : null), [map?.grid, map?.scale]);
  if (!figures) return <p className="empty">{i18n._("These figures are not known at the moment.")}</p>;
  if (!map)
    return (
      <section className="empty">
        <h2>{i18n._("No floor yet")}</h2>
        <p>
          {i18n._("The layout does not say how large the floor is, or no camera is calibrated. Add `floor` to the store and `floor_points` to a camera, and publish the layout.")}
        </p>
      </section>
    );
  const title = i18n._("How the floor was used");
  return (
    <div className="floor">
      <figure className="panel">
        <figcaption>
          <h2>{title}</h2>
          <p className="period">
            {`${day(map.start, zone)}, ${clock(map.start, zone)} – ${day(map.end, zone)}, ${clock(map.end, zone)}`} ·{" "}
            {i18n._("whole hours")}
          </p>
          <Trust quality={map.quality} zone={zone} />
        </figcaption>
        {cells ? (
          <>
            <Plan map={map} cells={cells} layout={layout} />
            <Cells map={map} cells={cells} title={title} />
          </>
        ) : (
          <p className="empty">
            {i18n._("Nothing is known of this period: no camera that sees the floor delivered a picture.")}
          </p>
        )}
      </figure>
      <Areas map={map} isKnown={cells !== null} />
    </div>
  );
}

export const floor: Page = { name: "floor", title: () => i18n._("Floor"), View: Floor };
