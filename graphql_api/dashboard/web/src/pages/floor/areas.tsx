/** What stands out on the floor, in words and as a table. */

import { i18n } from "@lingui/core";

import { UNKNOWN, decimal } from "../../text/format";
import { type HeatMap, unitOf } from "./floor";

type Area = HeatMap["hotspots"][number];

export function Areas({ map, isKnown }: { map: HeatMap; isKnown: boolean }) {
  return (
    <section className="panel areas" aria-labelledby="areas">
      <h2 id="areas">{i18n._("What stands out")}</h2>
      <p className="note">
        {i18n._("The store's mean for each cell of the floor: {mean} {unit}.", {
          mean: decimal(map.mean),
          unit: unitOf(map.measure),
        })}
      </p>
      <Ranked
        title={i18n._("Used most")}
        areas={map.hotspots}
        empty={isKnown ? i18n._("No zone and no fixture has twice the mean.") : i18n._("Not known.")}
      />
      <Ranked
        title={i18n._("Hardly used")}
        areas={map.deadAreas}
        empty={isKnown ? i18n._("Every zone and every fixture has more than a quarter of the mean.") : i18n._("Not known.")}
      />
    </section>
  );
}

const nameOf = (area: Area) => area.zone?.name ?? area.fixture?.name ?? UNKNOWN;
const keyOf = (area: Area) => area.zone?.id ?? area.fixture?.id ?? "";

function Ranked({ title, areas, empty }: { title: string; areas: Area[]; empty: string }) {
  return (
    <>
      <h3>{title}</h3>
      {areas.length === 0 ? (
        <p className="empty">{empty}</p>
      ) : (
        <div className="scroll" tabIndex={0} role="group" aria-label={title}>
          <table>
            <thead>
              <tr>
                <th scope="col">{i18n._("Zone or fixture")}</th>
                <th scope="col" className="quantity">{i18n._("Mean of its cells")}</th>
                <th scope="col" className="quantity">{i18n._("Beside the store's mean")}</th>
              </tr>
            </thead>
            <tbody>
              {areas.map((each) => (
                <tr key={keyOf(each)}>
                  <th scope="row">{nameOf(each)}</th>
                  <td className="quantity">{decimal(each.mean)}</td>
                  <td className="quantity">{i18n._("{times} times", { times: decimal(each.timesMean) })}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
